"""Tables of costs: read back, fitted, and refused where they are none."""

import json

import numpy as np
import pytest

from keras_tvscm.convert.choose.costs import RUNTIMES, Costs, fit, load, to_json, work
from keras_tvscm.errors import InputError


def test_work_counts_calls_numbers_and_products(linear):
    assert {kind: values.tolist() for kind, values in work(linear.read("int8")).items()} == {
        "FULLY_CONNECTED int8": [1, 3, 12, 36, 16 * 16]
    }
    assert work(linear.read("float32"))["FULLY_CONNECTED float32"].tolist() == [1, 3, 12, 36, 256]


def test_a_prediction_is_a_sum_over_the_operators(linear):
    costs = Costs("tflm", 500.0, {"FULLY_CONNECTED int8": (1000.0, 10.0, 1.0, 2.0, 0.5)})
    assert costs.microseconds(linear.read("int8")) == pytest.approx(
        0.5 + 1 + 0.03 + 0.012 + 0.072 + 0.128
    )
    assert costs.microseconds(linear.read("float32")) is None
    assert costs.estimate(linear.read("float32")) is None


def test_an_unknown_operator_is_estimated_by_the_others_of_its_dtype(linear):
    per_call = {"ADD float32": 3000.0, "SUB float32": 1000.0, "MUL float32": 2000.0}
    per_call |= {"ADD int8": 9000.0, "RESHAPE int8": 0.0}
    costs = Costs("tflm", 500.0, {kind: (ns, 0, 0, 0, 0) for kind, ns in per_call.items()})
    assert costs._time("FULLY_CONNECTED float32", np.ones(5)) == 2000
    assert costs._time("FULLY_CONNECTED int16", np.ones(5)) == 2000  # of all
    assert costs._time("ADD int8", np.ones(5)) == 9000


def test_a_fit_finds_the_costs_that_the_times_were_made_of(linear):
    contents = [linear.read(name) for name in ("int8", "float32", "rfft")]
    true = {"FULLY_CONNECTED int8": 7.0, "FULLY_CONNECTED float32": 90.0, "RFFT2D complex64": 40.0}
    times = [200.0 + sum(true.get(kind, 0.0) for kind in work(content)) for content in contents]
    costs = fit("tflm", contents, times)
    assert [1000 * costs.microseconds(content) for content in contents] == pytest.approx(times)
    assert costs.base >= 0
    assert all(value >= 0 for values in costs.operators.values() for value in values)


def test_a_fit_weighs_relative_errors(linear):
    """Of two times for one model, the smaller pulls harder than the larger."""
    content = linear.read("int8")
    found = 1000 * fit("tflm", [content, content], [100.0, 300.0]).microseconds(content)
    # Least squares of (t / 100 - 1, t / 300 - 1).
    assert found == pytest.approx((1 / 100 + 1 / 300) / (1 / 100**2 + 1 / 300**2))


def test_a_table_is_read_back(tmp_path):
    costs = Costs("tflm", 3.0, {"ADD int8": (1.0, 2.0, 0.0, 0.0, 5.0)})
    path = tmp_path / "own.json"
    path.write_text(json.dumps(to_json(costs) | {"command": "anything beside it"}))
    assert load("tflm", path) == costs
    with pytest.raises(InputError, match="holds costs of tflm; android runs on litert-xnnpack"):
        load("android", path)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"runtime": "tflm", "base": 1, "operators": {"ADD int8": [1, 2]}}', "1"]
)
def test_what_is_no_table(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(
        InputError, match="is no table of costs; make one: tvscm study calibrate-costs"
    ):
        load("tflm", path)


@pytest.mark.parametrize("target", RUNTIMES)
def test_the_package_has_a_table_for_every_target(target):
    costs = load(target)
    for kind in ("FULLY_CONNECTED int8", "CONV_2D int8", "ADD int8", "FULLY_CONNECTED float32"):
        assert np.sum(costs.operators[kind]) > 0


def test_an_unknown_target():
    with pytest.raises(InputError, match="Unknown target 'phone'; expected one of litert, tflm"):
        load("phone")
