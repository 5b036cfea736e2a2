"""The JSON of recorded results, and the tables of other documents that are made of it."""

import json
import math
import re
from collections.abc import Callable
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any

from keras_tvscm import zoo
from keras_tvscm.errors import InputError

from .changes import changes
from .comparison import Comparison
from .markdown import MULTIPLIED, bounds, printed, spread, table, times
from .paper import ACCURACY, TIMES_LESS
from .report.headline import headline
from .report.markdown import escape
from .studies import lowering_times

Json = dict[str, Any]
TITLES = {"mnist": "MNIST", "heartbeat": "heartbeats"}
CORES = {
    "cortex-m0": "Cortex-M0",
    "cortex-m4": "Cortex-M4F",
    "cortex-m7": "Cortex-M7",
    "cortex-m33": "Cortex-M33",
}
# The paper's network: one layer of two nonzero offsets.
LAYER = "tvscm random:k=1,seed=15 int8"


class Results:
    """The JSON files of one folder, each read once.

    Raises:
        InputError: one is missing or is not JSON.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.of = cache(self._read)

    def _read(self, name: str) -> Json:
        path = self.folder / f"{name}.json"
        try:
            results: Json = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read the results in {path}: {error}") from error
        return results

    def row(self, study: str, label: str) -> Json:
        """A row of a study of accuracy."""
        return next(row for row in self.of(study)["table"] if row["label"] == label)

    def program(self, dataset: str, name: str) -> Json:
        """A program of the study of microcontrollers."""
        datasets = self.of("microcontroller")["datasets"]
        programs = next(entry for entry in datasets if entry["name"] == dataset)["programs"]
        program: Json = next(program for program in programs if program["name"] == name)
        return program

    def fastest(self, dataset: str, runtime: str, dtype: str, key: str) -> float:
        """The greatest ratio over the dense network of that dtype, of one-layer networks."""
        return max(
            row[key][dtype]
            for row in self.of(f"{dataset}-report")["measurements"]
            if row["runtime"] == runtime and row["model"].startswith("tvscm")
        )


def headline_of(results: Results, dataset: str) -> list[str]:
    """The first sentences of a report."""
    comparison = Comparison.from_json(results.of(f"{dataset}-report"))
    return ["> " + escape(" ".join(headline(comparison).sentences))]


def agreement(results: Results, first: str, second: str) -> list[str]:
    """Whether two recorded sessions of one machine agree."""
    sessions = [Comparison.from_json(results.of(name)) for name in (first, second)]
    found = changes(*sessions)
    noise = (max(session.noise.values()) for session in sessions)
    timed = [change for change in found.changes if change.interval]
    most = max(timed, key=lambda change: abs(math.log(change.ratio)))
    return [
        f"Two sessions of the same models on one machine: {found.agreeing} of {found.ratios} ratios"
        " to the dense int8 network are the same, in that the 95 % interval of their change holds "
        f"1. The greatest change of a latency was {100 * (most.ratio - 1):+.1f} % ({most.model} on "
        f"{most.runtime}); the machine's noise {' and '.join(f'{100 * n:.0f} %' for n in noise)}."
    ]


def accuracies(results: Results, study: str) -> list[str]:
    """The rows of a study, without those of other seeds of the same kind."""
    left_out = re.compile(r"of more|best half|learned, \d|search, (1|4|16) |heads-random")
    header = ["network", "parameters", "pattern bytes", "operations"]
    header += ["test accuracy %", "paper %", "macro-F1"]
    return table(
        header,
        [
            [
                f"`{row['network']}`" if "frontier" in row["label"] else row["label"],
                f"{row['parameters']:,}",
                f"{row['pattern_bytes']:,}" if row["pattern_bytes"] else "",
                f"{row['operations']:,.0f}",
                spread(row["mean"], row["deviation"]),
                f"{row['paper'] or '':}",
                f"{row['macro_f1']:.3f}",
            ]
            for row in results.of(study)["table"]
            if not left_out.search(row["label"])
        ],
    )


def on_cortex_m4(results: Results) -> list[str]:
    """Instructions and flash of a few networks, beside the dense one's."""
    networks = {
        "dense int8": "dense",
        "fast int8": "`fast`, filters and pooling",
        LAYER: "two nonzero offsets",
        "softmax int8": "softmax regression, the head alone",
    }
    header = ["int8, on a Cortex-M4F", "instructions", "flash bytes"]
    header += ["dense int8 over it", "dense float32 over it", "test accuracy %"]
    rows = []
    for dataset, title in TITLES.items():
        for name, label in networks.items():
            program = results.program(dataset, name)
            counts = program["cores"]["cortex-m4"]["counts"]
            kinds = ("int8", "from_float32")
            gains = [program["ratios"][kind]["cores"]["cortex-m4"] for kind in kinds]
            rows.append(
                [
                    f"{title}: {label}" if name == "dense int8" else label,
                    f"{counts['instructions']:,}",
                    f"{counts['flash_bytes']:,}",
                    *(times(gain["instructions"]) for gain in gains),
                    f"{100 * program['score']['accuracy']:.2f}",
                ]
            )
    return table(header, rows)


