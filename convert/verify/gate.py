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

FLOAT_TOLERANCE = 1e-4  # largest difference over the largest output
LEAST_AGREEMENT = 0.99  # of the top-1 classes
MOST_ACCURACY_LOSS = 0.005  # half a point, beside its standard error

# LiteRT with XNNPACK, the first of the runtimes, sees every row. The others are up to a
# hundred times slower and see a sample; where that does not pass, they see every row too.
SAMPLE = 2_000


@dataclass(frozen=True)
class Agreement:
    """How far outputs are from the Keras model's, on the same rows.

    Attributes:
        rows: how many were compared.
        max_error, rmse: largest and root mean square difference of two outputs.
        relative_error: `max_error` over the Keras model's largest absolute output.
        cosine: similarity of the two arrays of outputs, taken as vectors.
        agreement: fraction of rows whose top class is the same.
        accuracy_keras, accuracy: fractions; None where there are no labels.
    """

    rows: int
    max_error: float
    relative_error: float
    rmse: float
    cosine: float
    agreement: float
    accuracy_keras: float | None
    accuracy: float | None

    @property
    def standard_error(self) -> float:
        """Of the change of accuracy, a fraction: that of as many coin tosses as classes changed."""
        return math.sqrt(self.rows * (1 - self.agreement)) / self.rows


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
        source: which rows those are.
        seed: draws the rows that slower runtimes see.
        float32: of the float32 lowering, runtime by runtime.
        converted: of the model to be written.
        differences: between the runtimes.
    """

    source: str
    seed: int
    float32: tuple[OnRuntime, ...]
    converted: tuple[OnRuntime, ...]
    differences: tuple[Difference, ...]

    def summary(self) -> dict[str, Any]:
        """The figures of the first runtime, which has seen every row."""
        exact, written = self.float32[0].agreement, self.converted[0].agreement
        assert exact and written  # the first runtime has to run them
        return {
            "source": self.source,
            "rows": written.rows,
            "float_error": exact.relative_error,
            "agreement": written.agreement,
            "accuracy_keras": written.accuracy_keras,
            "accuracy_converted": written.accuracy,
        }

    def to_json(self) -> dict[str, Any]:
        """All of it, by runtime."""
        return {
            "source": self.source,
            "seed": self.seed,
            "bounds": {
                "float32_relative_error": FLOAT_TOLERANCE,
                "agreement": LEAST_AGREEMENT,
                "accuracy_loss": MOST_ACCURACY_LOSS,
            },
            "float32": {found.runtime: found.to_json() for found in self.float32},
            "converted": {found.runtime: found.to_json() for found in self.converted},
            "differences": [asdict(found) for found in self.differences],
        }


def verify(
    expected: NDArray[np.float32],
    x: NDArray[np.float32],
    labels: NDArray[Any] | None,
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
        expected: the Keras model's outputs, shape (rows, classes).
        x: the rows, shape (rows, n).
        labels: shape (rows,), or None.
        source: what the rows are.
        as_float, converted: `.tflite` bytes, the float32 lowering and what is to be written.
        seed: draws the rows that slower runtimes see.
        first: the runtime that sees all rows and has to run the model.
        require: names of others that have to run it.

    Raises:
        CheckError: on some runtime the float32 lowering differs by more than 1e-4, the
            converted model's top-1 agreement is under 99 %, or it loses more than half a
            point of accuracy and its standard error; or a runtime that has to run the model
            does not.
    """
    rows = Rows(expected, x, labels)
    everything, drawn = np.arange(len(x)), rows.draw(SAMPLE, seed)
    float32, written, outputs, step = [], [], {}, None
    for name in (first, *(name for name in NAMES if name != first)):
        seen = everything if name == first else drawn
        needed = name == first or name in require
        float32.append(_on(name, as_float, rows, seen, source, needed, exact=True).found)
        ran = _on(name, converted, rows, seen, source, needed, exact=False)
        written.append(ran.found)
        if ran.outputs is not None:
            outputs[name] = ran.outputs[drawn] if name == first else ran.outputs
            step = ran.step
    return Verification(
        source,
        seed,
        tuple(float32),
        tuple(written),
        tuple(_difference(*pair, outputs, step) for pair in combinations(outputs, 2)),
    )


@dataclass(frozen=True)
class Rows:
    """Inputs, the Keras model's outputs of them and, where there are any, labels."""

    expected: NDArray[np.float32]
    x: NDArray[np.float32]
    labels: NDArray[Any] | None

    def draw(self, size: int, seed: int) -> NDArray[np.int64]:
        """The numbers of that many rows; of all, in order, if there are not more."""
        count = len(self.x)
        if count <= size:
            return np.arange(count)
        return np.sort(np.random.default_rng(seed).choice(count, size, replace=False))

    def at(self, numbers: NDArray[np.int64]) -> "Rows":
        """The rows of those numbers."""
        labels = None if self.labels is None else self.labels[numbers]
        return Rows(self.expected[numbers], self.x[numbers], labels)


