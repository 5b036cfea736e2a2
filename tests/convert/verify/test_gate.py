"""The gate's bounds, each from both sides, and the runtimes that stand behind it."""

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.convert import convert
from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.convert.runtimes.tflite_runtime import NOT_SET_UP
from keras_tvscm.convert.verify import gate as module
from keras_tvscm.convert.verify.agreement import Rows, compare
from keras_tvscm.convert.verify.gate import (
    Disagreement,
    OnRuntime,
    Verification,
    broken_bound,
    by_runtime,
    described,
    verify,
)
from keras_tvscm.convert.verify.task import Task
from keras_tvscm.errors import CheckError

ROWS = 1000
LABELS = np.arange(ROWS) % 4
EXPECTED = np.eye(4, dtype=np.float32)[LABELS]
X = np.arange(ROWS, dtype=np.float32)[:, None]
NUMBERS = np.random.default_rng(0).normal(size=(ROWS, 1)).astype(np.float32)


def wrong(rows):
    """Outputs whose top class differs in the first `rows` rows."""
    return np.concatenate([np.roll(EXPECTED[:rows], 1, axis=1), EXPECTED[rows:]])


def compared(outputs, labels=LABELS):
    return compare(outputs, Rows(EXPECTED, X, labels))


def test_equal_outputs_pass():
    agreement = compared(EXPECTED)
    assert broken_bound(agreement, "", True) is broken_bound(agreement, "", False) is None


@pytest.mark.parametrize(("error", "passes"), [(0.9e-4, True), (1.1e-4, False)])
def test_float_error_is_relative_to_the_largest_output(error, passes):
    agreement = compare(5 * EXPECTED + 5 * np.float32(error), Rows(5 * EXPECTED, X, LABELS))
    assert agreement.relative_error == pytest.approx(error, rel=1e-2)
    message = broken_bound(agreement, "here", exact=True)
    assert message is None if passes else "float32 lowering differs" in message


def test_nan_fails():
    agreement = compared(np.full_like(EXPECTED, np.nan))
    assert broken_bound(agreement, "", exact=True) and broken_bound(agreement, "", exact=False)


def test_agreement_of_99_percent_is_enough_without_labels():
    agreement = compared(wrong(10), labels=None)
    assert agreement.agreement == 0.99 and broken_bound(agreement, "", exact=False) is None
    assert "98.90%" in broken_bound(compared(wrong(11), labels=None), "", exact=False)


def test_half_a_point_of_accuracy_and_its_standard_error_may_go():
    """Of 1,000 rows, 7 that changed are worth 0.70 points, give or take 0.26."""
    assert compared(wrong(7)).standard_error == pytest.approx(np.sqrt(7) / 1000)
    assert broken_bound(compared(wrong(7)), "", exact=False) is None
    message = broken_bound(compared(wrong(8)), "", exact=False)
    assert "loses 0.80 points of accuracy" in message
    assert "at most 0.78 are accepted: 0.5, and 0.28 that may be chance on " in message


def test_the_allowance_that_applied_is_said():
    """Of 504 rows, two that changed may cost 0.5 points and 0.28 more."""
    summary = Verification(
        "classification",
        "made up",
        0,
        compared(EXPECTED),
        compare(wrong(2)[:504], Rows(EXPECTED, X, LABELS).at(np.arange(504))),
        *[()] * 3,
    ).summary()
    assert summary["accuracy_loss_allowed"] == pytest.approx(0.005 + np.sqrt(2) / 504)
    assert described(summary) == (
        "on 504 rows (made up) top-1 agreement 99.60%, accuracy on all of them 100.00 -> 99.60 % "
        "(on so many rows at most 0.78 points may be lost), in float32 within 0e+00"
    )


def numbers(outputs):
    return compare(outputs, Rows(NUMBERS, X, None, Task("regression")))


def test_numbers_are_held_to_a_cosine_and_a_share_of_their_deviation():
    spread = NUMBERS.std()
    assert broken_bound(numbers(NUMBERS + 0.049 * spread), "", exact=False) is None
    message = broken_bound(numbers(NUMBERS + 0.051 * spread), "here", exact=False)
    assert "5.1% of their standard deviation" in message and "1,000 rows, here" in message
    assert "at most 5% is accepted" in message
    message = broken_bound(numbers(NUMBERS[::-1]), "here", exact=False)
    assert "a cosine of" in message and "at least 0.99 is asked for" in message
    assert broken_bound(numbers(np.full_like(NUMBERS, np.nan)), "", exact=False)


@pytest.mark.parametrize(
    ("rows", "differing", "passes"), [(67, 1, True), (67, 2, False), (10, 1, False)]
)
def test_few_rows_may_differ_in_one(rows, differing, passes):
    outputs = np.eye(3, dtype=np.float32)[np.arange(rows) % 3]
    others = outputs.copy()
    others[:differing] = outputs[1 : differing + 1]
    agreement = compare(others, Rows(outputs, X[:rows], None, Task("classification")))
    message = broken_bound(agreement, "here", exact=False)
    assert (message is None) == passes
    assert passes or "of fewer than 100 rows all but one" in message


def test_a_regression_says_its_task_and_bounds():
    agreement = numbers(NUMBERS + np.float32(0.01))
    verification = Verification("regression", "made up", 0, numbers(NUMBERS), agreement, *[()] * 3)
    assert verification.to_json()["bounds"] == {
        "float32_relative_error": 1e-4,
        "cosine": 0.99,
        "relative_rmse": 0.05,
    }
    summary = verification.summary()
    assert (summary["task"], summary["agreement"], summary["accuracy_loss_allowed"]) == (
        "regression",
        None,
        None,
    )
    assert described(summary).startswith("on 1,000 rows (made up) as regression cosine 0.99")
    document = {
        "bounds": {"cosine": 0.99},
        "converted": {"tflm": OnRuntime("tflm", agreement).to_json()},
    }
    assert by_runtime(document) == (f"cosine by runtime: tflm {agreement.cosine:.5f} on 1,000 rows")