def networks(results: Results) -> list[str]:
    """The networks of the zoo between the dense network and its last layer alone, in int8."""
    header = ["int8, one training each", "parameters", "test accuracy %", "`.tflite` bytes"]
    header += ["Cortex-M4F instructions"]
    names = {"stack": "`stack`", "fast": "`fast`", "tvscm": "one `TVSCM` layer"}
    names["cnn-small"] = "**small CNN**, without this library"

    def recorded(dataset: str, name: str, label: str) -> list[str]:
        program = results.program(dataset, name)
        model, counts = program["model"], program["cores"]["cortex-m4"]["counts"]
        figures = model["parameters"], program["score"]["accuracy"], model["bytes"]
        return _network_row(label, *figures, counts["instructions"])

    def shipped(dataset: str, network: str) -> list[str]:
        facts = zoo.card(f"{dataset}-{network}")
        figures = facts.parameters, facts.int8_accuracy, facts.bytes, facts.counted.instructions
        return _network_row(names[network], *figures)

    def compared(dataset: str, network: str) -> list[str]:
        """A baseline of the report."""
        report, name = results.of(f"{dataset}-report"), f"{network} int8"
        model = next(model for model in report["models"] if model["name"] == name)
        key = name, "cortex-m4"
        m = next(m for m in report["measurements"] if (m["model"], m["runtime"]) == key)
        figures = model["parameters"], m["score"]["accuracy"], model["bytes"]
        return _network_row(OTHER_CNNS[network], *figures, m["counts"]["instructions"])

    rows = []
    for dataset, title in TITLES.items():
        rows.append(recorded(dataset, "dense int8", f"{title}: dense"))
        rows += [shipped(dataset, network) for network in names]
        rows += [compared(dataset, network) for network in OTHER_CNNS]
        rows.append(recorded(dataset, "softmax int8", "softmax regression"))
    return table(header, rows)


OTHER_CNNS = {
    "cnn-operations": "CNN of `fast`'s operations",
    "cnn-parameters": "CNN of `stack`'s parameters",
    "cnn-bytes": "CNN of `stack`'s bytes",
}


def _network_row(
    label: str, parameters: int, accuracy: float, size: int, instructions: int
) -> list[str]:
    return [label, f"{parameters:,}", f"{100 * accuracy:.2f}", f"{size:,}", f"{instructions:,}"]


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


def accurate_networks(results: Results) -> list[str]:
    """`stack` and `fast` against the dense network, on a Cortex-M4."""

    def compared(ratio: float, less: str, more: str) -> str:
        return f"{times(ratio)} {less}" if ratio >= 1 else f"{times(1 / ratio)} {more}"

    rows = []
    for name, title in TITLES.items():
        dense = results.program(name, "dense int8")["score"]["accuracy"]
        for network in ("stack", "fast"):
            program = results.program(name, f"{network} int8")
            gains = program["ratios"]["int8"]["cores"]["cortex-m4"]
            rows.append(
                [
                    f"{title}, `{network}`",
                    compared(gains["instructions"], "fewer", "more"),
                    compared(gains["flash"], "less", "more"),
                    f"{100 * program['score']['accuracy']:.2f} % (dense int8 {100 * dense:.2f} %)",
                ]
            )
    return table(["", "instructions", "flash", "test accuracy"], rows)


def verified_lowerings(results: Results) -> list[str]:
    """How many variants the gate was given, and how many it let pass."""
    status = [
        variant["status"]
        for case in results.of("verification")["cases"]
        for lowering in case["lowerings"].values()
        for variant in lowering.values()
    ]
    verified, refused = status.count("verified"), status.count("refused")
    return [
        f"Of the {verified + refused} variants that were offered in the recorded study, {verified} "
        "verified."
    ]


def fastest_lowerings(results: Results) -> list[str]:
    """How often `auto` takes a lowering that is nearly the fastest."""
    ratios = [row["ratio"] for row in results.of("lowerings")["rows"]]
    near = sum(ratio <= lowering_times.WITHIN for ratio in ratios)
    return [
        f"`auto` is within {100 * (lowering_times.WITHIN - 1):.0f} % of the fastest variant in "
        f"{near} of {len(ratios)} cases."
    ]


BLOCKS: dict[str, Callable[..., list[str]]] = {
    "headline": headline_of,
    "agreement": agreement,
    "accuracies": accuracies,
    "cortex-m4": on_cortex_m4,
    "networks": networks,
    "claims": claims_here,
    "memory": memory_claim,
    "latency": latency_claim,
    "energy": energy_claim,
    "circuit": circuit_claim,
    "accurate-networks": accurate_networks,
    "verified-lowerings": verified_lowerings,
    "fastest-lowerings": fastest_lowerings,
}
