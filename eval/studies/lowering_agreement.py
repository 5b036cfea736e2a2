"""Every lowering against trained networks and real rows: which verify, and which refuse.

For each kind of pattern and width a network of one TVSCM layer, and one of filters with pooling,
is trained for a while and converted in every way that there is. What the gate finds is written
down; so is why it, or the lowering itself, refused.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
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
from keras_tvscm.files import make_folder, read_json, write_json
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.training.fit import BATCH

from .lowering_cases import FILTERS, NETWORKS, PATTERNS, WIDTHS, Case, rows_of, trained

DTYPES = ("float32", "int8")

# What becomes of a form: it passes the gate; the lowering does not know such a layer; it is too
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
    progress: Callable[[str], None] = lambda message: None,
    command: str = "",
) -> dict[str, Any]:
    """Convert every case in every way; after a kill the same call goes on with the next case.

    Args:
        folder: keeps the finished cases, under `cases`.
        widths, patterns, networks: of the cases: any of `WIDTHS`, `PATTERNS`, `NETWORKS`.
        steps: batches of training.
        seed: of weights, batches, drawn patterns of filters and calibration rows.
        data_dir: where the published files are.
        progress: called with one line before each step.
        command: the command line to record.

    Returns:
        A JSON-ready record with machine and versions.

    Raises:
        InputError: no such case, or the folder holds cases of other steps or seed.
    """
    for known, asked in ((WIDTHS, widths), (PATTERNS, patterns), (NETWORKS, networks)):
        for one in asked:
            if one not in known:
                raise InputError(f"Unknown {one!r}; expected one of {', '.join(map(str, known))}")
    make_folder(folder / "cases")
    rows = []
    for n in widths:
        data = None
        for case in (Case(n, network, pattern) for network in networks for pattern in patterns):
            path = folder / "cases" / f"{case.name}.json"
            if path.exists():
                found = read_json(path)
                if (found["steps"], found["seed"]) != (steps, seed):
                    raise InputError(
                        f"{path} is of other steps or another seed; choose another --out"
                    )
            else:
                data = data or rows_of(n, data_dir)
                found = {"steps": steps, "seed": seed, **_case(case, data, steps, seed, progress)}
                write_json(path, found)
            rows.append(found)
    return {
        "command": command,
        "steps": steps,
        "seed": seed,
        "cases": rows,
        "machine": machine(),
        "versions": versions() | tflite_runtime.versions(),
    }


def _case(
    case: Case, data: Dataset, steps: int, seed: int, progress: Callable[[str], None]
) -> dict[str, Any]:
    progress(f"{case.name}: training")
    model = trained(case, data, steps, seed)
    placement = placements(model)[0]
    lowerings = {}
    for name in KNOWN[kind(placement)]:
        progress(f"{case.name}: {name}")
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
    """What the gate found of one form, or why there is none."""
    try:
        record = convert(
            model, data, lowering=lowering, dtype=dtype, seed=seed, collapsing=False
        ).record
    except InputError as error:
        return {"status": UNSUPPORTED, "reason": str(error)}
    except CoarseVariant as error:
        return {"status": COARSE, "reason": str(error)}
    except CheckError as error:
        return {"status": REFUSED, "reason": str(error)}
    ran = [one for one in record["runtimes"]["converted"].values() if "agreement" in one]
    found = record["verification"]
    return {
        "status": VERIFIED,
        "bytes": record["bytes"],
        "relative_error": max(one["relative_error"] for one in ran),
        "agreement": min(one["agreement"] for one in ran),
        "accuracy_keras": found["accuracy_keras"],
        "accuracy_converted": found["accuracy_converted"],
        "runtimes": {
            name: {key: one[key] for key in ("rows", "relative_error", "agreement")}
            if "agreement" in one
            else one
            for name, one in record["runtimes"]["converted"].items()
        },
    }


def as_markdown(results: dict[str, Any]) -> str:
    """What verified, a table a network and arithmetic, and why the rest did not."""
    cases = results["cases"]
    forms = [
        (case, name, dtype, form)
        for case in cases
        for name, both in case["lowerings"].items()
        for dtype, form in both.items()
    ]
    count = {
        status: sum(form["status"] == status for *_, form in forms)
        for status in (VERIFIED, UNSUPPORTED, COARSE, REFUSED)
    }
    done = [form for *_, form in forms if form["status"] == VERIFIED]
    integers = [form for *_, d, form in forms if d == "int8" and form["status"] == VERIFIED]
    floats = [form for *_, d, form in forms if d == "float32" and form["status"] == VERIFIED]
    lines = [
        "# Which lowerings verify",
        "",
        f"Networks trained for {results['steps']:,} batches of {BATCH} rows (seed "
        f"{results['seed']}): one TVSCM layer, ReLU and Dense; and {FILTERS} filters, ReLU, "
        "pooling and Dense. Each is converted by every lowering, in float32 and int8, without "
        "collapsing layers that are linear, and verified on every runtime here: LiteRT with "
        f"XNNPACK on all validation and test rows, the others on {SAMPLE:,} of them.",
        "",
        f"Of {len(forms)} forms {count[UNSUPPORTED]} were not offered because the lowering does "
        f"not know such a layer, and {count[COARSE]} because in int8 they were too coarse on "
        f"training rows. Of the {len(done) + count[REFUSED]} that were offered {len(done)} "
        f"verified; the gate refused {count[REFUSED]}.",
    ]
    if floats and integers:
        loss = max(form["accuracy_keras"] - form["accuracy_converted"] for form in integers)
        lines += [
            "",
            f"Largest float32 error: {max(form['relative_error'] for form in floats):.0e} of the "
            f"largest output. Least int8 agreement: "
            f"{100 * min(form['agreement'] for form in integers):.2f} %. Largest loss of accuracy "
            f"by int8: {100 * loss:.2f} points.",
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
        f"- `{name}`: {_short(form['reason'])}"
        if form["status"] == UNSUPPORTED
        else f"- {case['network']} {case['pattern']} {case['n']}: `{name}` in {dtype}: "
        f"{_short(form['reason'])}"
        for case, name, dtype, form in forms
        if form["status"] != VERIFIED
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
            form
            for both in case["lowerings"].values()
            for form in both.values()
            if form["status"] == VERIFIED
        ]
        accuracy = f"{100 * done[0]['accuracy_keras']:.2f}" if done else ""
        for name in names:
            form = case["lowerings"][name][dtype]
            if form["status"] != VERIFIED:
                cells.append("" if form["status"] == UNSUPPORTED else form["status"])
            elif dtype == "int8":
                cells.append(f"{100 * form['agreement']:.2f}")
            else:
                cells.append(f"{form['relative_error']:.0e}")
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
