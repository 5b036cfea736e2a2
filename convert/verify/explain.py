"""Which operator loses the agreement: every tensor of a converted model against the Keras model's.

The float32 lowering is compared with the Keras model layer by layer, and the converted model with
the float32 lowering operator by operator, as they share their operators. AI Edge Quantizer's
validator compares tensors so (ai_edge_quantizer/utils/validation_utils.py).
"""

import math
from dataclasses import dataclass
from difflib import SequenceMatcher

import keras
import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import CheckError

from ..runtimes import Unavailable
from .gate import FLOAT_TOLERANCE
from .intermediates import OperatorOutput, layer_outputs, operator_outputs, with_constants

ROWS = 32

# Decibels: noise of twice the power. An operator has lost what the output has lost where its own
# signal over noise is no more than this above the output's.
TWICE = 3.0
# Error of a float32 tensor that is taken for a layer's output, over that output's size.
SAME = 1e-4


@dataclass(frozen=True)
class OperatorError:
    """How far one operator's output is from what it should be.

    Attributes:
        index: the operator's place in the converted model.
        operator: its name, such as `FULLY_CONNECTED`.
        tensor: its output tensor's name, or number where it has none.
        shape: of that tensor, batch included.
        layer: the Keras layer whose output this is in the float32 lowering, up to a positive
            factor; None where it lies within a layer.
        float_error: of the float32 lowering's tensor from that layer's output, root mean square
            over the output's; None without a layer.
        sqnr: of the converted model's tensor beside the float32 lowering's, in decibels: infinite
            where they are equal, None where the lowering has no such operator.
    """

    index: int
    operator: str
    tensor: str
    shape: tuple[int, ...]
    layer: str | None
    float_error: float | None
    sqnr: float | None


@dataclass(frozen=True)
class Explanation:
    """Where a converted model and the Keras model part.

    Attributes:
        rows: how many were run.
        operators: every operator of the converted model, in order.
        bound: decibels: the output's, and `TWICE`.
        first: the first operator that is not above the bound; None where the outputs are equal.
        cause: `"lowering"`: the float32 lowering is wrong there already; `"weights"`: to round
            the operator's constants alone makes at least half of its noise; `"activations"`: the
            rounding of its output, and of what it reads, makes more; None without `first`.
        weights_sqnr: of `first`, where nothing but its constants is rounded; None where it has
            none, or the lowering is wrong.
    """

    rows: int
    operators: tuple[OperatorError, ...]
    bound: float
    first: OperatorError | None = None
    cause: str | None = None
    weights_sqnr: float | None = None

    def __str__(self) -> str:
        if self.first is None:
            return f"no operator differs on {self.rows} rows"
        place = f"operator {self.first.index}, {self.first.operator}"
        if self.first.layer:
            place += f" (layer {self.first.layer})"
        if self.cause == "lowering":
            return f"{place}, is the first at which the float32 lowering leaves the Keras model"
        lost = (
            f"{place}, is the first that is as far off as the output: signal over quantisation "
            f"noise {self.first.sqnr:.1f} dB, at the output {self.bound - TWICE:.1f} dB "
            f"({self.rows} rows)"
        )
        if self.cause == "weights":
            return f"{lost}; the rounding of its weights does it, alone {self.weights_sqnr:.1f} dB"
        return f"{lost}; the rounding of activations does it, not that of its weights"


