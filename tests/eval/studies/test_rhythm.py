"""The rhythm study: its divisions, beats that are found, and its page."""

from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets.heartbeat import DS1, DS2
from keras_tvscm.ecg.recording import Recording
from keras_tvscm.eval.studies import rhythm as study
from keras_tvscm.files import read_json

# Newer pandas warns about wfdb's way of calling it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:wfdb")


def test_every_record_is_held_out_once():
    assert sorted(record for fold in study.FOLDS for record in fold) == sorted(DS1)
    assert sorted(record for part in study.LEFT_OUT for record in part) == sorted(DS1 + DS2)
    assert any({201, 202} <= {*part} for part in study.LEFT_OUT)


def test_found_beats_beside_annotated_ones():
    recording = Recording(
        "r",
        "II",
        240,
        np.zeros(4000, np.float32),
        np.array([400, 800, 1200, 1600]),
        np.array(["N", "V", "/", "A"]),
    )
    facts = study._matched(recording, np.array([203, 300, 419, 602, 1500]))
    assert facts["y"].tolist() == [0, 2, -1, 1]
    # 25 ms, 158 ms away, 17 ms, and nothing near.
    assert facts["match"].tolist() == [0, -1, 3, -1]


def test_what_is_missed_and_what_is_no_beat(monkeypatch):
    called = np.array([0, 1, 1, 2, 2])
    monkeypatch.setattr(study, "predictions", lambda model, x: np.eye(4)[called])
    facts = {
        "y": np.array([0, 0, 1, 1, 2, -1]),
        "match": np.array([0, 1, 2, -1, 3, -1]),
    }
    found = study._end_to_end(None, [(facts, np.zeros((5, 237), np.int16))])
    assert (found["missed"], found["false"], found["accuracy"]) == (1, 1, 3 / 5)
    assert found["sensitivity"] == {"S": 1 / 2, "V": 1, "F": None}
    # One N beat is called S; what is no beat is called V.
    assert found["predictivity"] == {"S": 1 / 2, "V": 1 / 2, "F": None}


def test_the_page_says_what_is_not_known():
    page = study.as_markdown(read_json(Path("docs/results/rhythm.json")))
    assert study.SEEN in page and "no diagnosis, and not a medical device" in page
    assert page.count("not run here") == 2
    assert page.count("| 232 |") == 1
