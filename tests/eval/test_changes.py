from dataclasses import replace

import numpy as np
import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.eval.changes import changes
from keras_tvscm.eval.latency import Latency
from keras_tvscm.eval.measurement import Measurement

from .conftest import invented, measured, model_facts


def session(seed, times, speed=1.0, between=0.02, size=1000):
    """Ten windows of each model, on a machine of some speed that drifts from window to window."""
    rng = np.random.default_rng(seed)
    drift = speed * np.exp(rng.normal(0, 0.2, 10))
    rows = []
    for name, median in times.items():
        centres = median * drift * np.exp(rng.normal(0, between, 10))
        loops = [(c * np.exp(rng.normal(0, 0.01, 5))).tolist() for c in centres]
        row = measured(name, 95, median)
        rows.append(replace(row, latency=Latency.of(loops, 100)))
    counted = Measurement(
        "dense int8", "cortex-m4", "measured", counts={"instructions": int(times["dense int8"])}
    )
    return invented(
        [model_facts(name, name.split()[0], "int8", size) for name in times],
        [*rows, counted],
        cores=["cortex-m4"],
        spins={"litert-xnnpack": [[1e6 * d] * 5 for d in drift]},
    )


BEFORE = {"dense int8": 16_000, "tvscm int8": 2_000, "stack int8": 9_000}


def test_two_sessions_of_the_same_differ_by_chance_alone():
    """Also where the machine was half as fast in the second one."""
    sure = agreeing = 0
    for seed in range(30):
        found = changes(session(seed, BEFORE), session(100 + seed, BEFORE, speed=2))
        sure += sum(change.sure for change in found.changes)
        assert found.machine["litert-xnnpack"] == pytest.approx(2, rel=0.5)
        agreeing += found.agreeing
        assert found.ratios == 2
    assert sure / 90 < 0.15
    assert agreeing / 60 > 0.85


def test_a_model_that_became_slower_is_found_alone():
    after = session(1, BEFORE | {"tvscm int8": 2_400}, speed=0.7)
    found = changes(session(0, BEFORE), after)
    assert [c.verdict for c in found.changes if c.unit == "ns"] == [
        "no change beyond noise",
        "slower",
        "no change beyond noise",
    ]
    [slower] = found.slower_than(0.10)
    assert slower.model == "tvscm int8" and slower.ratio == pytest.approx(1.2, rel=0.05)
    assert slower.interval.low > 1.1
    assert not found.slower_than(0.3)
    assert (found.agreeing, found.ratios) == (1, 2)


def test_instructions_leave_nothing_to_chance():
    found = changes(session(0, BEFORE), session(1, BEFORE | {"dense int8": 16_001}))
    [counted] = [change for change in found.changes if change.unit == "instructions"]
    assert (counted.verdict, counted.interval, counted.after) == ("more", None, 16_001)


def test_what_is_no_file_is_compared_without_its_bytes():
    counted = Measurement("forest int16", "cortex-m4", "measured", counts={"instructions": 1300})
    forest = model_facts("forest int16", "forest", "int16", None)
    of_forests = invented([forest], [counted], cores=["cortex-m4"])
    [change] = changes(of_forests, of_forests).changes
    assert (change.ratio, change.bytes, change.sure) == (1, None, False)


def test_accuracy_and_bytes_are_told():
    after = session(0, BEFORE, size=1200)
    [row, *_] = after.measurements
    after.measurements[0] = replace(row, score=replace(row.score, accuracy=0.9))
    change = changes(session(0, BEFORE), after).changes[0]
    assert change.accuracy == pytest.approx(-5) and change.bytes == 200


def test_what_only_one_has_is_named():
    after = session(0, {"dense int8": 16_000, "other": 5})
    found = changes(session(0, BEFORE), after)
    assert found.after == ["other on litert-xnnpack"]
    assert found.before == ["tvscm int8 on litert-xnnpack", "stack int8 on litert-xnnpack"]


def test_sessions_that_cannot_be_compared():
    one = session(0, BEFORE)
    with pytest.raises(InputError, match="two data sets, coins and dice"):
        changes(one, replace(one, dataset=one.dataset | {"name": "dice"}))
    with pytest.raises(InputError, match="no model and runtime in common"):
        changes(one, replace(one, measurements=[]))
