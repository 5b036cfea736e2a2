"""Heartbeats of the MIT-BIH Arrhythmia Database, divided in two ways.

Reference: G. B. Moody, R. G. Mark, "The impact of the MIT-BIH Arrhythmia
Database", IEEE Engineering in Medicine and Biology 20(3):45-50, 2001,
doi:10.13026/C2F305; A. L. Goldberger et al., "PhysioBank, PhysioToolkit, and
PhysioNet", Circulation 101(23):e215-e220, 2000. Licence: ODC-By 1.0.
"""

import os

import numpy as np

from .beats import CLASSES, all_beats
from .dataset import Dataset, Split, divide
from .published_split import published_test
from .scaling import BY_ROW

# Table of P. de Chazal, M. O'Dwyer, R. B. Reilly, "Automatic classification of
# heartbeats using ECG morphology and heartbeat interval features", IEEE
# Transactions on Biomedical Engineering 51(7):1196-1206, 2004. The records with
# paced beats (102, 104, 107, 217) are in neither.
DS1 = (101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122,
       124, 201, 203, 205, 207, 208, 209, 215, 220, 223, 230)  # fmt: skip
DS2 = (100, 103, 105, 111, 113, 117, 121, 123, 200, 202, 210,
       212, 213, 214, 219, 221, 222, 228, 231, 232, 233, 234)  # fmt: skip


def heartbeat(data_dir: str | os.PathLike[str] | None = None, *, seed: int = 0) -> Dataset:
    """Load the published split (mitbih_train.csv, mitbih_test.csv) of Kachuee 2018.

    78,798 training, 8,756 validation and 21,892 test rows. It is random over
    beats, so nearly every patient is in all parts: it shows how well a model
    fits, not how it does on a new patient.

    Raises:
        InputError: see `fetch` and `divide`.
    """
    beats = Split(*all_beats(data_dir))
    in_test = published_test(len(beats))
    return divide(
        "heartbeat",
        CLASSES,
        beats.select(~in_test),
        beats.select(in_test),
        source="MIT-BIH Arrhythmia Database 1.0.0 (PhysioNet), beats and split of Kachuee 2018",
        scaling=BY_ROW,
        seed=seed,
    )


def interpatient(data_dir: str | os.PathLike[str] | None = None, *, seed: int = 0) -> Dataset:
    """Load the same beats, trained on DS1 and tested on DS2: other patients.

    The validation rows come out of DS1 at random, so they share patients with
    the training rows, which the test rows do not.

    Raises:
        InputError: see `fetch` and `divide`.

    Reference: de Chazal, O'Dwyer, Reilly 2004 (cited at `DS1`).
    """
    beats = all_beats(data_dir)
    record = beats.origin[:, 0]
    return divide(
        "heartbeat-interpatient",
        CLASSES,
        Split(*beats).select(np.isin(record, DS1)),
        Split(*beats).select(np.isin(record, DS2)),
        source="MIT-BIH Arrhythmia Database 1.0.0 (PhysioNet), DS1/DS2 of de Chazal 2004",
        scaling=BY_ROW,
        notes=("validation rows share patients with the training rows; test rows do not",),
        seed=seed,
    )
