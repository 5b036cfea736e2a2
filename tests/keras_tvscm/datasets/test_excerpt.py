"""The excerpts that ship: what they hold, and that it is of the whole data set."""

import numpy as np
import pytest

from keras_tvscm.datasets import load
from keras_tvscm.datasets.dataset import Split
from keras_tvscm.datasets.excerpt import NAMES, as_bytes, packed, read
from keras_tvscm.datasets.make_excerpts import drawn
from keras_tvscm.errors import InputError


def test_rows_classes_and_scaling() -> None:
    digits, beats = (load(name) for name in NAMES)
    parts = [digits.train, digits.validation, digits.test]
    assert [len(part) for part in parts] == [5400, 600, 3000]
    assert (digits.features, digits.image_shape, digits.classes) == (
        784,
        (28, 28),
        tuple("0123456789"),
    )
    assert str(digits.scaling) == "divided by 255" and digits.train.x.max() == 1
    # The share of each class in MNIST's 54,000 training rows.
    assert np.bincount(digits.train.y).tolist() == [
        *(533, 607, 536, 552, 526),
        *(488, 533, 564, 526, 535),
    ]
    parts = [beats.train, beats.validation, beats.test]
    assert [len(part) for part in parts] == [8000, 1000, 3000]
    assert (beats.features, beats.image_shape, beats.classes) == (187, None, tuple("NSVFQ"))
    assert beats.scaling.by_row and beats.train.x.min() == 0
    assert (beats.train.x.max(axis=1) == 1).mean() > 0.99


def test_the_division_is_fixed_and_pixels_may_stay() -> None:
    digits = load("mnist-excerpt", seed=5, rescale=False)
    assert digits.train.x.max() == 255 and digits.train.x.dtype == np.float32
    assert np.array_equal(digits.train.y, load("mnist-excerpt").train.y)
    with pytest.raises(InputError, match="each beat of heartbeat-excerpt is scaled"):
        load("heartbeat-excerpt", rescale=False)


def test_packing_keeps_rows_and_parts() -> None:
    rng = np.random.default_rng(0)
    parts = [
        Split(rng.integers(0, 256, (rows, 7), np.uint8), rng.integers(0, 3, rows))
        for rows in (5, 2, 3)
    ]
    for part, again in zip(parts, read(packed(parts)), strict=True):
        assert np.array_equal(part.x, again.x) and np.array_equal(part.y, again.y)
        assert again.x.dtype == np.uint8 and again.y.dtype == np.int32


def test_each_part_is_drawn_from_the_part_of_the_whole(published, heartbeat) -> None:
    for whole in (load("mnist", published), heartbeat):
        excerpt = load(f"{whole.name}-excerpt")
        for name in ("train", "validation", "test"):
            part = getattr(excerpt, name)
            again = drawn(getattr(whole, name), len(part))
            assert np.array_equal(as_bytes(part.x), again.x)
            assert np.array_equal(part.y, again.y)
