"""The gate: a converted model agrees with what was trained, on every runtime here, or is
not written."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import CheckError

from ..runtimes import IN_PROCESS, NAMES, Unavailable, in_child, load
from ..runtimes.tflite_runtime import NOT_SET_UP
from .agreement import Agreement, Rows, compare

FLOAT_TOLERANCE = 1e-4  # largest difference over the largest output
# Where outputs stand for classes:
LEAST_AGREEMENT = 0.99  # of the classes,
FEW_ROWS = 20  # or all of them but one, on so many rows at least,
ENOUGH_ROWS = round(1 / (1 - LEAST_AGREEMENT))  # of which one is no more than the rest
MOST_ACCURACY_LOSS = 0.005  # half a point, beside its standard error
# Where they are numbers. In int8 eight small regressions and autoencoders came to a cosine of
# 0.9995 at least, and 0.019 to 0.033 of the deviation; with TFLite's wrong int16 SUM to 0.24 at
# least. The root mean square error against any targets grows by no more than that.
LEAST_COSINE = 0.99
MOST_RELATIVE_RMSE = 0.05  # of the standard deviation of the Keras model's outputs

# LiteRT with XNNPACK, the first of the runtimes, sees every row. The others are up to a
# hundred times slower and see a sample; where that does not pass, they see every row too.
SAMPLE = 2_000


class Disagreement(CheckError):
    """A written model that breaks a bound, where its float32 lowering keeps to it."""


@dataclass(frozen=True)
class OnRuntime:
    """What one runtime makes of a model; `reason` where it does not run it."""

    runtime: str
    agreement: Agreement | None = None
    arena_bytes: int | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        if self.agreement is None:
            return {"reason": self.reason}
        arena = {} if self.arena_bytes is None else {"arena_bytes": self.arena_bytes}
        return asdict(self.agreement) | arena


@dataclass(frozen=True)
class Difference:
    """How far two runtimes' outputs of the written model are from each other.

    Attributes:
        runtimes: their names.
        rows, differing: rows compared, and those with an output that is not equal.
        largest: difference of two outputs.
        steps: the same in steps of the quantised output; None where it is float32.
    """

    runtimes: tuple[str, str]
    rows: int
    differing: int
    largest: float
    steps: int | None


@dataclass(frozen=True)
class Verification:
    """How far a converted model is from the Keras model, on held-out rows.

    Attributes:
        task: what the outputs stand for (see `task.NAMES`).
        source: which rows those are.
        seed: draws the rows that slower runtimes see.
        exact, written: of the first runtime, which has seen every row: the float32 lowering's
            agreement, and that of the model to be written.
        float32: of the float32 lowering, runtime by runtime.
        converted: of the model to be written.
        differences: between the runtimes.
    """

    task: str
    source: str
    seed: int
    exact: Agreement
    written: Agreement
    float32: tuple[OnRuntime, ...]
    converted: tuple[OnRuntime, ...]
    differences: tuple[Difference, ...]

    def summary(self) -> dict[str, Any]:
        """The figures of the first runtime, and how much accuracy might have been lost."""
        written = self.written
        return {
            "task": self.task,
            "source": self.source,
            "rows": written.rows,
            "float_error": self.exact.relative_error,
            "agreement": written.agreement,
            "accuracy_keras": written.accuracy_keras,
            "accuracy_converted": written.accuracy,
            "accuracy_loss_allowed": None if written.accuracy is None else allowed_loss(written),
            "cosine": written.cosine,
            "relative_rmse": written.relative_rmse,
            "target_rmse_keras": written.target_rmse_keras,
            "target_rmse_converted": written.target_rmse,
        }

    def to_json(self) -> dict[str, Any]:
        """All of it, by runtime."""
        return {
            "source": self.source,
            "seed": self.seed,
            "bounds": {"float32_relative_error": FLOAT_TOLERANCE} | self._bounds(),
            "float32": {run.runtime: run.to_json() for run in self.float32},
            "converted": {run.runtime: run.to_json() for run in self.converted},
            "differences": [asdict(difference) for difference in self.differences],
        }

    def _bounds(self) -> dict[str, float]:
        if self.written.agreement is None:
            return {"cosine": LEAST_COSINE, "relative_rmse": MOST_RELATIVE_RMSE}
        return {"agreement": LEAST_AGREEMENT, "accuracy_loss": MOST_ACCURACY_LOSS}


def verify(
    rows: Rows,
    source: str,
    *,
    as_float: bytes,
    converted: bytes,
    seed: int = 0,
    first: str = NAMES[0],
    require: Sequence[str] = (),
) -> Verification:
    """Compare a model's two TFLite forms with the Keras model, on every runtime here.

    A runtime that is missing or cannot run the model is recorded with its reason.

    Args:
        rows: held-out rows and the Keras model's outputs of them.
        source: what the rows are.
        as_float, converted: `.tflite` bytes, the float32 lowering and what is to be written.
        seed: draws the rows that slower runtimes see.
        first: the runtime that sees all rows and has to run the model.
        require: names of others that have to run it.

    Raises:
        Disagreement: on some runtime the converted model breaks a bound of its task (see
            `broken_bound`).
        CheckError: the float32 lowering differs by more than 1e-4, or a runtime that has to run
            the model does not.
    """
    everything, drawn = np.arange(len(rows.x)), rows.draw(SAMPLE, seed)
    exact, written = [], []
    for name in (first, *(name for name in NAMES if name != first)):
        numbers = everything if name == first else drawn
        needed = name == first or name in require
        exact.append(_run(name, as_float, rows, numbers, source, needed, exact=True))
        written.append(_run(name, converted, rows, numbers, source, needed, exact=False))
    sampled = {
        run.result.runtime: run.outputs[drawn] if run.result.runtime == first else run.outputs
        for run in written
        if run.outputs is not None
    }
    step = next((run.step for run in written if run.outputs is not None), None)
    return Verification(
        rows.task.name,
        source,
        seed,
        _agreement(exact[0]),
        _agreement(written[0]),
        tuple(run.result for run in exact),
        tuple(run.result for run in written),
        tuple(_difference(*pair, sampled, step) for pair in combinations(sampled, 2)),
    )


@dataclass(frozen=True)
class _Run:
    result: OnRuntime
    outputs: NDArray[np.float32] | None = None
    step: float | None = None


def _run(
    name: str,
    model: bytes,
    rows: Rows,
    numbers: NDArray[np.int64],
    source: str,
    needed: bool,
    exact: bool,
) -> _Run:
    """Run the rows of those numbers; all, if they do not pass."""
    where = f"{source}, {name}"
    try:
        if not exact and name in IN_PROCESS:
            # A runtime may end its process over a quantised model, scales that it finds
            # impossible say: that should be another process than this one.
            in_child(name, model)
        session = load(name, model)
        outputs = session.predict(rows.x[numbers])
        agreement = compare(outputs, rows.at(numbers))
        if broken_bound(agreement, where, exact) and len(numbers) < len(rows.x):
            agreement = compare(session.predict(rows.x), rows)
    except Unavailable as error:
        if needed:
            raise CheckError(f"{name} does not run the model: {error}; nothing written") from error
        return _Run(OnRuntime(name, reason=str(error)))
    message = broken_bound(agreement, where, exact)
    if message:
        raise (CheckError if exact else Disagreement)(f"{message}; nothing written")
    return _Run(OnRuntime(name, agreement, session.arena_bytes), outputs, session.step)


def _agreement(run: _Run) -> Agreement:
    """Of the first runtime."""
    if run.result.agreement is None:
        raise CheckError(f"{run.result.runtime} does not run the model: {run.result.reason}")
    return run.result.agreement


def allowed_loss(agreement: Agreement) -> float:
    """Accuracy that may be lost, a fraction: few rows cannot tell half a point from chance."""
    return MOST_ACCURACY_LOSS + agreement.standard_error


def broken_bound(agreement: Agreement, where: str, exact: bool) -> str | None:
    """Which bound is broken, if one is. Written so that NaN breaks one.

    Args:
        agreement: what was compared.
        where: rows and runtime.
        exact: for the float32 lowering, of which numeric equality is asked; else for a
            model that may be quantised, of which the answers count.
    """
    if exact:
        if agreement.relative_error <= FLOAT_TOLERANCE:
            return None
        return (
            f"the float32 lowering differs from the Keras model by {agreement.relative_error:.1e} "
            f"of its largest output ({where}); at most {FLOAT_TOLERANCE:.0e} is accepted"
        )
    if agreement.agreement is None:
        return _broken_by_numbers(agreement, where)
    least = min(LEAST_AGREEMENT, 1 - 1 / max(agreement.rows, FEW_ROWS))
    if not agreement.agreement >= least - 1e-9:
        return (
            f"the converted model's top class agrees on {agreement.agreement:.2%} of "
            f"{agreement.rows:,} rows ({where}); at least {LEAST_AGREEMENT:.0%} is asked for, of "
            f"fewer than {ENOUGH_ROWS} rows all but one"
        )
    if agreement.accuracy is not None and agreement.accuracy_keras is not None:
        loss, most = agreement.accuracy_keras - agreement.accuracy, allowed_loss(agreement)
        if not loss <= most + 1e-9:
            return (
                f"the converted model loses {100 * loss:.2f} points of accuracy ({where}); at "
                f"most {100 * most:.2f} are accepted: {100 * MOST_ACCURACY_LOSS}, and "
                f"{100 * agreement.standard_error:.2f} that may be chance on {agreement.rows:,} "
                "rows (the standard error)"
            )
    return None


def _broken_by_numbers(agreement: Agreement, where: str) -> str | None:
    if not agreement.cosine >= LEAST_COSINE:
        return (
            f"the converted model's outputs have a cosine of {agreement.cosine:.4f} with the Keras "
            f"model's on {agreement.rows:,} rows ({where}); at least {LEAST_COSINE} is asked for"
        )
    error = math.nan if agreement.relative_rmse is None else agreement.relative_rmse
    if not error <= MOST_RELATIVE_RMSE:
        return (
            f"the converted model's outputs differ from the Keras model's by "
            f"{error:.1%} of their standard deviation (root mean square, "
            f"{agreement.rows:,} rows, {where}); at most {MOST_RELATIVE_RMSE:.0%} is accepted"
        )
    return None


def _difference(
    first: str, second: str, outputs: dict[str, NDArray[np.float32]], step: float | None
) -> Difference:
    """Real outputs are equal where the stored ones are."""
    apart = np.abs(outputs[first].astype(np.float64) - outputs[second])
    largest = float(apart.max())
    return Difference(
        (first, second),
        len(apart),
        int(apart.any(axis=1).sum()),
        largest,
        None if step is None else round(largest / step),
    )


def described(summary: dict[str, Any]) -> str:
    """What `Verification.summary` says, in a few words."""
    where = f"on {summary['rows']:,} rows ({summary['source']})"
    exact = f"in float32 within {summary['float_error']:.0e}"
    if summary["agreement"] is None:
        return (
            f"{where} as {summary['task']} cosine {summary['cosine']:.5f}, difference "
            f"{summary['relative_rmse']:.2%} of the outputs' standard deviation, {exact}"
        )
    agreement = f"{where} top-1 agreement {summary['agreement']:.2%}"
    if summary["accuracy_keras"] is None:
        return f"{agreement}, {exact}"
    return (
        f"{agreement}, accuracy on all of them {100 * summary['accuracy_keras']:.2f} -> "
        f"{100 * summary['accuracy_converted']:.2f} % (on so many rows at most "
        f"{100 * summary['accuracy_loss_allowed']:.2f} points may be lost), {exact}"
    )


def by_runtime(document: dict[str, Any]) -> str:
    """One line of what each runtime makes of the model, from `Verification.to_json`.

    Not of a runtime that has to be set up beside the others, where nobody has.
    """
    runs = document["converted"].items()
    parts = [f"{name} {_in_short(run)}" for name, run in runs if run.get("reason") != NOT_SET_UP]
    agreement = "top-1 agreement" if "agreement" in document["bounds"] else "cosine"
    return f"{agreement} by runtime: {', '.join(parts)}"


def _in_short(run: dict[str, Any]) -> str:
    if "reason" in run:
        return f"none: {run['reason']}"
    if run["agreement"] is None:
        return f"{run['cosine']:.5f} on {run['rows']:,} rows"
    return f"{run['agreement']:.2%} of {run['rows']:,} rows"
