"""The study on small networks: what it counts, how it divides, and the page."""

import json
from dataclasses import replace
from importlib.util import find_spec

import pytest

from keras_tvscm.convert.c_source import generate
from keras_tvscm.convert.runtimes import InProcess
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.eval.cortex_m.counts import Counts
from keras_tvscm.eval.energy import modelled, part
from keras_tvscm.eval.microcontroller import as_markdown, program, study
from keras_tvscm.eval.microcontroller.claims import claims

CORES = ("cortex-m0", "cortex-m4")
PEER = "dense float32 by emlearn"


@pytest.fixture(scope="module")
def results(digits, model):
    models = [
        model("tvscm", lowerings={"circulant": "dense"}),
        model("dense"),
        model("dense", "float32"),
        model("softmax"),
    ]
    found = study([(digits, models)], cores=CORES, rows=12, rounds=1, command="tvscm x")
    return json.loads(json.dumps(found, allow_nan=False))


@pytest.fixture(scope="module")
def programs(results):
    (dataset,) = results["datasets"]
    return {one["name"]: one for one in dataset["programs"]}


def counts(one, core):
    return one["cores"][core]["counts"]


def test_every_network_is_counted_on_every_core(programs):
    networks = {"tvscm int8", "dense int8", "dense float32", "softmax int8"}
    assert set(programs) - {PEER} == networks
    assert (PEER in programs) == (find_spec("emlearn") is not None)
    for one in programs.values():
        assert tuple(one["cores"]) == CORES
        run = {core: one["cores"][core]["rows"] for core in CORES}
        software = one["model"]["dtype"] == "float32"
        assert run["cortex-m0"] == (
            {"counted": 1, "run": 10} if software else {"counted": 3, "run": 12}
        )
        assert run["cortex-m4"] == {"counted": 3, "run": 12}


def test_the_outputs_are_the_model_s_on_every_row(programs, digits, model):
    for network in ("tvscm", "dense", "softmax"):
        one = programs[f"{network} int8"]
        assert one["differing"]["tflm"] == 0
        scores = InProcess("tflm", model(network).content).predict(digits.test.x)
        accuracy = float((scores.argmax(axis=1) == digits.test.y).mean())
        assert one["score"]["accuracy"] == pytest.approx(accuracy)
        assert one["tflm_host_ns"]["median"] > 0


def ending_with(text, statement):
    """C whose last function ends with that statement."""
    return f"{text.rstrip().removesuffix('}')}    {statement}\n}}\n"


def test_an_output_that_differs_ends_the_study(digits, model, monkeypatch):
    def wrong(content):
        source = generate(content)
        return replace(source, source=ending_with(source.source, "output[3] = 7;"))

    monkeypatch.setattr(program, "generate", wrong)
    with pytest.raises(CheckError, match=r"softmax int8 on this machine: .* outputs differ"):
        program.programs(model("softmax"), digits, ["cortex-m4"], 2, lambda said: None)


def test_the_gains_are_the_dense_network_s_figures_over_its_own(programs):
    tvscm, int8, float32 = (programs[f"{n}"] for n in ("tvscm int8", "dense int8", "dense float32"))
    assert tvscm["ratios"]["parameter_bytes"] == (64 * 65 + 650) / (2 + 650)
    for core in CORES:
        own, of_int8, of_float32 = (counts(one, core) for one in (tvscm, int8, float32))
        gain = tvscm["ratios"]["int8"]["cores"][core]
        assert gain["instructions"] == of_int8["instructions"] / own["instructions"]
        assert gain["flash"] == of_int8["flash_bytes"] / own["flash_bytes"]
        reads = ("flash_reads", "sram_reads", "sram_writes")
        accesses = [sum(found[name] for name in reads) for found in (of_int8, own)]
        assert gain["accesses"] == accesses[0] / accesses[1]
        gain = tvscm["ratios"]["from_float32"]["cores"][core]
        assert gain["instructions"] == of_float32["instructions"] / own["instructions"]
        assert 1 < tvscm["ratios"]["int8"]["cores"][core]["instructions"] < gain["instructions"]
    assert float32["ratios"]["int8"] is None
    assert int8["ratios"]["int8"]["cores"]["cortex-m4"]["instructions"] == 1


