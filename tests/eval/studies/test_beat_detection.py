"""Beats that detectors find, miss and make up are counted as EC57 does."""

import json

import numpy as np
import pytest

from keras_tvscm.ecg.recording import Recording
from keras_tvscm.errors import InputError
from keras_tvscm.eval.studies import beat_detection as study

from ...keras_tvscm.ecg.made import peaks, wave


def recording(seconds=20, flutter=()):
    at = peaks(360, seconds)
    signal = wave(360, seconds).astype(np.float32)
    return Recording("100", "MLII", 360.0, signal, at, np.array(["N"] * len(at)), flutter)


def test_near_beats_count_and_flutter_does_not():
    whole = recording()
    found = np.sort(np.concatenate([whole.peaks[1:] + 50, [whole.peaks[5] + 120]]))
    assert study.counts(whole, found) == {"annotated": 25, "missed": 1, "false": 1}
    assert study.counts(whole, whole.peaks + 56)["missed"] == 25
    part = recording(flutter=((whole.peaks[5], whole.peaks[8]),))
    assert study.counts(part, found) == {"annotated": 21, "missed": 1, "false": 0}
    assert study.counts(whole, found[:0]) == {"annotated": 25, "missed": 25, "false": 0}


@pytest.mark.parametrize("name", ["tvscm", "xqrs", "gqrs"])
def test_every_detector_finds_plain_beats(name):
    whole = recording()
    counted = study.counts(whole, study.DETECTORS[name](whole))
    assert counted["missed"] <= 2 and counted["false"] <= 1


def test_a_study_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "fetch", lambda *_: tmp_path)
    monkeypatch.setattr(study, "read", lambda *_, **__: recording())
    detected = []
    monkeypatch.setitem(
        study.DETECTORS, "tvscm", lambda whole: detected.append(1) or whole.peaks[1:]
    )
    for records in ([100], [100, 101]):
        results = study.study(tmp_path, detectors=["tvscm"], records=records, command="tvscm x")
    assert len(detected) == 2  # 100 once
    page = study.as_markdown(json.loads(json.dumps(results)))
    assert "| 2 of 48 records | tvscm | 50 | 2 | 0 | 96.00 | 100.00 |" in page
    assert "| 1 of DS1 | tvscm | 25 | 1 | 0 | 96.00 | 100.00 |" in page
    with pytest.raises(InputError, match="Unknown 'mine'; expected one of tvscm, xqrs, gqrs"):
        study.study(tmp_path, detectors=["mine"])
