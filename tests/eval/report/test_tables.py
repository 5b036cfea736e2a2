"""Rows, columns and notes of the report's tables."""

import csv
import io
from dataclasses import replace

import pytest

from keras_tvscm.eval.report.claims import claims
from keras_tvscm.eval.report.energy_table import energies, without_energy
from keras_tvscm.eval.report.kinds import KINDS, OTHER, is_ours, kind
from keras_tvscm.eval.report.models import by_class, by_operator, facts
from keras_tvscm.eval.report.runtime_table import conditions, nothing_ran, results
from keras_tvscm.eval.report.spreadsheet import spreadsheet
from keras_tvscm.eval.report.text import listed, microseconds, percent, plain, times
from keras_tvscm.models import networks

from .family import MODELS, family

X = "\N{MULTIPLICATION SIGN}"


@pytest.fixture(scope="module")
def large():
    return family()


def test_table_ranks_and_marks_the_best(comparison):
    table = results(comparison, "litert-xnnpack")
    assert [row.name for row in table.rows] == [
        "dense float32",
        "dense int8",
        "tvscm int8",
        "softmax int8",
        "always “head”",
    ]
    assert [row.baseline for row in table.rows] == [False, False, False, True, True]
    best = {
        (row.name, head)
        for row in table.rows
        for head, cell in zip(table.heads, row.cells, strict=bool(row.cells))
        if cell.best
    }
    assert ("dense float32", "accuracy %") in best
    assert ("tvscm int8", "latency µs") in best and ("tvscm int8", "model bytes") in best
    assert all(name != "softmax int8" for name, _ in best)
    assert not any(head == "multiplications" for _, head in best)  # all alike


def test_table_of_tflm_has_arena_and_reason(comparison):
    table = results(comparison, "tflm")
    assert table.heads[-1] == "minimum arena bytes" and "vs dense float32" not in table.heads
    assert table.rows[-1].reason == "TFLite-Micro has no operator X"
    assert table.rows[0].cells[-1].text == "9,168"


def test_a_ratio_has_the_one_without_the_call_beside_it(comparison):
    table = results(comparison, "litert-xnnpack")
    at = table.heads.index("vs dense int8")
    found = {row.name: (row.cells[at].text, row.cells[at].notes) for row in table.rows}
    assert found["tvscm int8"] == (times(8), (f"{times(15_800 / 1_800)} less call",))
    assert found["dense int8"] == (times(1), ())


def test_what_is_known_of_some_models_has_a_column(large):
    table = results(large, "tflm")
    assert table.heads == (
        "accuracy %",
        "macro-F1",
        "model bytes",
        "gzipped bytes",
        "parameters",
        "multiplications",
        "latency µs",
        "cold µs",
        "vs dense int8",
        "vs dense float32",
        "minimum arena bytes",
        "peak memory MB",
    )
    stack = next(row for row in table.rows if row.name == "stack int8")
    assert [stack.cells[i].text for i in (3, 7, 10, 11)] == ["10,698", "90.0", "7,360", "43.1"]
    assert results(large, "cortex-m4").heads[6:] == (
        "instructions",
        "vs dense int8",
        "flash bytes",
        "SRAM bytes",
    )


def test_a_model_that_was_not_judged_has_its_latency_and_the_reason(large):
    row = next(row for row in results(large, "litert-xnnpack").rows if row.name == "two inputs")
    assert row.reason == "not judged: two.tflite has 2 inputs" and not row.baseline
    assert row.cells[0].text == "\N{EN DASH}" and row.cells[6].text == "0.70"
    # Though it is the smallest and the fastest.
    assert not any(cell.best for cell in row.cells)


def test_a_runtime_on_which_nothing_ran_is_a_line(large):
    assert nothing_ran(large, "serial") == "Nothing ran here: no board answers."
    assert nothing_ran(large, "tflm") == ""


def test_what_is_the_runtimes_own_is_said_once(large):
    assert conditions(large, "tflm")[:3] == [
        "this machine, 1 thread",
        "0.20\N{NO-BREAK SPACE}µs of each latency are the call from Python",
        "its process holds 39.0\N{NO-BREAK SPACE}MB without a model",
    ]
    assert conditions(large, "cortex-m4") == [
        "emulated: instructions are counted, nothing is timed"
    ]


