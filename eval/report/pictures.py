"""The report's pictures: patterns, test rows, markers; the same for the same data."""

import io
from typing import Any

import numpy as np
from matplotlib.image import imsave
from matplotlib.markers import MarkerStyle
from numpy.typing import NDArray

from keras_tvscm.patterns.offsets import Symbol
from keras_tvscm.patterns.pattern import Pattern

from .kinds import Kind

PATTERN_COLOURS = ("#EEF0F2", "#0072B2", "#E69F00")  # zero, a, b
PATTERN_PIXELS = 256
NAMELESS: Any = {"Software": None}  # Matplotlib's version would change the bytes


def pattern(shape: Pattern) -> bytes:
    """The matrix that a pattern stands for, at most 256 pixels a side (PNG).

    Wider matrices are drawn in square blocks: a block is coloured if any of its entries
    is, in the mixture of its entries' colours, so that thin diagonals stay visible.
    """
    n = shape.n
    step = -(-n // PATTERN_PIXELS)
    # The entries of a step x step block lie on 2 step - 1 diagonals; how many on each:
    reach = np.arange(1 - step, step)
    weights = step - np.abs(reach)
    diagonal = (np.arange(n)[:, None] + reach) % n
    entries = shape.row[diagonal]
    counts = np.stack([(entries == value) @ weights for value in (Symbol.A, Symbol.B)], axis=-1)
    colours = np.array([_rgb(colour) for colour in PATTERN_COLOURS])
    total = counts.sum(axis=-1, keepdims=True)
    mixed = np.where(total > 0, counts @ colours[1:] / np.maximum(total, 1), colours[0])
    block = np.arange(0, n, step)
    pixels = mixed[(block[None, :] - block[:, None]) % n]
    # Small ones are enlarged here, so that they look the same in every viewer.
    pixels = np.kron(pixels, np.ones((max(1, PATTERN_PIXELS // len(block)),) * 2 + (1,)))
    file = io.BytesIO()
    imsave(file, pixels.astype(np.uint8), format="png", metadata=NAMELESS)
    return file.getvalue()


def image(values: bytes, size: tuple[int, int]) -> bytes:
    """A test row that is a picture: a byte a pixel, from black to white (PNG)."""
    file = io.BytesIO()
    pixels = np.frombuffer(values, np.uint8).reshape(size)
    imsave(file, np.stack([pixels] * 3, axis=-1), format="png", metadata=NAMELESS)
    return file.getvalue()


def curve(values: bytes) -> str:
    """A test row that is a signal, as the points of an SVG polyline 100 high, upwards."""
    return " ".join(f"{x},{100 - y * 100 / 255:.0f}" for x, y in enumerate(values))


def marker(kind: Kind) -> str:
    """A kind's marker as the points of an SVG polygon about the origin, some 2 across."""
    style = MarkerStyle(kind.marker)
    [outline, *_] = style.get_path().transformed(style.get_transform()).to_polygons()
    outline = outline / np.abs(outline).max()
    return " ".join(f"{x:.2f},{-y:.2f}" for x, y in outline)


def _rgb(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)
