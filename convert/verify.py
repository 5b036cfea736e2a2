"""The gate: a converted model agrees with what was trained, or is not written."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from keras_tvscm.errors import CheckError

FLOAT_TOLERANCE = 1e-4  # largest difference over the largest output
LEAST_AGREEMENT = 0.99  # of the top-1 classes
MOST_ACCURACY_LOSS = 0.005  # half a point


@dataclass(frozen=True)
class Verification:
    """How far a converted model is from the Keras model, on held-out rows.

    Attributes:
        rows: how many rows were compared, and `source` which.
        float_error: largest absolute difference of the float32 lowering's outputs, over
            the largest absolute output of the Keras model.
        agreement: fraction of rows on which the written model's top class is the same.
        accuracy_keras, accuracy_converted: fractions; None where there are no labels.
    """

    source: str
    rows: int
    float_error: float
    agreement: float
    accuracy_keras: float | None
    accuracy_converted: float | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def verify(
    expected: NDArray[np.float32],
    as_float: NDArray[np.float32],
    converted: NDArray[np.float32],
    labels: ArrayLike | None,
    source: str,
) -> Verification:
    """Compare outputs of shape (rows, classes); labels have shape (rows,).

    Raises:
        CheckError: the float32 lowering differs by more than 1e-4, the converted model's
            top-1 agreement is under 99 %, or it loses more than half a point of accuracy.
    """
    top, converted_top = expected.argmax(axis=1), converted.argmax(axis=1)
    scale = float(np.abs(expected).max()) or 1.0
    result = Verification(
        source=source,
        rows=len(expected),
        float_error=float(np.abs(as_float - expected).max()) / scale,
        agreement=float(np.mean(top == converted_top)),
        accuracy_keras=None if labels is None else float(np.mean(top == labels)),
        accuracy_converted=None if labels is None else float(np.mean(converted_top == labels)),
    )
    # Written so that NaN fails.
    if not result.float_error <= FLOAT_TOLERANCE:
        raise CheckError(
            f"the float32 lowering differs from the Keras model by {result.float_error:.1e} of "
            f"its largest output; at most {FLOAT_TOLERANCE:.0e} is accepted; nothing written"
        )
    if not result.agreement >= LEAST_AGREEMENT:
        raise CheckError(
            f"the converted model's top class agrees on {result.agreement:.2%} of {result.rows:,} "
            f"rows ({source}); at least {LEAST_AGREEMENT:.0%} is asked for; nothing written"
        )
    if result.accuracy_keras is not None and result.accuracy_converted is not None:
        loss = result.accuracy_keras - result.accuracy_converted
        if not loss <= MOST_ACCURACY_LOSS + 1e-9:
            raise CheckError(
                f"the converted model loses {100 * loss:.2f} points of accuracy "
                f"({source}); at most {100 * MOST_ACCURACY_LOSS} are accepted; nothing written"
            )
    return result
