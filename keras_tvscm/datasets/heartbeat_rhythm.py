"""Heartbeats of the MIT-BIH Arrhythmia Database with their rhythm, for patients not seen before.

References and licence: as `heartbeat`.
"""

import os
from pathlib import Path

import numpy as np

from keras_tvscm.ecg.ec57 import CLASSES, NOTICE
from keras_tvscm.ecg.reading import read

from .dataset import Dataset, divide
from .fetching import checksums, fetch
from .heartbeat import DS1, DS2
from .recordings import AAMI, Rows, cached, rows_of

LEAD = "MLII"  # by name: record 114 has it second


def heartbeat_rhythm(data_dir: str | os.PathLike[str] | None = None, *, seed: int = 0) -> Dataset:
    """Load DS1 for training, DS2 for testing, as the front end gives the annotated beats.

    A row is 238 numbers within -4 .. 4: the beat from 0.35 s before R to 0.58 s after it, 112
    samples in units of the patient's usual QRS amplitude; the same minus the patient's usual
    beat; 13 numbers of rhythm and shape; and a zero (`keras_tvscm.ecg.front_end`). Classes are
    N, S, V and F; paced and unclassifiable beats (Q) are left out. Validation rows are those of
    whole records of DS1.

    Raises:
        InputError: see `fetch` and `divide`.
    """
    rows = all_rows(fetch("mitdb", data_dir))
    whole, record = rows.split(), rows.origin[:, 0]
    return divide(
        "heartbeat-rhythm",
        CLASSES,
        whole.select(np.isin(record, DS1)),
        whole.select(np.isin(record, DS2)),
        source="MIT-BIH Arrhythmia Database 1.0.0 (PhysioNet), lead MLII, DS1/DS2 of de Chazal "
        "2004, beats with their rhythm",
        notes=(NOTICE,),
        groups=record[np.isin(record, DS1)],
        seed=seed,
    )


def all_rows(folder: Path) -> Rows:
    """Every beat of the classes N, S, V and F of DS1 and DS2."""
    return cached(
        repr((LEAD, AAMI, checksums("mitdb"))),
        (
            rows_of(read(folder / str(number), lead=LEAD, annotator="atr"), number, AAMI)
            for number in sorted(DS1 + DS2)
        ),
    )
