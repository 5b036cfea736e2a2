"""Every lowering against trained networks and real rows: which verify, and which refuse.

For each kind of pattern and width a network of one TVSCM layer, one of filters with pooling, and
the same on means, is trained for a while and converted in every way that there is. What the gate
finds is written down; so is why it, or the lowering itself, refused.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_tvscm.convert import convert
from keras_tvscm.convert.lower.model import KNOWN, kind
from keras_tvscm.convert.lower.placements import placements
from keras_tvscm.convert.runtimes import tflite_runtime
from keras_tvscm.convert.verify.gate import SAMPLE
from keras_tvscm.convert.verify.screening import CoarseVariant
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import locked, read_json, write_json
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.progress import Progress, silent
from keras_tvscm.training.fit import BATCH

from .lowering_cases import FILTERS, NETWORKS, PATTERNS, WIDTHS, Case, rows_of, trained

DTYPES = ("float32", "int8")

# What becomes of a variant: it passes the gate; the lowering does not know such a layer; it is too
# coarse on training rows; the gate refuses what was offered.
VERIFIED, UNSUPPORTED, COARSE, REFUSED = "verified", "unsupported", "coarse", "refused"


def study(
    folder: Path,
    *,
    widths: Sequence[int] = WIDTHS,
    patterns: Sequence[str] = PATTERNS,
    networks: Sequence[str] = NETWORKS,
    steps: int = 2000,
    seed: int = 0,
    data_dir: Path | None = None,
    progress: Progress = silent,
    command: str = "",
) -> dict[str, Any]:
    """Convert every case in every way; after a kill the same call goes on with the next case.

    Args:
        folder: keeps the finished cases, under `cases`.
        widths, patterns, networks: of the cases: any of `WIDTHS`, `PATTERNS`, `NETWORKS`.
        steps: batches of training.
        seed: of weights, batches, drawn patterns of filters and calibration rows.
        data_dir: where the published files are.
        progress: called before each lowering, with the number of cases that are done.
        command: the command line to record.

    Returns:
        A JSON-ready record with machine and versions.

    Raises:
        InputError: no such case, or the folder holds cases of other steps or seed.
    """
    for known, asked in ((WIDTHS, widths), (PATTERNS, patterns), (NETWORKS, networks)):
        for name in asked:
            if name not in known:
                raise InputError(f"Unknown {name!r}; expected one of {', '.join(map(str, known))}")
    rows: list[dict[str, Any]] = []
    total = len(widths) * len(networks) * len(patterns)
    with locked(folder / "cases"):
        for n in widths:
            data = None
            for case in (Case(n, network, pattern) for network in networks for pattern in patterns):
                path = folder / "cases" / f"{case.name}.json"
                if path.exists():
                    record = read_json(path)
                    if (record["steps"], record["seed"]) != (steps, seed):
                        raise InputError(
                            f"{path} is of other steps or another seed; choose another folder"
                        )
                else:
                    data = data or rows_of(n, data_dir)
                    record = {
                        "steps": steps,
                        "seed": seed,
                        **_case(case, data, steps, seed, partial(progress, len(rows), total)),
                    }
                    write_json(path, record)
                rows.append(record)
    return {
        "command": command,
        "steps": steps,
        "seed": seed,
        "cases": rows,
        "machine": machine(),
        "versions": versions() | tflite_runtime.versions(),
    }


def _case(
    case: Case, data: Dataset, steps: int, seed: int, announce: Callable[[str], None]
) -> dict[str, Any]:
    announce(f"{case.name}: training")
    model = trained(case, data, steps, seed)
    placement = placements(model)[0]
    lowerings = {}
    for name in KNOWN[kind(placement)]:
        announce(f"{case.name}: {name}")
        lowerings[name] = {dtype: _tried(model, data, name, dtype, seed) for dtype in DTYPES}
    return {
        **asdict(case),
        "dataset": data.name,
        "source": data.source,
        "values": {
            value: np.ravel(keras.ops.convert_to_numpy(getattr(placement.layer, value))).tolist()
            for value in ("a", "b")
        },
        "lowerings": lowerings,
    }


def _tried(
    model: keras.Model, data: Dataset, lowering: str, dtype: str, seed: int
) -> dict[str, Any]:
    """What the gate says of a variant, or why there is none."""
    try:
        record = convert(
            model,
            data,
            lowering=lowering,
            dtype=dtype,
            seed=seed,
            collapsing=False,
            accept_any_accuracy=True,
            advising=False,
        ).record
    except InputError as error:
        return {"status": UNSUPPORTED, "reason": str(error)}
    except CoarseVariant as error:
        return {"status": COARSE, "reason": str(error)}
    except CheckError as error:
        return {"status": REFUSED, "reason": str(error)}
    ran = [
        outcome for outcome in record["runtimes"]["converted"].values() if "agreement" in outcome
    ]
    verification = record["verification"]
    return {
        "status": VERIFIED,
        "bytes": record["bytes"],
        "relative_error": max(outcome["relative_error"] for outcome in ran),
        "agreement": min(outcome["agreement"] for outcome in ran),
        "accuracy_keras": verification["accuracy_keras"],
        "accuracy_converted": verification["accuracy_converted"],
        "runtimes": {
            name: {key: outcome[key] for key in ("rows", "relative_error", "agreement")}
            if "agreement" in outcome
            else outcome
            for name, outcome in record["runtimes"]["converted"].items()
        },
    }


def as_markdown(results: dict[str, Any]) -> str:
    """What verified, a table a network and arithmetic, and why the rest did not."""
    cases = results["cases"]
    variants = [
        (case, name, dtype, result)
        for case in cases
        for name, both in case["lowerings"].items()
        for dtype, result in both.items()
    ]
    count = {
        status: sum(result["status"] == status for *_, result in variants)
        for status in (VERIFIED, UNSUPPORTED, COARSE, REFUSED)
    }
    done = [result for *_, result in variants if result["status"] == VERIFIED]
    integers, floats = (
        [result for *_, d, result in variants if d == dtype and result["status"] == VERIFIED]
        for dtype in ("int8", "float32")
    )
    lines = [
        "# Which lowerings verify",
        "",
        f"Networks trained for {results['steps']:,} batches of {BATCH} rows (seed "
        f"{results['seed']}): one TVSCM layer, ReLU and Dense (layer); {FILTERS} filters, "
        "ReLU, pooling and Dense (heads); the same on means of two (averaged). Each is "
        "converted by every lowering, in float32 and int8, without collapsing layers that are "
        "linear, and verified on every runtime here: LiteRT with XNNPACK on all validation and "
        f"test rows, the others on {SAMPLE:,} of them.",
        "",
        f"Of {len(variants)} variants {count[UNSUPPORTED]} were not offered because the lowering "
        f"does not know such a layer, and {count[COARSE]} because in int8 they were too coarse on "
        f"training rows. Of the {len(done) + count[REFUSED]} that were offered {len(done)} "
        f"verified; the gate refused {count[REFUSED]}.",
    ]
    if floats and integers:
        loss = max(result["accuracy_keras"] - result["accuracy_converted"] for result in integers)
        lines += [
            "",
            f"Largest float32 error: {max(result['relative_error'] for result in floats):.0e} of "
            "the largest output. Least int8 agreement: "
            f"{100 * min(result['agreement'] for result in integers):.2f} %. Largest loss of "
            f"accuracy by int8: {100 * loss:.2f} points.",
        ]
    for network in dict.fromkeys(case["network"] for case in cases):
        for dtype, what in (
            ("int8", "top-1 agreement in %, the least of the runtimes"),
            ("float32", "largest error over the largest output, of all runtimes"),
        ):
            lines += ["", f"## {network}, {dtype}: {what}", ""]
            lines += _table([case for case in cases if case["network"] == network], dtype)
    lines += ["", "## Why the others did not", ""]
    reasons = [
        f"- `{name}`: {_short(result['reason'])}"
        if result["status"] == UNSUPPORTED
        else f"- {case['network']} {case['pattern']} {case['n']}: `{name}` in {dtype}: "
        f"{_short(result['reason'])}"
        for case, name, dtype, result in variants
        if result["status"] != VERIFIED
    ]
    lines += sorted(set(reasons))
    return "\n".join([*lines, "", *provenance(results)]) + "\n"


def _table(cases: list[dict[str, Any]], dtype: str) -> list[str]:
    names = list(cases[0]["lowerings"])
    lines = [
        f"| pattern | n | rows | accuracy % | {' | '.join(names)} |",
        f"| --- | ---: | --- | ---: |{' ---: |' * len(names)}",
    ]
    for case in cases:
        cells = []
        done = [
            result
            for both in case["lowerings"].values()
            for result in both.values()
            if result["status"] == VERIFIED
        ]
        accuracy = f"{100 * done[0]['accuracy_keras']:.2f}" if done else ""
        for name in names:
            result = case["lowerings"][name][dtype]
            if result["status"] != VERIFIED:
                cells.append("" if result["status"] == UNSUPPORTED else result["status"])
            elif dtype == "int8":
                cells.append(f"{100 * result['agreement']:.2f}")
            else:
                cells.append(f"{result['relative_error']:.0e}")
        lines.append(
            f"| {case['pattern']} | {case['n']} | {case['dataset']} | {accuracy} "
            f"| {' | '.join(cells)} |"
        )
    return lines


def _short(reason: str) -> str:
    """Without what the line says already, and for all widths alike."""
    said = r"^Lowering \S+ does not do for layer \S+: |^.* is too coarse for this network: "
    reason = re.sub(said, "", reason)
    return re.sub(r"\d+ inputs", "N inputs", reason)
