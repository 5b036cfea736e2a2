"""The record of a conversion that was never made."""

import hashlib
from dataclasses import replace
from typing import Any

from keras_tvscm.convert.record import Calibration, Candidate, Record, Screening
from keras_tvscm.convert.verify.agreement import Agreement
from keras_tvscm.convert.verify.gate import Difference, OnRuntime, Verification

CONTENT = b"a model"


def example(**changes: Any) -> Record:
    """Of `CONTENT`, with other facts where they are given."""
    exact = Agreement(504, 1e-6, 1e-6, 1e-7, 1e-6, 1.0, 1.0, 0.9, 0.9)
    written = replace(exact, max_error=0.5, agreement=0.998, accuracy=0.896)
    facts = {
        "name": "tvscm banded int8",
        "lowerings": {"tvscm": "unrolled"},
        "dataset": "digits",
        "network": "tvscm",
        "policy": None,
        "patterns": ({"layer": "tvscm", "n": 64, "a": [0], "b": [1], "label": "banded"},),
        "filters": (),
        "scaling": {"divided_by": 16.0, "by_row": False},
        "collapsed": (),
        "linear": (),
        "dtype": "int8",
        "io_dtype": "int8",
        "target": "litert",
        "stripped": False,
        "parameters": 652,
        "multiplications": 705,
        "additions": None,
        "calibration": Calibration("digits train", 500, 0),
        "versions": {"python": "3.11", "keras-tvscm": "0.1.0"},
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "bytes": len(CONTENT),
        "verification": Verification(
            "classification",
            "digits validation and test",
            0,
            exact,
            written,
            (OnRuntime("litert-xnnpack", exact), OnRuntime("tflm", exact, 5312)),
            (OnRuntime("litert-xnnpack", written), OnRuntime("tflm", reason="no operator X")),
            (Difference(("litert-xnnpack", "litert-builtin"), 504, 2, 0.5, 1),),
        ),
        "screening": Screening(1293, 0.999, 1.0),
        "candidates": (
            Candidate("tvscm", "unrolled", 1.5, 700),
            Candidate("tvscm", "gather", reason="too many offsets"),
        ),
    }
    return Record(**(facts | changes))