class Invented:
    """A session whose outputs are looked up by row."""

    step, arena_bytes = 0.5, None

    def __init__(self, outputs):
        self.outputs, self.asked = outputs, []

    def predict(self, x):
        self.asked.append(len(x))
        return self.outputs[x[:, 0].astype(int)]


@pytest.fixture
def gate(monkeypatch):
    """Run the gate on invented sessions by name; a string is a reason not to run."""

    def run(require=(), **sessions):
        named = {name.replace("_", "-"): session for name, session in sessions.items()}

        def load(name, model):
            if model == b"float32" and not isinstance(named.get(name), str):
                return Invented(EXPECTED)
            session = named.get(name, "absent")
            if isinstance(session, str):
                raise Unavailable(session)
            return session

        monkeypatch.setattr(module, "load", load)
        monkeypatch.setattr(module, "in_child", lambda name, model: None)
        monkeypatch.setattr(module, "SAMPLE", 100)
        return verify(
            Rows(EXPECTED, X, LABELS),
            "made up",
            as_float=b"float32",
            converted=b"int8",
            seed=1,
            require=require,
        )

    return run


def test_the_first_runtime_sees_every_row_and_the_others_a_sample(gate):
    first, second = Invented(EXPECTED), Invented(EXPECTED)
    verification = gate(litert_xnnpack=first, tflm=second)
    assert (first.asked, second.asked) == ([ROWS], [100])
    assert verification.summary()["rows"] == ROWS
    document = verification.to_json()["converted"]
    assert document["tflm"]["rows"] == 100 and document["litert-builtin"] == {"reason": "absent"}
    assert by_runtime(verification.to_json()) == (
        "top-1 agreement by runtime: litert-xnnpack 100.00% of 1,000 rows, litert-builtin none: "
        "absent, tflm 100.00% of 100 rows, tflite-runtime none: absent"
    )


def test_a_runtime_that_nobody_set_up_is_no_news(gate):
    verification = gate(litert_xnnpack=Invented(EXPECTED), tflite_runtime=NOT_SET_UP)
    document = verification.to_json()
    assert document["converted"]["tflite-runtime"] == {"reason": NOT_SET_UP}
    assert by_runtime(document) == (
        "top-1 agreement by runtime: litert-xnnpack 100.00% of 1,000 rows, litert-builtin none: "
        "absent, tflm none: absent"
    )


def test_a_sample_that_does_not_pass_is_not_the_last_word(gate):
    drawn = Rows(EXPECTED, X, LABELS).draw(100, seed=1)
    outputs = EXPECTED.copy()
    outputs[drawn[:2]] = np.roll(EXPECTED[drawn[:2]], 1, axis=1)
    second = Invented(outputs)
    verification = gate(litert_xnnpack=Invented(EXPECTED), tflm=second)
    assert second.asked == [100, ROWS]
    assert verification.to_json()["converted"]["tflm"]["agreement"] == 0.998


def test_every_runtime_can_stop_the_writing(gate):
    message = r"agrees on 80\.00% of 1,000 rows \(made up, tflm\).*nothing written"
    with pytest.raises(Disagreement, match=message):
        gate(litert_xnnpack=Invented(EXPECTED), tflm=Invented(wrong(200)))


def test_a_runtime_that_does_not_run_the_model_stops_it_where_it_is_required(gate):
    assert gate(litert_xnnpack=Invented(EXPECTED), tflm="no operator X")
    with pytest.raises(CheckError, match="tflm does not run the model: no operator X; nothing"):
        gate(["tflm"], litert_xnnpack=Invented(EXPECTED), tflm="no operator X")
    with pytest.raises(CheckError, match="litert-xnnpack does not run the model"):
        gate(litert_xnnpack="broken", tflm=Invented(EXPECTED))


def test_differences_between_runtimes_are_counted_in_steps(gate):
    outputs = EXPECTED.copy()
    drawn = Rows(EXPECTED, X, LABELS).draw(100, seed=1)
    outputs[drawn[3], 0] -= 1.5
    outputs[drawn[7], 1] -= 0.5
    differences = gate(
        litert_xnnpack=Invented(EXPECTED), litert_builtin=Invented(EXPECTED), tflm=Invented(outputs)
    ).differences
    assert [(d.runtimes, d.rows, d.differing, d.largest, d.steps) for d in differences] == [
        (("litert-xnnpack", "litert-builtin"), 100, 0, 0, 0),
        (("litert-xnnpack", "tflm"), 100, 2, 1.5, 3),
        (("litert-builtin", "tflm"), 100, 2, 1.5, 3),
    ]


def test_a_model_that_ends_litert_s_process_is_refused(digits, trained):
    """A quantised sum whose scale is far below its terms': LiteRT aborts."""
    content = convert(trained("banded"), digits, lowering="unrolled", collapsing=False).content
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    codes = [code.builtinCode for code in model.operatorCodes]
    graph = model.subgraphs[0]
    for operator in graph.operators:
        if codes[operator.opcodeIndex] == schema.BuiltinOperator.ADD:
            graph.tensors[operator.outputs[0]].quantization.scale = [1e-12]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    x = digits.test.x
    with pytest.raises(CheckError, match=r"litert-xnnpack does not run.*ends its process"):
        verify(
            Rows(trained("banded").predict(x, verbose=0), x, digits.test.y),
            "digits",
            as_float=convert(trained("banded"), digits, dtype="float32").content,
            converted=bytes(builder.Output()),
        )
