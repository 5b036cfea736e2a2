"""What would agree where a conversion in integers does not: tried, not guessed."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from keras_tvscm.errors import CheckError, InputError

from .built import build
from .options import AUTO, Options
from .plan import Plan, plans
from .prepared import Prepared, prepare
from .runtimes import Unavailable, in_child, load
from .verify.agreement import Rows, compare
from .verify.gate import Disagreement, broken_bound

SECONDS = 60.0  # after which nothing more is begun
ROWS = 1_000


def advised(error: CheckError, failed: Prepared, options: Options) -> CheckError:
    """The error with which a conversion failed, and where it helps, what would agree instead."""
    if not isinstance(error, Disagreement) or not options.advising:
        return error
    words = advice(failed, options)
    return type(error)(f"{error}; {words}") if words else error


def advice(failed: Prepared, options: Options) -> str | None:
    """The first change of options with which the model agrees, in words; None without one.

    Tried are any lowering, int16 between the layers, four times the calibration rows, and
    float32, in this order.

    Args:
        failed: the model and its data.
        options: with which it does not agree.
    """
    # Held-out rows choose nothing where there are others.
    rows = failed.screening or failed.held_out
    rows = rows.at(rows.draw(ROWS, options.seed))
    stop = time.monotonic() + SECONDS
    for words, changes in _alternatives(options, len(failed.dataset.train)):
        try:
            changed = replace(options, **changes)
            prepared = prepare(failed.trained, failed.dataset, changed)
            for plan in plans(prepared, changed):
                if time.monotonic() > stop:
                    return None
                if _agrees(prepared, plan, changed, rows):
                    return f"{words} would agree (tried on {len(rows.x):,} rows)"
        except (InputError, CheckError):
            continue
    return None


def _alternatives(options: Options, training_rows: int) -> Iterator[tuple[str, dict[str, Any]]]:
    if not options.is_automatic:
        yield "lowering auto", {"lowering": AUTO}
    if options.dtype != "int16x8":
        yield "dtype int16x8", {"dtype": "int16x8", "io_dtype": None, "lowering": AUTO}
    more = min(4 * options.calibration_rows, training_rows)
    if more > options.calibration_rows:
        yield f"calibration on {more:,} rows", {"calibration_rows": more, "lowering": AUTO}
    yield "dtype float32", {"dtype": "float32", "io_dtype": None, "lowering": AUTO}


def _agrees(prepared: Prepared, plan: Plan, options: Options, rows: Rows) -> bool:
    # int16 has kernels there; what the target needs comes first.
    runtime = next(iter(options.required_runtimes), "litert-builtin")
    try:
        content = build(prepared, plan.lowerings, options).content
        in_child(runtime, content)  # it may end the process: that should be another one
        agreement = compare(load(runtime, content).predict(rows.x), rows)
    except (Unavailable, InputError, CheckError):
        return False
    return broken_bound(agreement, "", exact=False) is None
