"""The user's own tables: comma-separated numbers, one row a line, and a column of labels."""

import csv
import os
from array import array
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .dataset import Dataset, Split, divide, take_rows
from .labels import number_labels, numbered

# A column of labels by its name, the first that is there; else the last column.
LABELS = ("label", "class", "target", "y")
GROUP = "group"
TEST_SHARE = 0.2
TEST_SEED = 0
MOST_COLUMNS = 1 << 20


@dataclass(frozen=True, eq=False)
class Table:
    """One file.

    Attributes:
        header: names of the columns in small letters, where the file has them.
        x: (rows, samples).
        labels: as text; whole numbers without a fraction.
        groups: (rows,), where a column is called group.
    """

    header: list[str] | None
    x: NDArray[np.float32]
    labels: list[str]
    groups: NDArray[np.str_] | None


def from_csv(path: str | os.PathLike[str], *, seed: int = 0) -> Dataset:
    """Load one file, of which a fifth of each class becomes the test part.

    A first line that is not all numbers is the header. Labels are in the column called
    label, class, target or y, else in the last one; they are whole numbers or names.
    Where a column is called group, rows of one group (a patient, a device) stay together,
    in the test part as in the validation part. Every other column is a sample; none is
    rescaled.

    Args:
        path: the .csv file, UTF-8.
        seed: for the choice of validation rows; the test part is always the same.

    Raises:
        InputError: the file cannot be read, is no such table, or `divide` refuses it.
    """
    path = Path(path)
    table = _read(path)
    classes, y = _numbered(table.labels, path.name)
    kept, taken = take_rows(y, TEST_SHARE, TEST_SEED, table.groups, part="test")
    whole = Split(table.x, y)
    return divide(
        str(path),
        classes,
        whole.select(kept),
        whole.select(taken),
        source=f"the user's own table {path.name}, a fifth of it for the test",
        groups=None if table.groups is None else table.groups[kept],
        seed=seed,
    )


def from_csv_pair(train: Path, test: Path, *, name: Path, seed: int = 0) -> Dataset:
    """Load a training and a test part, each as `from_csv` reads a file."""
    tables = {path: _read(path) for path in (train, test)}
    first, second = tables[train], tables[test]
    if first.header != second.header:
        raise InputError(f"{train} and {test} have different columns; expected the same header")
    classes, y = _numbered(first.labels, train.name)
    notes: tuple[str, ...] = ()
    if first.groups is not None and second.groups is not None:
        shared = np.intersect1d(first.groups, second.groups)
        if shared.size:
            notes = (f"{len(shared)} groups have rows in train and in test",)
    return divide(
        str(name),
        classes,
        Split(first.x, y),
        Split(second.x, numbered(second.labels, classes, test.name)),
        source=f"the user's own tables {train.name} and {test.name}",
        notes=notes,
        groups=first.groups,
        seed=seed,
    )


def _read(path: Path) -> Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _table(file)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text; save it as CSV in UTF-8") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except csv.Error as error:
        raise InputError(f"{path} is not a CSV file: {error}") from error


def _table(file: TextIO) -> Table:
    rows = csv.reader(file, strict=True)
    lines = ((rows.line_num, row) for row in rows if row)
    _, first = next(lines, (0, []))
    width = len(first)
    if not 2 <= width <= MOST_COLUMNS:
        raise InputError(
            f"{width:,} columns; expected 2 to {MOST_COLUMNS:,} with commas "
            "between them: samples and a label"
        )
    names = [name.strip().lower() for name in first]
    header = names if _is_header(names) else None
    label, group = _columns(header, width)
    others = sorted({label, label if group is None else group}, reverse=True)
    labels, groups, values = list[str](), list[str](), array("f")
    for number, row in lines if header else chain([(1, first)], lines):
        if len(row) != width:
            raise InputError(f"line {number}: {len(row)} columns; expected {width} as in line 1")
        labels.append(row[label].strip())
        if group is not None:
            groups.append(row[group].strip())
        for column in others:
            del row[column]
        try:
            values.extend(map(float, row))
        except ValueError as error:
            raise InputError(f"line {number}: {error}; expected a number") from error
    if not labels:
        raise InputError("no rows; expected one row a line")
    x = np.frombuffer(values, np.float32).reshape(len(labels), -1)
    return Table(header, x, _plain(labels), np.array(groups) if groups else None)


def _is_header(names: list[str]) -> bool:
    # The last column may hold the names of classes.
    return any(not _is_number(name) for name in names[:-1]) or names[-1] in (*LABELS, GROUP)


def _columns(header: list[str] | None, count: int) -> tuple[int, int | None]:
    """The column of labels, and that of groups if there is one."""
    if header is None:
        return count - 1, None
    if "" in header:
        raise InputError(
            f"column {header.index('') + 1} has no name; leave row numbers out "
            "(pandas: to_csv(index=False))"
        )
    group = header.index(GROUP) if GROUP in header else None
    named = [header.index(name) for name in LABELS if name in header]
    label = named[0] if named else count - 1
    if label == group or (count == 2 and group is not None):
        raise InputError(f"no column of labels; expected {', '.join(LABELS)}")
    return label, group


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(labels: list[str]) -> list[str]:
    """Labels such as 3.0 as 3: tables of numbers store whole ones with a fraction."""
    if not all(_is_number(label) for label in labels):
        return labels
    numbers = [float(label) for label in labels]
    if not all(number.is_integer() for number in numbers):
        raise InputError(
            f"label {next(n for n in numbers if not n.is_integer())}; expected whole numbers or "
            "names: a class, not a quantity"
        )
    return [str(int(number)) for number in numbers]


def _numbered(labels: list[str], part: str) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The classes of a training part, and the class number of each row."""
    if "" in labels:
        raise InputError(f"{part}: row {labels.index('')} has no label")
    if all(_is_number(label) for label in labels):
        numbers = sorted({int(label) for label in labels})
        classes = tuple(map(str, numbers))
        if numbers[0] in (0, 1):
            classes = number_labels(numbers[0], numbers[-1], len(labels))
    else:
        classes = tuple(sorted(set(labels)))
    return classes, numbered(labels, classes, part)
