"""Digits as a finger draws them: ten shapes, each turned, stretched, moved and shaken by a seed."""

import numpy as np

from mnist_image import INK_SIDE, UNIT, Stroke

# Corners of the strokes of each digit, in a field of 100 x 100, y downwards.
SHAPES: tuple[tuple[tuple[tuple[int, int], ...], ...], ...] = (
    (((50, 10), (30, 20), (24, 50), (32, 82), (52, 90), (70, 78), (76, 48), (68, 20), (50, 10)),),
    (((40, 26), (54, 12), (54, 88)),),
    (((28, 28), (38, 13), (58, 12), (70, 26), (64, 46), (44, 66), (26, 86), (74, 86)),),
    (
        ((30, 18), (50, 10), (68, 20), (66, 38), (46, 47), (68, 54), (74, 72), (54, 88), (28, 82)),
    ),
    (((58, 10), (26, 60), (78, 60)), ((62, 36), (62, 90))),
    (((70, 12), (36, 12), (32, 44), (54, 40), (72, 54), (70, 76), (52, 89), (28, 82)),),
    (((64, 10), (40, 30), (28, 62), (36, 86), (58, 88), (70, 72), (60, 56), (40, 58), (30, 70)),),
    (((26, 14), (74, 14), (58, 48), (46, 90)),),
    (
        (
            (66, 18), (48, 10), (32, 22), (40, 40), (60, 54), (72, 72), (56, 89), (36, 84),
            (30, 68), (46, 50), (64, 36), (66, 18),
        ),
    ),
    (((68, 26), (52, 12), (34, 22), (34, 42), (52, 48), (68, 34), (70, 20), (68, 56), (60, 90)),),
)  # fmt: skip


def drawing(digit: int, seed: int) -> list[Stroke]:
    """The strokes of a digit, in the units of `mnist_image`.

    Args:
        digit: 0 to 9.
        seed: draws the hand; 0 draws the shape as it is.
    """
    rng = np.random.default_rng([digit, seed])
    shake = 0.0 if seed == 0 else 1.0
    angle = shake * rng.uniform(-0.2, 0.2)
    stretch = 1 + shake * rng.uniform(-0.3, 0.1, 2)
    move = shake * rng.uniform(-8, 8, 2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    strokes = []
    for corners in SHAPES[digit]:
        shaken = np.array(corners) + shake * rng.normal(0, 1.2, (len(corners), 2))
        points = (_smooth(shaken) - 50) * stretch @ turn + 50 + move
        units = np.rint(points / 100 * INK_SIDE * UNIT).astype(np.int64)
        strokes.append(np.clip(units, 0, INK_SIDE * UNIT))
    return strokes


def _smooth(corners: np.ndarray) -> np.ndarray:
    """Points on a curve through the corners (Catmull and Rom's), eight from one to the next."""
    ends = np.concatenate([corners[:1], corners, corners[-1:]])
    t = np.arange(8)[:, None] / 8
    pieces = [
        b
        + (c - a) * t / 2
        + (2 * a - 5 * b + 4 * c - d) * t**2 / 2
        + (3 * b - a - 3 * c + d) * t**3 / 2
        for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False)
    ]
    return np.concatenate([*pieces, corners[-1:]])
