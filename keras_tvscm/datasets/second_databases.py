"""Databases that no network here was trained or chosen on, in the layout of PhysioNet.

A database is a folder with a file RECORDS, which names its records, and their files, as
`wget -r` or the archive from https://physionet.org/content/svdb/1.0.0/ and
https://physionet.org/content/incartdb/1.0.0/ leave them.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from keras_tvscm.ecg.reading import read
from keras_tvscm.errors import InputError

from .recordings import AAMI, Rows, cached, rows_of


@dataclass(frozen=True)
class Database:
    """A published database of annotated recordings.

    Attributes:
        title: with its reference.
        lead: the signal that lies nearest to MLII.
        records: how many there are.
    """

    title: str
    lead: str
    records: int


DATABASES = {
    # Greenwald 1990; two leads of 128 Hz, half an hour each, called ECG1 and ECG2.
    "svdb": Database("MIT-BIH Supraventricular Arrhythmia Database 1.0.0", "ECG1", 78),
    # Twelve leads of 257 Hz, half an hour each, of 32 patients; beats were found by a program and
    # corrected by hand.
    "incartdb": Database("St Petersburg INCART 12-lead Arrhythmia Database 1.0.0", "II", 75),
}


def folder_of(name: str, data_dir: str | os.PathLike[str] | None = None) -> Path | None:
    """The database's folder under `data_dir`, else under `$TVSCM_DATA`; None where it is not."""
    given = data_dir or os.environ.get("TVSCM_DATA")
    folder = Path(given) / name if given else None
    return folder if folder and (folder / "RECORDS").is_file() else None


def second_rows(name: str, folder: Path) -> tuple[Rows, tuple[str, ...]]:
    """All beats of a database of the classes N, S, V and F, and its records' names.

    Args:
        name: one of `DATABASES`.
        folder: see `folder_of`.

    Raises:
        InputError: RECORDS names another number of records, or one cannot be read.
    """
    database = DATABASES[name]
    names = tuple((folder / "RECORDS").read_text(encoding="utf-8").split())
    if len(names) != database.records:
        raise InputError(
            f"{folder / 'RECORDS'} names {len(names)} records; expected {database.records}: get "
            f"all of https://physionet.org/files/{name}/1.0.0/"
        )
    stamps = [(file.name, file.stat().st_size) for file in sorted(folder.iterdir())]
    rows = cached(
        repr((name, database.lead, AAMI, stamps)),
        (
            rows_of(read(folder / record, lead=database.lead, annotator="atr"), number, AAMI)
            for number, record in enumerate(names)
        ),
    )
    return rows, names
