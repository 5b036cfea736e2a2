"""Classified beats as files: a table, and annotations that WFDB's programs show."""

import math
import tempfile
import warnings
from pathlib import Path

import numpy as np

from .classification import Classified
from .ec57 import NOTICE

ANNOTATOR = "tvscm"
# By these words `files.check_ours` knows the file.
WRITTEN = f"written by keras-tvscm. {NOTICE}"


def table(found: Classified) -> str:
    """CSV after a line that begins with #: seconds and sample of R, class, RR before, probability.

    RR, in ms, is empty where there is none or a gap is between both beats, the probability where
    the beat could not be read.
    """
    rows = [f"# {WRITTEN}", "time_s,sample,class,rr_before_ms,probability"]
    columns = (found.seconds, found.samples, found.labels, found.rr, found.probabilities)
    for time, sample, label, rr, probability in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        interval = "" if math.isnan(rr) else f"{rr:.1f}"
        sure = "" if math.isnan(probability) else f"{probability:.4f}"
        rows.append(f"{time:.4f},{sample},{label},{interval},{sure}")
    return "\n".join([*rows, ""])


def annotations(found: Classified) -> bytes:
    """A WFDB annotation file: the notice as a comment on sample 1, and a symbol a beat.

    A class that is no symbol of WFDB's is a note on an unclassified beat (Q).
    """
    from wfdb import wrann
    from wfdb.io.annotation import ann_label_table

    known = set(ann_label_table["symbol"])
    labels = found.labels.tolist()
    marks = [label if label in known else "Q" for label in labels]
    texts = ["" if label in known else label for label in labels]
    # Newer pandas warns about wfdb's way of calling it.
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        wrann(
            "r",  # not every record has a name that wfdb would write
            ANNOTATOR,
            # On sample 0 wfdb would take it for a setting.
            np.array([1, *found.samples.clip(min=1).tolist()], np.int64),
            ['"', *marks],
            aux_note=[WRITTEN, *texts],
            fs=found.rate,
            write_dir=folder,
        )
        return Path(folder, f"r.{ANNOTATOR}").read_bytes()