def test_energy_has_a_table_a_method_and_ratios_within_it(large):
    measured, modelled = energies(large)
    assert measured.caption == (
        "Measured by a power analyser, tflm: a trace of 1 s: invented. Source: invented"
    )
    assert modelled.caption.startswith("Modelled, not measured, cortex-m4: 64 MHz")
    of_measured, of_modelled = (
        {row.name: [cell.text for cell in row.cells] for row in table.rows}
        for table in (measured, modelled)
    )
    assert of_measured["fast int8"] == ["41.6 to 50.8", f"0.327 to 0.489{X}"]
    assert of_modelled["fast int8"] == ["25.6 to 31.2", f"7.25{X}"]
    assert without_energy(large) == ["Unavailable on litert-xnnpack: the machine has no counter"]


def test_energy_by_another_method_divides_nothing(large):
    runs = [
        replace(m, energy=[m.energy[0] | {"method": "another"}])
        if m.model == "dense int8" and m.energy
        else m
        for m in large.measurements
    ]
    found = {
        table.caption.split(":")[0]: {row.name: row.cells[1].text for row in table.rows}
        for table in energies(replace(large, measurements=runs))[::2]
    }
    # The float32 one is measured by the same method; on the core there is none.
    assert found["Measured by a power analyser, tflm"]["fast int8"] == f"3.74 to 5.59{X}"
    assert found["Modelled, not measured, cortex-m4"]["fast int8"] == "\N{EN DASH}"


def test_a_recording_stands_by_the_board_that_its_method_names(comparison):
    recording = {"kind": "measured_external", "method": "analyser, a board", "source": "a.csv"}
    recordings = {
        name: [recording | {"microjoules": {"low": low, "high": low}, "source": f"{low}.csv"}]
        for name, low in (("dense int8", 8.0), ("tvscm int8", 2.0))
    }
    [table] = energies(replace(comparison, recordings=recordings))
    assert table.caption == "Measured by a power analyser: analyser, a board"
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["8", f"1{X}", "8.0.csv"],
        ["2", f"4{X}", "2.0.csv"],
    ]


def test_claims_of_the_paper_have_verdicts_on_its_data_alone(large):
    rows = {row.name: [cell.text for cell in row.cells] for row in claims(large).rows}
    space = "\N{NO-BREAK SPACE}"
    assert rows["accuracy, dense"] == [
        f"97.67{space}%",
        f"98.6{space}%",
        "dense float32",
        "holds",
    ]
    assert rows["accuracy, tvscm"][1:] == [
        f"93.5{space}%",
        MODELS[3][0],
        "does not hold here: 0.04 points short",
    ]
    assert rows["memory"][1:] == [
        f"79.4{X}",
        "parameters, in any one arithmetic",
        f"nearly: 99{space}% of it",
    ]
    assert rows["latency"][3].startswith("does not hold here: 4")
    assert "modelled" in rows["energy"][2] and rows["energy"][3] == "holds"
    assert claims(replace(large, dataset=large.dataset | {"name": "coins"})) is None


def test_by_class_counts_rows_recall_and_precision(comparison):
    # 100 rows of two classes, of which the first 93 are right.
    tvscm = next(m for m in comparison.measurements if m.model == "tvscm int8")
    [head, tail] = by_class(comparison, tvscm).rows
    assert [cell.text for cell in head.cells] == ["50", "94.0", "92.2"]
    assert [cell.text for cell in tail.cells] == ["50", "92.0", "93.9"]


def test_facts_name_operators_and_mistakes(large):
    cells = dict(zip(facts(large).heads, facts(large).rows[0].cells, strict=True))
    assert cells["operators"].text == "2 CONV_2D, FULLY_CONNECTED"
    assert cells["worst mistakes"].text.startswith("row 0: 0, taken for 9; row 10: 1, taken for 8")
    assert (
        dict(zip(facts(large).heads, facts(large).rows[-1].cells, strict=True))["operators"].text
        == "\N{EN DASH}"
    )


