"""Published MLPerf Tiny results, and the model beside them."""

import numpy as np
import pytest

from keras_tvscm.convert.tflite import flatbuffer
from keras_tvscm.eval.energy import Range, part
from keras_tvscm.eval.energy.autoencoder import WIDTHS, autoencoder, int8, multiplications
from keras_tvscm.eval.energy.published import PUBLISHED
from keras_tvscm.eval.energy.validation import as_markdown, error, validate


@pytest.mark.parametrize("result", PUBLISHED, ids=lambda result: f"{result.board} {result.round}")
def test_every_result_says_where_it_stands(result):
    assert result.url.startswith(
        f"https://github.com/mlcommons/tiny_results_{result.round}/tree/{result.commit}/closed/"
    )
    assert len(result.commit) == 40
    assert part(result.part).clock_mhz == result.clock_mhz
    assert result.energy.kind == "measured_external"
    assert result.energy.microjoules.low == result.microjoules
    # Microcontrollers of these clocks: milliseconds, tens of milliwatts.
    assert 1 < result.milliseconds < 20
    assert 15 < result.microjoules / result.milliseconds < 60


def test_latency_is_the_inverse_of_the_throughput():
    by_round = {(r.round, r.board): r for r in PUBLISHED}
    assert by_round["v1.2", "NUCLEO-L4R5ZI"].milliseconds == pytest.approx(5.2608, abs=1e-4)
    assert by_round["v1.3", "NUCLEO-U575ZI-Q"].milliseconds == pytest.approx(3.2095, abs=1e-4)


def test_the_error_is_that_of_the_geometric_middle():
    assert error(Range(2, 8), 4) == pytest.approx(0)
    assert error(Range(2, 8), 5) == pytest.approx(-0.2)
    assert error(Range(3, 3), 2) == pytest.approx(0.5)


def test_predicted_beside_published(counts):
    """600,000 additions at 120 MHz are 5 ms, at 38.733 to 44.689 mW."""
    checks = validate([counts(by_class={"other": 600_000})])
    assert {check.published.part for check in checks} == {"STM32L4R5ZI"}
    assert len(checks) == 5
    check = next(c for c in checks if c.published.round == "v1.2")
    assert check.predicted.milliseconds == pytest.approx((5, 5))
    assert check.predicted.energy.microjoules == pytest.approx((193.665, 223.445))
    assert check.latency_error == pytest.approx(5 * 0.190086 - 1)
    assert check.within == (False, True)
    assert check.energy_error == pytest.approx(208.0226 / 203.368 - 1, rel=1e-4)
    record = check.to_json()
    assert (record["latency_within"], record["energy_within"]) == (False, True)
    assert record["published"]["url"] == check.published.url


def test_a_program_that_does_not_fit_has_no_energy_error(counts):
    check = validate([counts(by_class={"other": 1}, flash_bytes=2**22)])[0]
    assert check.energy_error is None
    assert check.within == (False, False)


def page_of(counted):
    return as_markdown([check.to_json() for check in validate([counted])])


def test_the_table(counts):
    page = page_of(counts(by_class={"other": 600_000}))
    assert len(page.splitlines()) == 2 + 5
    assert (
        "| NUCLEO-L4R5ZI, X-CUBE-AI 9.0 (v1.2) | 5.26 | 5 to 5 | -5% | 203 | 194 to 223 |" in page
    )
    too_large = page_of(counts(by_class={"other": 1}, flash_bytes=2**22))
    assert "does not fit" in too_large


def test_the_autoencoder_is_the_benchmark_s():
    model = autoencoder()
    assert multiplications() == 264_192
    assert model.count_params() == 264_192 + sum(WIDTHS[1:])
    assert model.output_shape == (1, 640)
    x = np.random.default_rng(0).normal(size=(1, 640)).astype(np.float32)
    by_hand = x
    for number, layer in enumerate(model.layers[1:]):
        kernel, bias = layer.get_weights()
        by_hand = by_hand @ kernel + bias
        if number < 9:
            by_hand = np.maximum(by_hand, 0)
    assert np.allclose(model(x), by_hand, atol=1e-4)


def test_the_autoencoder_in_int8_holds_a_byte_a_weight():
    content = int8(rows=4)
    flatbuffer.check(content)
    assert 264_192 + 4 * sum(WIDTHS[1:]) < len(content) < 300_000
    assert int8(rows=4) == content
