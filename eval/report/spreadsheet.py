"""The main figures as CSV: a row for each model on each runtime or core."""

import csv
import io
from typing import Any

from ..comparison import Comparison
from ..measurement import Measurement
from .kinds import is_ours
from .text import plain

DTYPES = ("int8", "float32")


def spreadsheet(comparison: Comparison) -> str:
    """Lines of comma-separated values under a head; what is not known is empty."""
    file = io.StringIO()
    rows = [_row(comparison, m) | _energy(m.energy) for m in comparison.measurements]
    # What an analyser recorded belongs to a model on a board, which its method names.
    rows += [
        {"model": plain(model), "status": "measured"} | _energy(recorded)
        for model, recorded in comparison.recordings.items()
    ]
    heads = dict.fromkeys(head for row in rows for head in row)
    writer = csv.DictWriter(file, list(heads), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def _energy(figures: list[dict[str, Any]]) -> dict[str, float]:
    """Microjoules, each kind and method in columns of its own: they do not compare."""
    return {
        f"{figure['kind']}_uj_{bound} ({plain(figure['method'])})": figure["microjoules"][bound]
        for figure in figures
        if figure["microjoules"]
        for bound in ("low", "high")
    }


def _row(comparison: Comparison, m: Measurement) -> dict[str, Any]:
    model = comparison.model(m.model)
    score, latency, counts = m.score, m.latency, m.counts or {}
    row = {
        "model": m.model,
        "runtime": m.runtime,
        "network": model["network"],
        "dtype": model["dtype"],
        "tvscm": is_ours(model),
        "status": m.status,
        "reason": m.reason,
        "accuracy": score and score.accuracy,
        "macro_f1": score and score.macro_f1,
        "bytes": model["bytes"],
        "gzip_bytes": model.get("gzip_bytes"),
        "parameters": model["parameters"],
        "multiplications": model["multiplications"],
        "latency_us": latency and latency.median / 1000,
        "latency_p5_us": latency and latency.p5 / 1000,
        "latency_p95_us": latency and latency.p95 / 1000,
        "cold_us": latency and latency.cold and latency.cold / 1000,
        "instructions": counts.get("instructions"),
        "flash_bytes": counts.get("flash_bytes"),
        "sram_bytes": counts.get("sram_bytes"),
        "least_arena_bytes": m.least_arena_bytes,
        "peak_memory_bytes": m.peak_memory_bytes,
    }
    for dtype in DTYPES:
        interval = comparison.interval(m, dtype)
        row |= {
            f"times_less_than_dense_{dtype}": comparison.ratio(m, dtype),
            f"times_less_than_dense_{dtype}_low": interval and interval.low,
            f"times_less_than_dense_{dtype}_high": interval and interval.high,
        }
    # Which version wrote it.
    row |= {"keras-tvscm": comparison.versions.get("keras-tvscm")}
    return {key: plain(value) if isinstance(value, str) else value for key, value in row.items()}