def test_operators_stand_side_by_side_where_they_are_the_same(large):
    names = ["CONV_2D", "CONV_2D", "FULLY_CONNECTED"]
    operators = {
        "litert-xnnpack": [
            {"name": name, "ns": ns} for name, ns in zip(names, (900.0, 80.0, -4.0), strict=True)
        ],
        "tflm": [
            {"name": name, "ns": ns}
            for name, ns in zip(names, (9000.0, 8000.0, 400.0), strict=True)
        ],
        "cortex-m4": [{"name": "conv", "instructions": 40_000}],
    }
    runs = [replace(m, operators=operators.get(m.runtime, [])) for m in large.measurements]
    side_by_side, core = by_operator(replace(large, measurements=runs), "stack int8")
    assert side_by_side.heads == ("µs on litert-xnnpack", "µs on tflm")
    assert [[cell.text for cell in row.cells] for row in side_by_side.rows] == [
        ["0.90", "9.00"],
        ["0.08", "8.00"],
        ["\N{MINUS SIGN}0.00", "0.40"],
    ]
    assert (core.heads, core.rows[0].name, core.rows[0].cells[0].text) == (
        ("instructions on cortex-m4",),
        "conv",
        "40,000",
    )


def test_csv_has_a_row_for_each_measurement(large):
    rows = list(csv.DictReader(io.StringIO(spreadsheet(large))))
    assert len(rows) == len(large.measurements)
    assert (rows[0]["model"], rows[0]["runtime"], rows[0]["tvscm"]) == (
        "stack int8",
        "litert-xnnpack",
        "True",
    )
    assert float(rows[0]["latency_us"]) == pytest.approx(20.6, rel=0.05)
    low, ratio, high = (
        float(rows[0][f"times_less_than_dense_int8{end}"]) for end in ("_low", "", "_high")
    )
    assert low < ratio < high
    assert rows[-1]["status"] == "unavailable" and rows[-1]["reason"] == "no board answers"


def test_csv_has_energy_in_columns_of_its_kind_and_method(large):
    recording = {"kind": "measured_external", "method": "a, b", "source": "a.csv"}
    recording["microjoules"] = {"low": 7.5, "high": 8.5}
    large = replace(large, recordings={"fast int8": [recording]})
    *rows, recorded = csv.DictReader(io.StringIO(spreadsheet(large)))
    heads = [f"modelled_uj_{bound} (64 MHz, 3 V: invented)" for bound in ("low", "high")]
    [on_core] = [r for r in rows if (r["model"], r["runtime"]) == ("fast int8", "cortex-m4")]
    assert [float(on_core[head]) for head in heads] == pytest.approx([25.56, 31.24])
    assert on_core["measured_external_uj_low (a trace of 1 s: invented)"] == ""
    assert (recorded["model"], recorded["runtime"]) == ("fast int8", "")
    assert recorded["measured_external_uj_high (a, b)"] == "8.5" and recorded[heads[0]] == ""


def test_what_is_left_out_has_a_row_with_its_reason(large):
    row = results(large, "tflm").rows[-1]
    assert (row.name, row.kind, row.cells) == ("dense-clustered int8", "dense, clustered", ())
    assert row.reason == "left out: tensorflow-model-optimization is not installed"


def test_networks_are_drawn_as_themselves():
    assert set(networks.NAMES) <= set(KINDS)
    assert (
        len({(found.colour, found.marker) for found in [*KINDS.values(), OTHER]}) == len(KINDS) + 1
    )
    assert kind("stack").label == "stack" and kind("filters=8,near=5").ours
    assert kind("resnet") is kind(None) is OTHER
    # A network of the user's own with a layer of ours, and one without.
    assert is_ours({"network": "mine", "patterns": [{}]})
    assert not is_ours({"network": "mine", "patterns": []})


def test_numbers_as_people_write_them():
    assert [microseconds(ns) for ns in (1380, 55_540, 567_000, 1_234_567)] == [
        "1.38",
        "55.5",
        "567",
        "1,235",
    ]
    assert (percent(0.93541, 10_000), percent(0.93541, 540)) == ("93.54", "93.5")
    assert [times(r)[:-1] for r in (0.561, 8.64, 117.2, 1017)] == ["0.56", "8.6", "117", "1,017"]
    assert plain(None) == plain("") == plain("\n") == "\N{EN DASH}"
    assert [listed(list(text)) for text in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]
