from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from keras_tvscm.datasets import Dataset, Scaling
from keras_tvscm.datasets.dataset import Split, check, divide, take_validation
from keras_tvscm.errors import InputError


def drawn(rows: int = 200, features: int = 3) -> Split:
    """Rows of four classes in shares 1 : 2 : 3 : 4, each row holding its own number."""
    y = np.array([0, 1, 1, 2, 2, 2, 3, 3, 3, 3] * (rows // 10), np.int32)
    number = np.arange(rows, dtype=np.int32)
    x = np.repeat(number[:, None], features, axis=1).astype(np.float32)
    return Split(x, y, np.column_stack([number // 50, number]))


def test_validation_is_a_tenth_of_every_class() -> None:
    train, validation = take_validation(drawn(), seed=0)
    assert np.bincount(train.y).tolist() == [18, 36, 54, 72]
    assert np.bincount(validation.y).tolist() == [2, 4, 6, 8]


def test_no_row_is_in_both_parts_and_fields_stay_together() -> None:
    whole = drawn()
    train, validation = take_validation(whole, seed=0)
    for part in (train, validation):
        assert part.origin is not None
        number = part.origin[:, 1]
        assert (np.diff(number) > 0).all()
        np.testing.assert_array_equal(part.x[:, 0], number)
        np.testing.assert_array_equal(part.y, whole.y[number])
    assert sorted([*train.x[:, 0], *validation.x[:, 0]]) == list(range(200))


def test_the_seed_decides() -> None:
    first, again, other = (take_validation(drawn(), seed)[1].x for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seed_out_of_range(seed: int) -> None:
    with pytest.raises(InputError, match=r"cannot take validation rows.*random_state"):
        take_validation(drawn(), seed)


def test_too_few_rows_of_a_class() -> None:
    split = drawn()
    with pytest.raises(InputError, match="cannot take validation rows"):
        take_validation(Split(split.x, np.where(split.x[:, 0] == 7, 9, split.y)), seed=0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_must_be_finite(value: float) -> None:
    split = drawn()
    split.x[[17, 40], 2] = value
    with pytest.raises(
        InputError, match=r"^test: NaN or infinite samples in 2 of 200 rows, the first is row 17;"
    ):
        check(split, "test", classes=4)


def test_labels_must_name_a_class() -> None:
    with pytest.raises(InputError, match="train: label 3 in row 6; expected 0 to 2"):
        check(drawn(), "train", classes=3)
    split = drawn()
    split.y[5] = -1
    with pytest.raises(InputError, match="train: label -1 in row 5"):
        check(split, "train", classes=4)


def test_shapes_must_agree() -> None:
    whole = drawn()
    with pytest.raises(InputError, match=r"train: y has shape \(190,\); expected \(200,\)"):
        check(Split(whole.x, whole.y[:190]), "train", classes=4)
    with pytest.raises(InputError, match=r"origin has shape \(200,\); expected \(200, 2\)"):
        check(Split(whole.x, whole.y, whole.y), "train", classes=4)
    with pytest.raises(InputError, match="not empty"):
        check(whole.select(np.zeros(200, bool)), "train", classes=4)
    many = np.broadcast_to(np.float32(0), (1 << 23, 1))
    check(Split(many, np.zeros(1 << 23, np.int32)), "train", classes=1)
    more = np.broadcast_to(np.float32(0), ((1 << 23) + 1, 1))
    with pytest.raises(InputError, match="train has 8,388,609 rows; expected at most 8,388,608"):
        check(Split(more, np.zeros((1 << 23) + 1, np.int32)), "train", classes=1)
    with pytest.raises(InputError, match="3 samples in a row and test has 4"):
        divide("made", tuple("abcd"), whole, drawn(features=4), source="made")


def test_divide_names_the_whole() -> None:
    data = divide("made", tuple("abcd"), drawn(), drawn(50), source="made here", seed=1)
    assert (data.name, data.classes, data.source) == ("made", tuple("abcd"), "made here")
    assert (data.features, data.image_shape) == (3, None)
    assert (len(data.train), len(data.validation), len(data.test)) == (180, 20, 50)


def test_scaling_is_applied_to_every_part() -> None:
    x = np.arange(200, dtype=np.uint8)[:, None]
    whole = Split(x, drawn().y, drawn().origin)
    data = divide("bytes", tuple("abcd"), whole, whole, source="", scaling=Scaling(255.0))
    for part in (data.train, data.validation, data.test):
        assert part.origin is not None
        assert part.x.dtype == np.float32
        expected = part.origin[:, 1] / np.float32(255)
        np.testing.assert_array_equal(part.x[:, 0], expected.astype(np.float32))


def test_classes_without_rows_are_noted() -> None:
    classes = tuple("abcdefghijk")
    data = divide("few", classes, drawn(), drawn().select(drawn().y > 0), source="", notes=("x",))
    lacking = "e, f, g, h, i and 2 more"
    assert data.notes == (
        "x",
        f"train has no row of class {lacking}",
        f"validation has no row of class {lacking}",
        "test has no row of class a, e, f, g, h and 3 more",
    )


def test_groups_are_not_divided_and_classes_keep_their_share() -> None:
    groups = np.arange(200) // 10  # 20 of the same make-up
    train, validation = take_validation(drawn(), 0, groups)
    kept, taken = (set(part.x[:, 0] // 10) for part in (train, validation))
    assert (len(kept), len(taken), kept & taken) == (18, 2, set())
    assert np.bincount(validation.y).tolist() == [2, 4, 6, 8]
    # One class to a group: the draw nearest to a tenth of each is taken.
    whole = drawn()
    order = np.argsort(whole.y, kind="stable")
    groups[order] = np.arange(200) // 4
    validation = take_validation(whole, 0, groups)[1]
    assert np.abs(np.bincount(validation.y, minlength=4) - [2, 4, 6, 8]).sum() <= 8
    with pytest.raises(InputError, match=r"cannot take validation rows out of train: .*empty"):
        take_validation(whole, 0, np.zeros(200))


def test_fingerprints() -> None:
    def data(**changes: Any) -> Dataset:
        whole = divide("made", tuple("abcd"), drawn(), drawn(50), source="made")
        return replace(whole, **changes)

    first = data()
    assert first.fingerprint == data(name="other", source="other").fingerprint
    assert len(first.fingerprint) == 16
    rows = first.test
    changed = [
        data(classes=tuple("abce")),
        data(train=first.validation, validation=first.train),
        data(test=Split(rows.x, rows.y[::-1].copy())),
        data(test=Split(np.nextafter(rows.x, np.float32(9)), rows.y)),
        data(test=Split(rows.x.reshape(25, 6), rows.y)),
    ]
    assert len({each.fingerprint for each in [first, *changed]}) == 6
