"""Made-up heartbeats in the form of the "heartbeat" data set: nothing to download.

Five shapes that look like N, S, V, F and Q beats and overlap as real ones do.
They are drawn from formulas, not from patients, and mean nothing medically: use
them to try the tools, not to judge a model.

A wave is a sum of Gaussian bumps, as in P. E. McSharry, G. D. Clifford,
L. Tarassenko, L. A. Smith, "A dynamical model for generating synthetic
electrocardiogram signals", IEEE Transactions on Biomedical Engineering
50(3):289-294, 2003. The figures below are ours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dataset import Dataset, Split, divide
from .scaling import BY_ROW

RATE = 120  # samples per second
WIDTH = 187
DATA_SEED = 2605
CLASSES = ("N", "S", "V", "F", "Q")
TRAIN_ROWS = (2000, 500, 700, 300, 500)
TEST_ROWS = (500, 125, 175, 75, 125)


@dataclass(frozen=True)
class Shape:
    """One class. Bumps are (seconds after the R peak, width in seconds, height).

    `pause` is the time from this beat to the next, in ordinary intervals;
    `inverted` the share of beats that are upside down, as some leads show them.
    """

    bumps: tuple[tuple[float, float, float], ...]
    pause: float
    inverted: float


NARROW = ((-0.035, 0.010, -0.12), (0.0, 0.012, 1.0), (0.035, 0.012, -0.25))
WIDE = ((0.0, 0.035, 1.0), (0.085, 0.035, -0.55))
SHAPES = {
    "N": Shape((*NARROW, (0.26, 0.045, 0.28)), pause=1.0, inverted=0.1),
    "S": Shape((*NARROW, (0.24, 0.040, 0.22)), pause=1.15, inverted=0.1),
    "V": Shape((*WIDE, (0.30, 0.060, -0.35)), pause=1.3, inverted=0.4),
    # F fuses N and V: `_beat` draws how much of each.
    "F": Shape((), pause=1.1, inverted=0.0),
    "Q": Shape(
        ((-0.01, 0.005, 0.3), (0.03, 0.035, 0.9), (0.31, 0.060, -0.25)), pause=1.05, inverted=0.3
    ),
}
# An ordinary beat follows: its P wave and QRS complex.
FOLLOWING = ((-0.16, 0.025, 0.14), *NARROW)


def ecg_synthetic(*, seed: int = 0) -> Dataset:
    """Make 3,600 training, 400 validation and 1,000 test rows.

    Rows hold 187 samples at 120 Hz, float32: one beat from its R peak on, scaled to
    0 .. 1 and padded with zeros. The rows are always the same; `seed` chooses
    which of them are for validation.

    Raises:
        InputError: see `divide`.
    """
    rng = np.random.default_rng(DATA_SEED)
    return divide(
        "ecg-synthetic",
        CLASSES,
        _draw(TRAIN_ROWS, rng),
        _draw(TEST_ROWS, rng),
        source="synthetic heartbeats (sums of Gaussian bumps), no medical meaning",
        scaling=BY_ROW,
        seed=seed,
    )


def _draw(rows: tuple[int, ...], rng: np.random.Generator) -> Split:
    y = rng.permutation(np.repeat(np.arange(len(CLASSES), dtype=np.int32), rows))
    x = np.zeros((len(y), WIDTH), np.float32)
    for row, label in zip(x, y, strict=True):
        beat = _beat(CLASSES[label], rng)
        row[: len(beat)] = beat
    return Split(x, y)


def _beat(name: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """One beat and the start of the next, scaled to 0 .. 1; at most WIDTH samples."""
    interval = rng.normal(0.8, 0.12) * SHAPES[name].pause * rng.normal(1, 0.08)
    interval = float(np.clip(interval, 0.45, 1.5))
    time = np.arange(int(1.2 * interval * RATE)) / RATE

    if name == "F":
        part = rng.uniform(0.3, 0.8)
        wave = part * _wave("N", time, rng) + (1 - part) * _wave("V", time, rng)
    else:
        wave = _wave(name, time, rng)
    wave += _bumps(FOLLOWING, time - interval, rng)
    wave += 0.1 * rng.normal() * np.sin(2 * np.pi * (0.3 * time + rng.uniform()))  # breathing
    wave += rng.normal(0, rng.uniform(0.01, 0.04), len(time))
    return ((wave - wave.min()) / np.ptp(wave))[:WIDTH]


def _wave(name: str, time: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    sign = -1 if rng.random() < SHAPES[name].inverted else 1
    return sign * _bumps(SHAPES[name].bumps, time, rng)


def _bumps(
    bumps: tuple[tuple[float, float, float], ...],
    time: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Sum the bumps, each moved, stretched and scaled a little."""
    centre, width, height = np.array(bumps).T
    centre = centre + rng.normal(0, 0.012, len(centre))
    width = width * np.exp(rng.normal(0, 0.2, len(width)))
    height = height * rng.normal(1, 0.25, len(height))
    return (height * np.exp(-0.5 * ((time[:, None] - centre) / width) ** 2)).sum(axis=1)
