"""The gate's bounds, each from both sides, and the runtimes that stand behind it."""

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.convert import convert
from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.convert.verify import gate as module
from keras_tvscm.convert.verify.gate import Rows, agreement, by_runtime, problem, verify
from keras_tvscm.errors import CheckError

ROWS = 1000
LABELS = np.arange(ROWS) % 4
EXPECTED = np.eye(4, dtype=np.float32)[LABELS]
X = np.arange(ROWS, dtype=np.float32)[:, None]


def wrong(rows):
    """Outputs whose top class differs in the first `rows` rows."""
    return np.concatenate([np.roll(EXPECTED[:rows], 1, axis=1), EXPECTED[rows:]])


def compared(outputs, labels=LABELS):
    return agreement(outputs, Rows(EXPECTED, X, labels))


def test_equal_outputs():
    found = compared(EXPECTED)
    assert (found.max_error, found.relative_error, found.rmse, found.cosine) == (0, 0, 0, 1)
    assert (found.rows, found.agreement, found.accuracy_keras, found.accuracy) == (ROWS, 1, 1, 1)
    assert problem(found, "", exact=True) is problem(found, "", exact=False) is None


def test_figures_are_scipy_s():
    from scipy.spatial.distance import cosine

    noise = np.random.default_rng(0).normal(size=EXPECTED.shape).astype(np.float32)
    found = compared(2 * EXPECTED + noise)
    difference = (EXPECTED + noise).astype(float)
    assert found.rmse == pytest.approx(np.sqrt((difference**2).mean()))
    assert found.max_error == found.relative_error == pytest.approx(np.abs(difference).max())
    expected = 1 - cosine(EXPECTED.ravel(), (2 * EXPECTED + noise).ravel())
    assert found.cosine == pytest.approx(expected)


@pytest.mark.parametrize(("error", "passes"), [(0.9e-4, True), (1.1e-4, False)])
def test_float_error_is_relative_to_the_largest_output(error, passes):
    found = agreement(5 * EXPECTED + 5 * np.float32(error), Rows(5 * EXPECTED, X, LABELS))
    assert found.relative_error == pytest.approx(error, rel=1e-2)
    message = problem(found, "here", exact=True)
    assert message is None if passes else "float32 lowering differs" in message


def test_nan_fails():
    found = compared(np.full_like(EXPECTED, np.nan))
    assert problem(found, "", exact=True) and problem(found, "", exact=False)


def test_agreement_of_99_percent_is_enough_without_labels():
    found = compared(wrong(10), labels=None)
    assert found.agreement == 0.99 and problem(found, "", exact=False) is None
    assert "98.90%" in problem(compared(wrong(11), labels=None), "", exact=False)


def test_half_a_point_of_accuracy_and_its_standard_error_may_go():
    """Of 1,000 rows, 7 that changed are worth 0.70 points, give or take 0.26."""
    assert compared(wrong(7)).standard_error == pytest.approx(np.sqrt(7) / 1000)
    assert problem(compared(wrong(7)), "", exact=False) is None
    message = problem(compared(wrong(8)), "", exact=False)
    assert "loses 0.80 points of accuracy" in message
    assert "at most 0.78 are accepted: 0.5 and the standard error" in message


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
            EXPECTED,
            X,
            LABELS,
            "made up",
            as_float=b"float32",
            converted=b"int8",
            seed=1,
            require=require,
        )

    return run


def test_the_first_runtime_sees_every_row_and_the_others_a_sample(gate):
    first, second = Invented(EXPECTED), Invented(EXPECTED)
    found = gate(litert_xnnpack=first, tflm=second)
    assert (first.asked, second.asked) == ([ROWS], [100])
    assert found.summary()["rows"] == ROWS
    document = found.to_json()["converted"]
    assert document["tflm"]["rows"] == 100 and document["litert-builtin"] == {"reason": "absent"}
    assert by_runtime(found.to_json()) == (
        "top-1 agreement by runtime: litert-xnnpack 100.00% of 1,000 rows, litert-builtin none: "
        "absent, tflm 100.00% of 100 rows, tflite-runtime none: absent"
    )


def test_a_sample_that_does_not_pass_is_not_the_last_word(gate):
    drawn = Rows(EXPECTED, X, LABELS).draw(100, seed=1)
    outputs = EXPECTED.copy()
    outputs[drawn[:2]] = np.roll(EXPECTED[drawn[:2]], 1, axis=1)
    second = Invented(outputs)
    found = gate(litert_xnnpack=Invented(EXPECTED), tflm=second)
    assert second.asked == [100, ROWS]
    assert found.to_json()["converted"]["tflm"]["agreement"] == 0.998


def test_every_runtime_can_stop_the_writing(gate):
    message = r"agrees on 80\.00% of 1,000 rows \(made up, tflm\).*nothing written"
    with pytest.raises(CheckError, match=message):
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
    found = gate(
        litert_xnnpack=Invented(EXPECTED), litert_builtin=Invented(EXPECTED), tflm=Invented(outputs)
    ).differences
    assert [(d.runtimes, d.rows, d.differing, d.largest, d.steps) for d in found] == [
        (("litert-xnnpack", "litert-builtin"), 100, 0, 0, 0),
        (("litert-xnnpack", "tflm"), 100, 2, 1.5, 3),
        (("litert-builtin", "tflm"), 100, 2, 1.5, 3),
    ]


def test_all_rows_in_order_where_there_are_few():
    rows = Rows(EXPECTED[:7], X[:7], None)
    assert rows.draw(10, 0).tolist() == list(range(7))
    assert rows.at(np.array([2, 5])).x.ravel().tolist() == [2, 5]


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
            trained("banded").predict(x, verbose=0),
            x,
            digits.test.y,
            "digits",
            as_float=convert(trained("banded"), digits, dtype="float32").content,
            converted=bytes(builder.Output()),
        )