def agreement(outputs: NDArray[np.float32], rows: Rows) -> Agreement:
    """Compare outputs, shape (rows, classes), with those that are expected."""
    expected = rows.expected.astype(np.float64)
    difference = outputs.astype(np.float64) - expected
    top, found = expected.argmax(axis=1), outputs.argmax(axis=1)
    largest = float(np.abs(expected).max()) or 1.0
    lengths = float(np.linalg.norm(expected) * np.linalg.norm(outputs.astype(np.float64)))
    product = float((outputs * expected).sum())
    return Agreement(
        rows=len(expected),
        max_error=float(np.abs(difference).max()),
        relative_error=float(np.abs(difference).max()) / largest,
        rmse=float(np.sqrt(np.mean(difference**2))),
        cosine=min(product / lengths, 1.0) if lengths else 1.0,
        agreement=float(np.mean(top == found)),
        accuracy_keras=None if rows.labels is None else float(np.mean(top == rows.labels)),
        accuracy=None if rows.labels is None else float(np.mean(found == rows.labels)),
    )


@dataclass(frozen=True)
class _Ran:
    found: OnRuntime
    outputs: NDArray[np.float32] | None = None
    step: float | None = None


def _on(
    name: str,
    model: bytes,
    rows: Rows,
    seen: NDArray[np.int64],
    source: str,
    needed: bool,
    exact: bool,
) -> _Ran:
    """Run those of the rows that are `seen`; all, if they do not pass."""
    where = f"{source}, {name}"
    try:
        if not exact and name in IN_PROCESS:
            # A runtime may end its process over a quantised model, scales that it finds
            # impossible say: that should be another process than this one.
            in_child(name, model)
        session = load(name, model)
        outputs = session.predict(rows.x[seen])
        found = agreement(outputs, rows.at(seen))
        if problem(found, where, exact) and len(seen) < len(rows.x):
            found = agreement(session.predict(rows.x), rows)
    except Unavailable as error:
        if needed:
            raise CheckError(f"{name} does not run the model: {error}; nothing written") from error
        return _Ran(OnRuntime(name, reason=str(error)))
    message = problem(found, where, exact)
    if message:
        raise CheckError(f"{message}; nothing written")
    return _Ran(OnRuntime(name, found, session.arena_bytes), outputs, session.step)


def problem(found: Agreement, where: str, exact: bool) -> str | None:
    """Which bound is broken, if one is. Written so that NaN breaks one.

    Args:
        found: what was compared.
        where: rows and runtime.
        exact: for the float32 lowering, of which numeric equality is asked; else for a
            model that may be quantised, of which the answers count.
    """
    if exact:
        if found.relative_error <= FLOAT_TOLERANCE:
            return None
        return (
            f"the float32 lowering differs from the Keras model by {found.relative_error:.1e} of "
            f"its largest output ({where}); at most {FLOAT_TOLERANCE:.0e} is accepted"
        )
    if not found.agreement >= LEAST_AGREEMENT:
        return (
            f"the converted model's top class agrees on {found.agreement:.2%} of {found.rows:,} "
            f"rows ({where}); at least {LEAST_AGREEMENT:.0%} is asked for"
        )
    if found.accuracy is not None and found.accuracy_keras is not None:
        loss = found.accuracy_keras - found.accuracy
        # Few rows cannot tell half a point from chance.
        most = MOST_ACCURACY_LOSS + found.standard_error
        if not loss <= most + 1e-9:
            return (
                f"the converted model loses {100 * loss:.2f} points of accuracy ({where}); at "
                f"most {100 * most:.2f} are accepted: {100 * MOST_ACCURACY_LOSS} and the standard "
                "error"
            )
    return None


def _difference(
    one: str, other: str, outputs: dict[str, NDArray[np.float32]], step: float | None
) -> Difference:
    """Real outputs are equal where the stored ones are."""
    apart = np.abs(outputs[one].astype(np.float64) - outputs[other])
    largest = float(apart.max())
    return Difference(
        (one, other),
        len(apart),
        int(apart.any(axis=1).sum()),
        largest,
        None if step is None else round(largest / step),
    )


def by_runtime(document: dict[str, Any]) -> str:
    """One line of what each runtime makes of the model, from `Verification.to_json`."""
    parts = [
        f"{name} {found['agreement']:.2%} of {found['rows']:,} rows"
        if "agreement" in found
        else f"{name} none: {found['reason']}"
        for name, found in document["converted"].items()
    ]
    return f"top-1 agreement by runtime: {', '.join(parts)}"
