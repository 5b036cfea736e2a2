"""One lead that is read piece by piece, so that a day of it needs no more memory than a minute."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .csv_recording import read_csv
from .resampling import filter_for
from .wfdb_record import RATE_IN_HEADER, WfdbRecord

# The annotator of a CSV file: its beats are in NAME.beats.csv.
CSV_ANNOTATOR = "beats"


class Lead(Protocol):
    """What is known of a lead; see `recording.Recording`.

    Attributes:
        length: samples.
    """

    @property
    def name(self) -> str: ...
    @property
    def lead(self) -> str: ...
    @property
    def rate(self) -> float: ...
    @property
    def length(self) -> int: ...


class Source(Lead, Protocol):
    """A recorded one."""

    @property
    def peaks(self) -> NDArray[np.int64] | None: ...
    @property
    def symbols(self) -> NDArray[np.str_] | None: ...

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """The samples from `first` to before `last`, in mV; NaN where nothing was recorded."""


def open_source(
    path: Path,
    *,
    lead: str | None = None,
    annotator: str | None = None,
    rate: float | None = None,
) -> Source:
    """Open a WFDB record, or read a CSV file, which is held in memory.

    Args:
        path, lead, rate: see `reading.read`.
        annotator: suffix of a record's annotation file, or "beats" of a CSV file's; None leaves
            annotations alone.

    Raises:
        InputError: see `reading.read`; or there are no such annotations.
    """
    source: Source
    if path.suffix == ".csv":
        if annotator not in (None, CSV_ANNOTATOR):
            raise InputError(
                f"{path}: the annotator of a CSV file is {CSV_ANNOTATOR} ({path.stem}.beats.csv "
                f"beside it). Received: {annotator}"
            )
        source = read_csv(path, lead=lead, rate=rate, annotated=annotator is not None)
        if annotator and source.peaks is None:
            raise InputError(f"there is no {path.stem}.beats.csv beside {path}")
    elif rate is not None:
        raise InputError(f"{path}: {RATE_IN_HEADER}")
    else:
        source = WfdbRecord(path, lead=lead, annotator=annotator)
    filter_for(source.rate)
    return source
