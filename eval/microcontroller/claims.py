"""The paper's claims, one row each, beside what was counted and modelled."""

from typing import Any

from ..markdown import bounds, printed, table, times
from ..paper import TIMES_LESS

Json = dict[str, Any]

KINDS = {"int8": "int8 / int8", "from_float32": "dense float32 / int8"}
SILICON = {
    "float32": "both float32",
    "int8": "both int8",
    "float32_to_int8": "dense float32 / int8",
}
ACCESSES = {
    "loads_and_stores": "loads and stores",
    "accesses": "bus transfers",
    "bytes_read": "bytes read",
}


def claims(dataset: Json) -> list[str]:
    """A table: a claim and a way to look at it a row, an int8 program a column."""
    paper = TIMES_LESS.get(dataset["name"], {})
    programs = [program for program in dataset["programs"] if program["model"]["dtype"] == "int8"]
    cores, parts = programs[0]["cores"], programs[0]["parts"]
    every = [program["ratios"] for program in programs]
    gains_by_way: list[tuple[str, str, list[Any]]] = [
        ("memory", "bytes of parameters", [r["parameter_bytes"] for r in every])
    ]
    for key, name in ACCESSES.items():
        for core in cores:
            gains = [r["int8"]["cores"][core][key] for r in every]
            gains_by_way.append(("memory", f"counted {name}, int8 / int8, {core}", gains))
    for kind, name in KINDS.items():
        for core in cores:
            gains = [r[kind]["cores"][core]["instructions"] for r in every]
            gains_by_way.append(("latency", f"instructions, {name}, {core}", gains))
    for kind, name in KINDS.items():
        for part in parts:
            gains = [r[kind]["parts"][part] for r in every]
            gains_by_way.append(("energy", f"modelled, {name}, {part}", gains))
    for kind, name in SILICON.items():
        gains_by_way.append(("energy", f"Horowitz, {name}", [r["horowitz"][kind] for r in every]))
    for core in cores:
        gains = [r["int8"]["cores"][core]["flash"] for r in every]
        gains_by_way.append(("flash", f"bytes, int8 / int8, {core}", gains))
    rows = [
        [
            claim,
            printed(paper[claim]) if claim in paper else "",
            way,
            *(_cell(gain, paper.get(claim)) for gain in gains),
        ]
        for claim, way, gains in gains_by_way
    ]
    header = [
        "claim",
        "paper",
        "the dense network over",
        *(program["name"] for program in programs),
    ]
    return [
        f"### {dataset['name']}: claim by claim",
        "",
        "How many times less than the dense network, on the same core or part; bold where the "
        "paper's figure is reached, by both bounds if there are two. “Softmax” is the head alone, "
        "which nothing that keeps it can pass. A dash: one of the two does not fit.",
        "",
        *table(header, rows, text_columns=3),
    ]


def _cell(gain: Any, paper: float | None) -> str:
    modelled = isinstance(gain, dict)
    text = bounds(gain) if gain is None or modelled else times(gain)
    least = gain["low"] if modelled else gain
    return f"**{text}**" if paper and least and least >= paper else text
