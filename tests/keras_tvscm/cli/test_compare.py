import json

import pytest

from keras_tvscm.eval.latency import Latency
from keras_tvscm.eval.measurement import Measurement
from tests.eval.conftest import invented, model_facts, scored


def report(path, nanoseconds):
    """A session of one model that takes that long in each window."""
    windows = [[nanoseconds * (1 + 0.001 * i)] * 3 for i in range(6)]
    row = Measurement("dense int8", "tflm", "measured", None, scored(97), Latency.of(windows, 100))
    facts = model_facts("dense int8", "dense", "int8", 900)
    path.write_text(json.dumps(invented([facts], [row]).to_json()))
    return str(path)


def test_what_changed_is_told_and_fails_if_asked_to(tvscm, tmp_path):
    before, after = report(tmp_path / "a.json", 5000), report(tmp_path / "b.json", 6000)
    code, out, err = tvscm("compare", before, after)
    assert (code, err) == (0, [])
    assert any("5.01 µs" in line and "+20.0 %" in line and "slower" in line for line in out)
    code, _, err = tvscm("compare", before, after, "--fail-if-slower", "10%")
    assert code == 1
    assert err == [
        "tvscm: 1 of 1 are more than 10% slower; most: dense int8 on tflm, +20.0 %",
    ]
    assert tvscm("compare", before, after, "--fail-if-slower", "30%")[0] == 0
    assert tvscm("compare", after, before, "--fail-if-slower", "10%")[0] == 0


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "is not JSON"),
        ("[]", "it is no report of a comparison; give a report.json"),
        ('{"schema": 99}', "schema 99, this version reads up to 2; update keras-tvscm"),
    ],
)
def test_files_that_are_no_sessions(tvscm, tmp_path, content, message):
    good = report(tmp_path / "a.json", 5000)
    (tmp_path / "b.json").write_text(content)
    code, out, err = tvscm("compare", good, str(tmp_path / "b.json"))
    assert (code, out, len(err)) == (2, [], 1)
    assert message in err[0] and "b.json" in err[0]


def test_share_is_a_percentage(tvscm, tmp_path):
    good = report(tmp_path / "a.json", 5000)
    code, _, err = tvscm("compare", good, good, "--fail-if-slower", "0.1")
    assert code == 2 and "takes a percentage such as 10%" in err[0]
