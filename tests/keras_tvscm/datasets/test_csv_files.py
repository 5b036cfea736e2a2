"""Tables of the user's own: with and without a header, one file or two, groups."""

from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets import Dataset, load
from keras_tvscm.datasets.scaling import NONE
from keras_tvscm.errors import InputError


def table(rows: int = 100, header: str = "a,b,label", labels: tuple[str, ...] = ("0", "1")) -> str:
    """Each row holds its own number, and that number in tenths."""
    lines = [f"{i},{i / 10},{labels[i % len(labels)]}" for i in range(rows)]
    return "\n".join([header, *lines] if header else lines) + "\n"


def loaded(tmp_path: Path, text: str) -> Dataset:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return load(str(path))


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def parts(data: Dataset) -> list[list[int]]:
    return [part.x[:, 0].astype(int).tolist() for part in (data.train, data.validation, data.test)]


def test_one_file_is_divided_in_three(tmp_path: Path) -> None:
    data = loaded(tmp_path, table())
    assert (data.name, data.classes, data.features) == (str(tmp_path / "mine.csv"), ("0", "1"), 2)
    assert [len(part) for part in parts(data)] == [72, 8, 20]
    assert sorted(row for part in parts(data) for row in part) == list(range(100))
    assert [np.bincount(part.y).tolist() for part in (data.train, data.validation, data.test)] == [
        [36, 36],
        [4, 4],
        [10, 10],
    ]
    np.testing.assert_array_equal(data.test.x[:, 1], np.float32(data.test.x[:, 0] / 10))
    np.testing.assert_array_equal(data.test.y, data.test.x[:, 0] % 2)
    assert (data.scaling, data.notes, data.image_shape) == (NONE, (), None)


def test_the_test_part_does_not_depend_on_the_seed(tmp_path: Path) -> None:
    first = loaded(tmp_path, table())
    second = load(str(tmp_path / "mine.csv"), seed=1)
    assert parts(first)[2] == parts(second)[2]
    assert parts(first)[1] != parts(second)[1]


@pytest.mark.parametrize("header", ["a,b,label", " A , b,TARGET", "a,b,species", ""])
def test_the_header_is_optional(tmp_path: Path, header: str) -> None:
    assert parts(loaded(tmp_path, table(header=header))) == parts(loaded(tmp_path, table()))


def test_labels_stand_where_their_name_does(tmp_path: Path) -> None:
    lines = [f"{i % 2},{i},{i / 10}" for i in range(100)]
    data = loaded(tmp_path, "\n".join(["label,pixel0,y", *lines]))
    assert parts(data) == parts(loaded(tmp_path, table()))


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (("setosa", "versicolor"), ("setosa", "versicolor")),
        (("0.000e+00", "1.0"), ("0", "1")),
        (("1", "2"), ("1", "2")),
        (("8", "3"), ("3", "8")),
        (("-1", "1"), ("-1", "1")),
        (("10", "9", "normal"), ("10", "9", "normal")),
    ],
)
def test_labels(tmp_path: Path, labels: tuple[str, ...], classes: tuple[str, ...]) -> None:
    data = loaded(tmp_path, table(rows=90, labels=labels))
    assert data.classes == classes
    stored = [labels[i % len(labels)] for i in parts(data)[2]]
    assert [data.classes[y] for y in data.test.y] == [
        label if label in classes else str(int(float(label))) for label in stored
    ]


def test_a_label_that_no_row_has_is_a_class_and_noted(tmp_path: Path) -> None:
    data = loaded(tmp_path, table(labels=("0", "3")))
    assert data.classes == ("0", "1", "2", "3")
    assert data.notes == tuple(
        f"{part} has no row of class 1, 2" for part in ("train", "validation", "test")
    )


def test_groups_stay_together(tmp_path: Path) -> None:
    lines = [f"{i},patient {i // 5},{i % 2}" for i in range(200)]
    data = loaded(tmp_path, "\n".join(["a,group,label", *lines]))
    assert data.features == 1
    groups = [{row // 5 for row in part} for part in parts(data)]
    assert [len(part) for part in groups] == [28, 4, 8]
    assert len(set.union(*groups)) == 40
    assert [len(part) for part in parts(data)] == [140, 20, 40]


def test_two_files(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(table(labels=("no", "yes")))
    (tmp_path / "test.csv").write_text(table(20, labels=("no", "yes")))
    data = load(str(tmp_path))
    assert (data.name, data.classes) == (str(tmp_path), ("no", "yes"))
    assert [len(part) for part in parts(data)] == [90, 10, 20]
    assert parts(data)[2] == list(range(20))

    (tmp_path / "test.csv").write_text(table(20, labels=("no", "may be")))
    with pytest.raises(InputError, match=r"test\.csv: label 'may be' in row 1; expected one of"):
        load(str(tmp_path))
    (tmp_path / "test.csv").write_text(table(20, header="b,a,label"))
    with pytest.raises(InputError, match="have different columns; expected the same header"):
        load(str(tmp_path))
    (tmp_path / "test.csv").unlink()
    with pytest.raises(InputError, match=r"has train\.csv but not the test part; expected train-"):
        load(str(tmp_path))


def test_groups_in_both_files_are_noted(tmp_path: Path) -> None:
    text = table(header="a,group,label")
    (tmp_path / "beats_train.csv").write_text(text)
    (tmp_path / "beats_test.csv").write_text(text.replace("\n1,0.1,", "\n1,7.25,"))
    assert load(str(tmp_path)).notes[0] == "99 groups have rows in train and in test"


def test_what_is_no_table(tmp_path: Path) -> None:
    assert "0 columns; expected 2 to" in refused(tmp_path, "")
    assert "1 columns; expected 2 to" in refused(tmp_path, "a;b;label\n1;2;0\n")
    assert "no rows; expected one row a line" in refused(tmp_path, "a,b,label\n")
    assert "line 3: 2 columns; expected 3" in refused(tmp_path, "a,b,label\n1,2,0\n1,2\n")
    assert "line 3: could not convert string to float: ''" in refused(
        tmp_path, "a,b,label\n1,2,0\n1,,0\n"
    )
    assert "NaN or infinite samples in 1 of" in refused(tmp_path, table() + "nan,1,0\n")
    assert "NaN or infinite samples" in refused(tmp_path, table() + "1,1e39,0\n")
    assert "row 100 has no label" in refused(tmp_path, table(labels=("n", "y")) + "1,2,\n")
    assert "column 1 has no name" in refused(tmp_path, table(header=",b,label"))
    assert "label 0.5; expected whole numbers or names" in refused(
        tmp_path, table(labels=("0.5", "1"))
    )
    assert "labels go from 0 to 1000000000" in refused(tmp_path, table(labels=("0", "1000000000")))
    assert "no column of labels" in refused(tmp_path, "a,group\n1,2\n")
    assert "field larger than field limit" in refused(tmp_path, table() + "1" * 200_000)
    assert "is not a CSV file: unexpected end of data" in refused(tmp_path, table() + '"1')
    assert "cannot take test rows" in refused(tmp_path, table(2))
    path = tmp_path / "mine.csv"
    path.write_bytes(b"\xff\xfe1,2")
    with pytest.raises(InputError, match="is not UTF-8 text; save it as CSV in UTF-8"):
        load(str(path))
    with pytest.raises(InputError, match=r"cannot read .*absent\.csv: No such file"):
        load(str(tmp_path / "absent.csv"))
