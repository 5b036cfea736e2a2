"""Calibration: every way to compute a layer is timed, and a table made of the times."""

import pytest

from keras_tvscm.convert.lower import LOWERINGS
from keras_tvscm.errors import InputError
from keras_tvscm.eval.studies import lowering_times
from keras_tvscm.eval.studies.lowering_times import as_markdown, calibrate, variants


@pytest.fixture(scope="module")
def found():
    return variants(16, "banded", "float32")


def test_all_that_can_be_had_of_a_layer(found):
    assert {variant.lowering for variant in found} <= set(LOWERINGS)
    assert {"unrolled", "convolution", "dense"} <= {variant.lowering for variant in found}
    assert len({variant.content for variant in found}) == len(found)
    assert "rfft2d" not in {variant.lowering for variant in variants(16, "learned", "int8")}


def test_networks_of_filters_are_timed_where_there_is_a_choice(monkeypatch):
    asked = []

    def timed(variants, runtime, rounds, seed):
        asked.append((runtime, tuple(variant.lowering for variant in variants)))
        return {variant.lowering: 1000.0 for variant in variants}

    monkeypatch.setattr(lowering_times, "times", timed)
    tables, record = calibrate(widths=[64], patterns=["fast"], dtypes=["int8"])
    assert asked == [("litert-xnnpack", ("convolution", "polyphase"))] * 2
    kinds = set(tables[0].operators)
    assert {"CONV_2D int8 of one input channel", "MAX_POOL_2D int8", "CONV_2D int8"} <= kinds
    assert [(row["runtime"], row["pattern"]) for row in record["rows"]] == [
        ("litert-xnnpack", "fast")
    ]


def test_nothing_to_choose_is_refused():
    with pytest.raises(InputError, match="On tflm nothing is chosen for fast; give another"):
        calibrate(runtimes=["tflm"], widths=[64], patterns=["fast"])


@pytest.fixture(scope="module")
def results(found):
    """With a clock that makes a lowering slower the longer its name is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lowering_times, "variants", lambda *case: found)
        patch.setattr(
            lowering_times,
            "times",
            lambda variants, runtime, rounds, seed: {
                variant.lowering: 1000.0 * len(variant.lowering)
                for variant in variants
                if not (runtime == "tflm" and variant.lowering == "rfft2d")
            },
        )
        return calibrate(widths=[16], patterns=["banded"], dtypes=["float32"], command="tvscm x")


def test_one_table_a_runtime(results):
    tables, record = results
    assert [table.runtime for table in tables] == ["litert-xnnpack", "tflm"]
    assert [row["runtime"] for row in record["rows"]] == ["litert-xnnpack", "tflm"]


def test_the_fastest_is_known(results):
    for row in results[1]["rows"]:
        assert row["best"] == min(row["lowerings"], key=len)
        chosen, best = (row["lowerings"][row[name]]["microseconds"] for name in ("chosen", "best"))
        assert row["ratio"] == chosen / best >= 1
    assert "rfft2d" in results[1]["rows"][0]["lowerings"]
    assert "rfft2d" not in results[1]["rows"][1]["lowerings"]


def test_the_page(results):
    page = as_markdown(results[1])
    assert "## litert-xnnpack, float32" in page
    assert "within 10 % of the fastest in 1 of 1 cases" in page
    assert page.count("| banded | 16 | ") == 2
    assert "Command: `tvscm x`." in page


def test_times_are_of_the_models_that_run():
    """TFLite-Micro has no RFFT2D."""
    found = variants(16, "half:seed=3", "float32")
    assert "rfft2d" in {variant.lowering for variant in found}
    measured = lowering_times.times(found, "tflm", rounds=2, seed=0)
    assert set(measured) == {variant.lowering for variant in found} - {"rfft2d"}
    assert all(0 < ns < 1e6 for ns in measured.values())
