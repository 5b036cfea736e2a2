"""The tables of documents that are made of recorded results, by their names there."""

import math
import re
from collections.abc import Callable

from keras_tvscm import zoo

from .changes import changes
from .comparison import Comparison
from .markdown import spread, table, times
from .recorded import LAYER, TITLES, Results
from .recorded_claims import circuit_claim, claims_here, energy_claim, latency_claim, memory_claim
from .report.headline import headline
from .report.markdown import escape
from .studies import lowering_times


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
