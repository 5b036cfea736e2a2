"""The study as a page of Markdown, made from its JSON alone."""

from typing import Any

from keras_tvscm.machine import provenance

from ..energy import PARTS, citations, validation
from ..markdown import bounds, table, times
from .claims import claims
from .program import SOFT_FLOAT_ROWS

Json = dict[str, Any]

GAINS = ("int8", "from_float32")
BOTH = ("int8", "float32")


def as_markdown(results: Json) -> str:
    """Tables of each data set, then the validation and the constants."""
    soft = min(SOFT_FLOAT_ROWS, results["rows"])
    lines = [
        "# Generated C on microcontrollers",
        "",
        "Counted on emulated Cortex-M cores: instructions and data accesses of one inference, no "
        "time. Energy is modelled from the counts, as bounds. What is counted, and what is not: "
        "[how we measure](../explanation/measuring.md#instructions). What this says of the "
        "paper's claims: [claims.md](../claims.md).",
        "",
        f"On every core, {results['rows']:,} drawn test rows were run and their outputs compared "
        "with TFLite-Micro's: int8 byte by byte, float32 within 1e-4 of the largest. One that "
        f"differs ends the study. Where float32 is software, {soft} rows were run and one was "
        "counted; else three were, and the one that took most instructions is given.",
        "",
    ]
    if results["left_out"]:
        lines += [f"Left out: {results['left_out']}.", ""]
    for dataset in results["datasets"]:
        lines += [f"## {dataset['name']}", "", *_models(dataset), *claims(dataset)]
        lines += _cores(dataset) + _functions(dataset) + _energy(dataset) + _fits(dataset)
    lines += _validation(results["validation"])
    lines += ["## Constants", "", "Each constant with its document.", "", citations.as_markdown()]
    return "\n".join([*lines, *provenance(results)]) + "\n"


def _models(dataset: Json) -> list[str]:
    rows = []
    for program in dataset["programs"]:
        model, score, host = program["model"], program["score"], program["tflm_host_ns"]
        differing, bytewise = program["differing"], model["dtype"] == "int8"
        rows.append(
            [
                program["name"],
                f"{100 * score['accuracy']:.2f}" if score else "",
                f"{score['macro_f1']:.3f}" if score else "",
                f"{model['parameters']:,}",
                f"{model['multiplications']:,}",
                f"{model['bytes']:,}" if score else "",
                *(
                    f"{100 * differing[name]:.2f}" if name in differing and bytewise else ""
                    for name in ("tflm", "litert-builtin", "litert-xnnpack")
                ),
                f"{host['median'] / 1000:,.2f}" if host else "",
            ]
        )
    header = ["program", "accuracy %", "macro-F1", "parameters", "multiplications"]
    header += [".tflite bytes", "rows that differ % from TFLite-Micro", "from LiteRT's built-in"]
    header += ["from XNNPACK", "TFLite-Micro on this machine µs"]
    return [
        f"The C, compiled for this machine, ran all {dataset['rows']:,} test rows, which the "
        "accuracy is of; a row of int8 differs if one of its bytes does. The microseconds are "
        "the `.tflite` file's, on another processor and in another unit than all that follows; a "
        "TVSCM layer is a matrix in a file of the lowering `dense`, which TFLite-Micro multiplies "
        "out.",
        "",
        *table(header, rows),
    ]


def _cores(dataset: Json) -> list[str]:
    lines = []
    header = ["program", "instructions", "flash bytes", "SRAM bytes", "of these scratch", "stack"]
    header += ["flash reads", "SRAM reads", "SRAM writes", "bytes read"]
    header += ["dense int8 / it", "dense float32 / it"]
    for core in dataset["programs"][0]["cores"]:
        rows = []
        for program in dataset["programs"]:
            counts, ratios = program["cores"][core]["counts"], program["ratios"]
            names = ["instructions", "flash_bytes", "sram_bytes", "scratch_bytes", "stack_bytes"]
            names += ["flash_reads", "sram_reads", "sram_writes"]
            read = counts["flash_read_bytes"] + counts["sram_read_bytes"]
            gains = [ratios[kind] and ratios[kind]["cores"][core] for kind in GAINS]
            rows.append(
                [
                    program["name"],
                    *(f"{counts[name]:,}" for name in names),
                    f"{read:,}",
                    *(times(gain and gain["instructions"]) for gain in gains),
                ]
            )
        lines += [f"### {dataset['name']} on {core}", "", *table(header, rows)]
    return lines


def _functions(dataset: Json) -> list[str]:
    """Where instructions go, on the Cortex-M4 or the first core there is."""
    cores = list(dataset["programs"][0]["cores"])
    core = "cortex-m4" if "cortex-m4" in cores else cores[0]
    rows = []
    for program in dataset["programs"]:
        counts = program["cores"][core]["counts"]
        most = list(counts["by_function"].items())[:4]
        shares = [f"{name} {n / counts['instructions']:.1%}" for name, n in most]
        rows.append([program["name"], ", ".join(shares)])
    header = ["program", "functions with most instructions"]
    return [f"### {dataset['name']}: where they go, {core}", "", *table(header, rows, 2)]


def _energy(dataset: Json) -> list[str]:
    parts = list(dataset["programs"][0]["parts"])
    rows = [
        [
            program["name"],
            *(bounds(program["parts"][part]["energy"]["microjoules"]) for part in parts),
        ]
        for program in dataset["programs"]
    ]
    milliseconds = [
        [program["name"], *(bounds(program["parts"][part]["milliseconds"]) for part in parts)]
        for program in dataset["programs"]
    ]
    silicon = [
        [program["name"], *(bounds(program["horowitz"][kind]["microjoules"]) for kind in BOTH)]
        for program in dataset["programs"]
        if program["score"]
    ]
    return [
        f"### {dataset['name']}: energy, modelled, µJ an inference",
        "",
        "Counts times cycles of ARM's tables times current of the datasheet; a dash: does not fit.",
        "",
        *table(["program", *parts], rows),
        "Milliseconds that belong to it, modelled in the same way, as if every part had the "
        "memory:",
        "",
        *table(["program", *parts], milliseconds),
        "Horowitz's 45 nm energies, µJ, by products, sums and parameters read once, without "
        "instructions, in either arithmetic:",
        "",
        *table(["program", *BOTH], silicon),
    ]


def _fits(dataset: Json) -> list[str]:
    names = list(dataset["programs"][0]["misfits"])
    sizes = {part.name: f"{part.flash_bytes >> 10:,} + {part.sram_bytes >> 10:,}" for part in PARTS}
    header = ["program", *(f"{name} ({sizes[name]} KiB)" for name in names)]
    rows = [
        [program["name"], *("no" if program["misfits"][name] else "yes" for name in names)]
        for program in dataset["programs"]
    ]
    return [f"### {dataset['name']}: fits into (flash + SRAM)", "", *table(header, rows)]


def _validation(validated: Json) -> list[str]:
    counted = ", ".join(
        f"{core_counts['counts']['instructions']:,} instructions on {core}"
        for core, core_counts in validated["cores"].items()
    )
    return [
        "## How far the model of energy is off",
        "",
        f"MLPerf Tiny's anomaly detection network, {validated['multiplications']:,} products of "
        "int8, "
        f"through the same generator: {counted or 'not counted'}. The published programs are "
        "the submitters' own. “Own power”: the part's power is that of such a measurement, so that "
        "the energy tests the cycles alone.",
        "",
        validation.as_markdown(validated["checks"]),
    ]
