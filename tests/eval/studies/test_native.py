"""The study of the C for vectors: what is compared, and its page."""

import json
from dataclasses import replace

from keras_tvscm import datasets
from keras_tvscm.convert.c_source import native
from keras_tvscm.convert.native import generate
from keras_tvscm.eval.studies.native import as_markdown, equality, joined, network

from ...convert.native.drawn import drawn

ORIGIN = {"command": "tvscm study native", "machine": {"cpu": "A"}, "versions": {"numpy": "2"}}


def test_the_rows_that_differ_are_counted(monkeypatch):
    content = drawn(21)
    source, rows = generate(content, "network"), native.drawn_rows(content, 5)
    monkeypatch.setattr("keras_tvscm.eval.studies.native.ARM64", {})
    monkeypatch.setattr("keras_tvscm.eval.studies.native.X86", {"any": 0, "AVX-512": 3})
    monkeypatch.setattr("keras_tvscm.eval.studies.native.FLAGS", ("-std=gnu11", "-O0"))
    assert set(equality(source, content, rows, 2)) - {"AVX-512"} == {"any", "AVX2, sanitizers"}
    text = source.source.replace("*y = clamp(sum + zero_point", "*y = clamp(sum + 1 + zero_point")
    found = equality(replace(source, source=text), content, rows, 2)["any"]
    assert found["rows"] == 5 and found["differing"] > 0


def test_a_dense_network_is_one_matrix_of_drawn_weights():
    dense = network("heartbeat-dense", datasets.load("heartbeat-excerpt"))
    assert dense.one is dense.litert and dense.rows(3).shape == (3, 187)
    source = generate(dense.one, "network").source
    assert source[source.rindex("F(predict)") :].count("F(fully_connected)(") == 2


def test_the_page_keeps_the_parts_that_were_recorded_before(tmp_path):
    path = tmp_path / "native.json"
    counts = {"mnist-fast": {"x86-64": 30_000, "arm64": 22_008}}
    path.write_text(json.dumps({"instructions": {"figures": counts, **ORIGIN}}))
    times = {
        "native": {
            "(call)": {"warm_ns": 300.0},
            "mnist-dense": {"warm_ns": 9000.0, "cold_ns": 60000.0},
            "mnist-fast": {"warm_ns": 1000.0, "cold_ns": 9000.0},
        },
        "litert-xnnpack": {
            "mnist-dense": {"warm_ns": 5600.0, "cold_ns": 70000.0},
            "mnist-fast": {"warm_ns": 4500.0, "cold_ns": 30000.0},
            "mnist-fast, as convolutions": {"warm_ns": 12500.0, "cold_ns": 30000.0},
        },
    }
    equal = {"mnist-fast": {"AVX2": {"rows": 10_000, "differing": 0}}}
    now = {
        name: {"figures": part, **ORIGIN} for name, part in (("times", times), ("equality", equal))
    }
    page = as_markdown(joined(path, now))
    assert "| mnist-fast | 30,000 | 22,008 |" in page
    assert "| mnist-fast | 0 of 10,000 |" in page
    assert "| mnist-fast | 1.00 | 9.00 | 4.50 | 30.00 | 12.50 | 5.60 | 1.24 |" in page
    assert page.count("Command: `tvscm study native`.") == 3
