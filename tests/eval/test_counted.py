"""The C of a compared model, counted on an emulated core."""

from keras_tvscm.eval.counted import on_core
from keras_tvscm.eval.model import read_model

from .conftest import vouch


def test_int8_is_counted_and_scored_and_float32_is_not(dataset, linear, tmp_path):
    for name in ("int8", "float32"):
        (tmp_path / f"{name}.tflite").write_bytes(linear.read(name))
        vouch(tmp_path / f"{name}.tflite", network="dense", dtype=name)
    measured = on_core("cortex-m4", read_model(tmp_path / "int8.tflite"), dataset)
    assert (measured.status, measured.runtime, measured.latency) == ("measured", "cortex-m4", None)
    # The labels are the float model's own answers.
    assert measured.accuracy > 0.9
    # 36 products at least, and their weights in flash.
    assert measured.cost == measured.counts["instructions"] > 36
    assert measured.counts["flash_bytes"] > 36 and measured.counts["sram_bytes"] > 12 + 3
    assert sum(each["instructions"] for each in measured.operators) == measured.cost
    assert {energy["kind"] for energy in measured.energy} == {"modelled"}
    other = on_core("cortex-m4", read_model(tmp_path / "float32.tflite"), dataset)
    assert other.status == "unavailable" and "tvscm microcontroller" in other.reason
