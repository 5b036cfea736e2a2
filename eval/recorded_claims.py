"""The paper's claims beside what was recorded: tables of docs/claims.md."""

from functools import reduce
from operator import getitem
from typing import Any

from .markdown import MULTIPLIED, bounds, printed, table, times
from .paper import ACCURACY, TIMES_LESS
from .recorded import LAYER, TITLES, Results

CORES = {
    "cortex-m0": "Cortex-M0",
    "cortex-m4": "Cortex-M4F",
    "cortex-m7": "Cortex-M7",
    "cortex-m33": "Cortex-M33",
}


def claims_here(results: Results) -> list[str]:
    """The paper's claims, one row each, beside what was measured and counted here."""
    rows = []
    for name, title in TITLES.items():
        layer, dense = results.row(name, "tvscm, learned"), results.row(name, "dense")
        parameters = f"{dense['parameters']:,} → {layer['parameters']:,}"
        rows.append([f"parameters, {title}", parameters, "the same"])
    for name, title in TITLES.items():
        dense, paper = results.row(name, "dense"), ACCURACY[name]
        layers = [row for row in results.of(name)["table"] if row["network"] == "tvscm"]
        best = max(layers, key=lambda row: row["mean"])
        verdict = "holds" if best["mean"] >= paper["tvscm"] else "does not hold"
        rows.append(
            [
                f"accuracy, {title}",
                f"{paper['dense']:.2f} → {paper['tvscm']:.2f} %",
                f"{dense['mean']:.2f} → {best['mean']:.2f} % ({len(best['seeds'])} seeds): "
                f"{verdict}, with `{best['label'].removeprefix('tvscm, ')}`",
            ]
        )
    for name, title in TITLES.items():
        whole, without = "times_faster_than_dense", "times_faster_without_call"
        said = []
        for dtype in ("int8", "float32"):
            on_litert = times(results.fastest(name, "litert-xnnpack", dtype, whole))
            own = times(results.fastest(name, "litert-xnnpack", dtype, without))
            on_tflm = times(results.fastest(name, "tflm", dtype, whole))
            said.append(
                f"int8 over dense {dtype} at most {on_litert} (LiteRT XNNPACK; {own} without the "
                f"call from Python) and {on_tflm} (TFLite-Micro)"
            )
        rows.append(
            [f"latency, {title}", f"{printed(TIMES_LESS[name]['latency'])} lower", "; ".join(said)]
        )
    ratios = {name: results.program(name, LAYER)["ratios"] for name in TITLES}

    def both(*path: str) -> str:
        """What stands at that place in the ratios of both data sets."""
        return " and ".join(times(reduce(getitem, path, ratios[name])) for name in TITLES)

    def paper_says(claim: str) -> str:
        return " and ".join(printed(TIMES_LESS[name][claim]) for name in TITLES)

    energy = [_ratio(_widest(ratios[name]["int8"]["parts"].values())) for name in TITLES]
    rows += [
        [
            "latency, on microcontrollers",
            f"{paper_says('latency')} lower",
            "instructions, int8 over int8: "
            f"{both('int8', 'cores', 'cortex-m4', 'instructions')} (Cortex-M4F); dense float32 "
            f"over int8: {both('from_float32', 'cores', 'cortex-m4', 'instructions')} (M4F), "
            f"{both('from_float32', 'cores', 'cortex-m0', 'instructions')} (M0)",
        ],
        [
            "memory access",
            f"{paper_says('memory')} less",
            f"{both('parameter_bytes')} as bytes of parameters; counted on a Cortex-M4F, int8 over "
            "int8: "
            + ", ".join(
                f"{both('int8', 'cores', 'cortex-m4', key)} {label}"
                for key, label in ACCESSES.items()
            ),
        ],
        [
            "energy, modelled",
            f"{paper_says('energy')} less",
            f"int8 over int8 on one part: {' and '.join(energy)}",
        ],
    ]
    return table(["claim", "paper", "here"], rows, text_columns=3)


ACCESSES = {
    "loads_and_stores": "loads and stores",
    "accesses": "bus transfers",
    "bytes_read": "bytes read",
}


def _ratio(value: dict[str, float] | None) -> str:
    return "dense does not fit" if value is None else bounds(value) + MULTIPLIED


def _widest(ranges: Any) -> dict[str, float]:
    known = [bounds_of_part for bounds_of_part in ranges if bounds_of_part]
    return {"low": min(r["low"] for r in known), "high": max(r["high"] for r in known)}


def memory_claim(results: Results) -> list[str]:
    """Loads, stores, bus transfers and bytes read, core by core."""
    rows = []
    for name, title in TITLES.items():
        ratios = results.program(name, LAYER)["ratios"]
        for index, (core, gains) in enumerate(ratios["int8"]["cores"].items()):
            first = [title, printed(TIMES_LESS[name]["memory"]), times(ratios["parameter_bytes"])]
            rows.append(
                [
                    *(first if index == 0 else ["", "", ""]),
                    CORES[core],
                    *(times(gains[key]) for key in ACCESSES),
                ]
            )
    header = ["", "paper", "float32 parameters", "core", *ACCESSES.values()]
    return table(header, rows, text_columns=4)


def latency_claim(results: Results) -> list[str]:
    """Instructions of the dense network over TVSCM's, core by core."""
    rows = []
    for name, title in TITLES.items():
        ratios = results.program(name, LAYER)["ratios"]
        head = results.program(name, "softmax int8")["ratios"]["int8"]["cores"]
        for index, (core, gains) in enumerate(ratios["int8"]["cores"].items()):
            from_float32 = times(ratios["from_float32"]["cores"][core]["instructions"])
            rows.append(
                [
                    f"{title}, {printed(TIMES_LESS[name]['latency'])}" if index == 0 else "",
                    CORES[core],
                    times(gains["instructions"]),
                    from_float32 + (" (software float)" if core == "cortex-m0" else ""),
                    times(head[core]["instructions"]),
                ]
            )
    header = ["", "core", "int8 / int8", "dense float32 / TVSCM int8", "head alone, int8 / int8"]
    return table(header, rows, text_columns=2)


def energy_claim(results: Results) -> list[str]:
    """Modelled energy of the dense network over TVSCM's, part by part."""
    kinds = ("int8", "from_float32")
    ratios = [results.program(name, LAYER)["ratios"] for name in TITLES]
    rows = []
    for part in ratios[0]["int8"]["parts"]:
        cells = [ratio[kind]["parts"][part] for ratio in ratios for kind in kinds]
        rows.append([part, *map(_ratio, cells)])
    names = ("int8 / int8", "dense float32 / TVSCM int8")
    header = ["part", *(f"{title}, {name}" for title in TITLES.values() for name in names)]
    return table(header, rows)


def circuit_claim(results: Results) -> list[str]:
    """Horowitz's energies of products, sums and parameters read once."""
    kinds = {
        "float32": "both float32",
        "int8": "both int8",
        "float32_to_int8": "dense float32 / TVSCM int8",
    }
    rows = [
        [
            f"{title}, {printed(TIMES_LESS[name]['energy'])}",
            *(_ratio(results.program(name, LAYER)["ratios"]["horowitz"][kind]) for kind in kinds),
        ]
        for name, title in TITLES.items()
    ]
    return table(["", *kinds.values()], rows)