def explain_error(
    model: keras.Model, as_float: bytes, converted: bytes, x: NDArray[np.float32]
) -> Explanation:
    """Compare every tensor of a converted model with the Keras model's.

    Args:
        model: functional or Sequential, what was lowered.
        as_float, converted: `.tflite` bytes, the float32 lowering and what was made of it.
        x: float32 (rows, n); `ROWS` of them do.

    Raises:
        CheckError: LiteRT's built-in kernels do not run the model.
    """
    try:
        exact, rounded = operator_outputs(as_float, x), operator_outputs(converted, x)
    except Unavailable as error:
        raise CheckError(f"its tensors cannot be compared one by one: {error}") from error
    layers = layer_outputs(model, x)
    matches = _matches(exact, layers)
    partners = _partners(exact, rounded)
    errors = tuple(_error(output, partners.get(output.index), matches) for output in rounded)
    result = list(layers.values())[-1]
    ratios = {error.index: error.sqnr for error in errors if error.sqnr is not None}
    bound = ratios[max(ratios)] + TWICE if ratios else math.inf
    if not _largest_error(exact[-1].values, result) <= FLOAT_TOLERANCE:
        wrong = min(max(matches, default=-1) + 1, len(exact) - 1)
        first = next(error for error in errors if partners.get(error.index) is exact[wrong])
        return Explanation(len(x), errors, bound, first, "lowering")
    if bound == math.inf:
        return Explanation(len(x), errors, bound)
    place, ratio = next((place, ratio) for place, ratio in ratios.items() if not ratio > bound)
    first, partner, constants = errors[place], partners[place], rounded[place].constants
    if not constants:
        return Explanation(len(x), errors, bound, first, "activations")
    alone = operator_outputs(with_constants(as_float, partner.index, constants), x)[partner.index]
    weights = _sqnr(partner.values, alone.values)
    cause = "weights" if weights <= ratio + TWICE else "activations"
    return Explanation(len(x), errors, bound, first, cause, weights)


def _matches(
    exact: list[OperatorOutput], layers: dict[str, NDArray[np.float64]]
) -> dict[int, tuple[str, float]]:
    """By an operator's place, the first layer whose output it gives, and the error."""
    matches: dict[int, tuple[str, float]] = {}
    for layer, values in layers.items():
        error, index = min(
            (
                (_scaled_error(output.values, values), output.index)
                for output in exact
                if output.values.shape == values.shape
            ),
            default=(math.inf, -1),
        )
        if error <= SAME:
            matches.setdefault(index, (layer, error))
    return matches


def _partners(
    exact: list[OperatorOutput], rounded: list[OperatorOutput]
) -> dict[int, OperatorOutput]:
    """By an operator's place in the converted model, the same operator of the lowering."""
    names, others = (
        [(output.operator, output.shape) for output in model] for model in (exact, rounded)
    )
    blocks = SequenceMatcher(None, names, others, autojunk=False).get_matching_blocks()
    return {
        rounded[block.b + step].index: exact[block.a + step]
        for block in blocks
        for step in range(block.size)
    }


def _error(
    output: OperatorOutput,
    partner: OperatorOutput | None,
    matches: dict[int, tuple[str, float]],
) -> OperatorError:
    layer, float_error = matches.get(partner.index, (None, None)) if partner else (None, None)
    return OperatorError(
        output.index,
        output.operator,
        output.name or f"tensor {output.tensor}",
        output.shape,
        layer,
        float_error,
        _sqnr(partner.values, output.values) if partner else None,
    )


def _sqnr(exact: NDArray[np.float64], rounded: NDArray[np.float64]) -> float:
    noise = float(np.square(rounded - exact).sum())
    signal = float(np.square(exact).sum())
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal else -math.inf


def _scaled_error(tensor: NDArray[np.float64], output: NDArray[np.float64]) -> float:
    """A positive factor may have moved into the next layer's weights."""
    size, power = float(np.linalg.norm(output)), float(np.square(tensor).sum())
    factor = float((tensor * output).sum()) / power if power else 0.0
    if factor <= 0 or size == 0:
        return math.inf
    return float(np.linalg.norm(factor * tensor - output)) / size


def _largest_error(tensor: NDArray[np.float64], output: NDArray[np.float64]) -> float:
    if tensor.shape != output.shape:
        return math.inf
    return float(np.abs(tensor - output).max()) / (float(np.abs(output).max()) or 1.0)
