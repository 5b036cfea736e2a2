"""The paper's claims, one row each, beside what was counted and modelled."""

from typing import Any

from .markdown import bounds, table, times

Json = dict[str, Any]

# arXiv 2605.16443, abstract and tables: how many times less.
PAPER = {
    "mnist": {"memory": 80.4, "latency": 117, "energy": 50},
    "heartbeat": {"memory": 26.2, "latency": 91.5, "energy": 112},
}
KINDS = {"int8": "int8 / int8", "from_float32": "dense float32 / int8"}
SILICON = {
    "float32": "both float32",
    "int8": "both int8",
    "float32_to_int8": "dense float32 / int8",
}
ACCESSES = {"accesses": "counted accesses", "bytes_read": "counted bytes read"}


def claims(dataset: Json) -> list[str]:
    """A table: a claim and a way to look at it a row, an int8 program a column."""
    paper = PAPER.get(dataset["name"], {})
    programs = [one for one in dataset["programs"] if one["model"]["dtype"] == "int8"]
    cores, parts = programs[0]["cores"], programs[0]["parts"]
    all_ratios = [one["ratios"] for one in programs]

    def row(claim: str, way: str, cells: list[str]) -> list[str]:
        return [claim, times(paper[claim]) if claim in paper else "", way, *cells]

    rows = [row("memory", "bytes of parameters", [times(r["parameter_bytes"]) for r in all_ratios])]
    for key, name in ACCESSES.items():
        for core in cores:
            cells = [times(r["int8"]["cores"][core][key]) for r in all_ratios]
            rows.append(row("memory", f"{name}, int8 / int8, {core}", cells))
    for kind, name in KINDS.items():
        for core in cores:
            cells = [times(r[kind]["cores"][core]["instructions"]) for r in all_ratios]
            rows.append(row("latency", f"instructions, {name}, {core}", cells))
    for kind, name in KINDS.items():
        for part in parts:
            cells = [bounds(r[kind]["parts"][part]) for r in all_ratios]
            rows.append(row("energy", f"modelled, {name}, {part}", cells))
    for kind, name in SILICON.items():
        cells = [bounds(r["horowitz"][kind]) for r in all_ratios]
        rows.append(row("energy", f"Horowitz, {name}", cells))
    for core in cores:
        cells = [times(r["int8"]["cores"][core]["flash"]) for r in all_ratios]
        rows.append(row("flash", f"bytes, int8 / int8, {core}", cells))
    header = ["claim", "paper", "the dense network over", *(one["name"] for one in programs)]
    return [
        f"### {dataset['name']}: claim by claim",
        "",
        "How many times less than the dense network, on the same core or part. “Softmax” is the "
        "head alone, which nothing that keeps it can pass. A dash: one of the two does not fit.",
        "",
        *table(header, rows, text_columns=3),
    ]
