"""The front end with a network on emulated cores."""

import json

import keras
import pytest

from keras_tvscm.convert.c_source import generate
from keras_tvscm.convert.c_source.front_end import with_front_end
from keras_tvscm.convert.c_source.front_end_check import drawn_signal
from keras_tvscm.convert.native.front_end import compiled
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.ecg.front_end import beats, to_float
from keras_tvscm.eval.microcontroller.front_end import DAY, count_front_end
from keras_tvscm.eval.studies.front_end import as_markdown, day


@pytest.fixture(scope="module")
def counts():
    """Four seconds on an M0."""
    layers = [keras.Input((238,), batch_size=1), keras.layers.Dense(4)]
    content = to_int8(keras.Sequential(layers), to_float(beats(drawn_signal(30)).x))
    source = with_front_end(generate(content, "ecg"), content)
    return count_front_end(source, drawn_signal(4), "cortex-m0")


def test_it_fits_the_smallest_core(counts):
    assert counts.beats >= 2 and counts.seconds == 4
    assert counts.state_bytes == compiled().state_bytes
    assert counts.sram_bytes <= 4096 and counts.counts.flash_bytes <= 12 * 1024
    assert counts.counts.static_bytes == 0
    assert counts.counts.by_class["multiplies"] > 2 * 4 * 238
    assert 120 * 100 < counts.counts.instructions / 4 < 1_000_000


def test_energy_of_a_day_is_modelled(counts):
    [(part, energy)] = counts.to_json()["energy"].items()
    assert part.startswith("SAM") or "L21" in part
    assert energy["kind"] == "modelled"
    low, high = energy["joules_a_day"]["low"], energy["joules_a_day"]["high"]
    # Between 10 pJ and 1 nJ an instruction, as such parts are.
    instructions = counts.counts.instructions / 4 * DAY
    assert 1e-11 < low / instructions < high / instructions < 1e-9
    assert energy["years_of_a_coin_cell"]["low"] < energy["years_of_a_coin_cell"]["high"]


def test_the_page(counts):
    results = {
        "command": "tvscm x",
        "network": {"name": "ecg", "bytes": 2000, "constant_bytes": 1000},
        "equality": {"signals": 48, "samples": 7200, "beats": 80},
        "counted": [counts.to_json()],
        "resamplers": {"360": {"taps": 37, "phases": 1, "table_bytes": 74, "state_bytes": 80,
                               "products_a_second": 4440}},
        "day": day(drawn_signal(10)),
        "machine": {"cores": 2},
        "versions": {"python": "3.11"},
    }  # fmt: skip
    page = as_markdown(json.loads(json.dumps(results)))
    assert "all 80 beats that were found in 48 whole records" in page
    assert f"| cortex-m0 | {counts.counts.instructions / 4:,.0f} | " in page
    assert "| 360 | 37 | 1 | 74 | 80 | 4,440 |" in page
    assert "no diagnosis" in page