def test_energy_is_modelled_on_the_parts_of_the_counted_cores(programs):
    one = programs["tvscm int8"]
    assert list(one["parts"]) == ["ATSAML21J18B", "STM32G474RE", "nRF52840", "STM32L4R5ZI"]
    found = dict(counts(one, "cortex-m4"))
    del found["sram_bytes"]
    nordic = modelled(Counts(**found), part("nRF52840"))
    assert one["parts"]["nRF52840"] == json.loads(json.dumps(nordic.to_json()))
    assert one["misfits"] == dict.fromkeys(one["parts"])
    dense = programs["dense int8"]["parts"]["nRF52840"]["energy"]["microjoules"]
    own = nordic.energy.microjoules
    ends = sorted((dense["low"] / own.low, dense["high"] / own.high))
    assert list(one["ratios"]["int8"]["parts"]["nRF52840"].values()) == pytest.approx(ends)
    # 768 products of 0.2 pJ and sums of 0.1; 652 weights are 82 words of 10 pJ.
    assert one["horowitz"]["int8"]["microjoules"]["low"] == pytest.approx(1050.4e-6)


def test_the_model_of_energy_is_held_against_boards(results):
    validation = results["validation"]
    assert list(validation["cores"]) == ["cortex-m4"]
    assert validation["multiplications"] == 264_192
    assert {check["published"]["part"] for check in validation["checks"]} == {"STM32L4R5ZI"}
    for check in validation["checks"]:
        assert 0.1 < 1 + check["latency_error"] < 10


def test_the_page(results, programs):
    page = as_markdown(results)
    lines = page.splitlines()
    width = None
    for line in lines:
        cells = line.count("|") if line.startswith("|") else None
        assert width in (None, cells) or cells is None, line
        width = cells
    for name in programs:
        assert f"| {name} | {counts(programs[name], 'cortex-m0')['instructions']:,} | " in page
    assert "Command: `tvscm x`." in page
    assert ("Left out: emlearn is not installed" in page) == (PEER not in programs)
    gain = programs["tvscm int8"]["ratios"]["int8"]["cores"]["cortex-m4"]["instructions"]
    row = next(line for line in lines if "instructions, int8 / int8, cortex-m4" in line)
    assert row.split(" | ")[3] == f"{gain:.1f}\N{MULTIPLICATION SIGN}"


def test_a_claim_is_bold_where_it_is_reached(results):
    (dataset,) = results["datasets"]
    lines = claims(dataset | {"name": "heartbeat"})
    assert not any("**" in line for line in claims(dataset))
    header = next(line for line in lines if line.startswith("| claim"))
    column = header.split(" | ").index("tvscm int8")
    names = {one["name"]: one for one in dataset["programs"]}
    gains = names["tvscm int8"]["ratios"]
    for way, kind, core in (
        ("instructions, int8 / int8, cortex-m4", "int8", "cortex-m4"),
        ("instructions, dense float32 / int8, cortex-m0", "from_float32", "cortex-m0"),
    ):
        cell = next(line for line in lines if way in line).split(" | ")[column]
        assert ("**" in cell) == (gains[kind]["cores"][core]["instructions"] >= 91.5)
    assert gains["from_float32"]["cores"]["cortex-m0"]["instructions"] > 91.5


def test_what_is_missing_is_said_before_anything_is_run(digits, model):
    with pytest.raises(InputError, match=r"Unknown core 'cortex-a9'; expected one of cortex-m0"):
        study([(digits, [model("softmax")])], cores=["cortex-a9"])
    with pytest.raises(InputError, match=r"softmax.tflite has no record; convert its Keras"):
        study([(digits, [replace(model("softmax"), record=None)])])
    with pytest.raises(InputError, match=r"softmax.tflite: the operations of its network cannot"):
        study([(digits, [model("softmax", multiplications=None)])])
    with pytest.raises(InputError, match="digits: no dense network in float32"):
        study([(digits, [model("dense")])])


def test_a_model_of_other_data_is_refused(digits, linear, model):
    other = replace(model("dense"), content=linear.read("int8"))
    with pytest.raises(InputError, match=r"dense.tflite takes 12 values and gives 3, but digits"):
        study([(digits, [other, model("dense", "float32")])])
