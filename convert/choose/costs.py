"""What a model costs on a target, from a table of operators' times that was measured once.

A model's time is a sum over its operators, each of which costs so much for every unit of its
`UNITS`. `tvscm study calibrate-costs` measures the tables
again (`eval/studies/lowering_times.py`); those of the package say on what machine they were made.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from keras_tvscm.errors import InputError
from keras_tvscm.files import read_json

from ..tflite import flatbuffer
from ..tflite.graph import Operator, graph_of
from ..tflite.operations import operations

FOLDER = Path(__file__).parent / "tables"
# The runtime that each target's table is measured on. A phone runs LiteRT; its table is the
# one of this kind of machine until it is measured on the phone.
RUNTIMES = {"litert": "litert-xnnpack", "tflm": "tflm", "android": "litert-xnnpack"}

# What is counted of an operator. Kernels for vectors work on groups of channels, and on a part
# of one no faster than on the whole, so products are counted as they are and in whole groups.
UNITS = ("calls", "numbers given", "numbers read", "products", "products in whole groups")
GROUP_OUT, GROUP_IN = 16, 8
# Weights that are more than this come from further away at each inference.
CACHE = 2**19
SIZES = {"float32": 4, "int16": 2}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Costs:
    """Times of operators on one runtime.

    Attributes:
        runtime: what they were measured on.
        base: nanoseconds of an inference beside its operators.
        operators: per kind of operator, nanoseconds for each of `UNITS`.
        place: the processor or the device on which; empty if the table does not say.
    """

    runtime: str
    base: float
    operators: dict[str, tuple[float, ...]]
    place: str = ""

    def microseconds(self, content: bytes) -> float | None:
        """Predicted time of one inference of a `.tflite` model; None if an operator is unknown."""
        amounts = work(content)
        return self._sum(amounts) if set(amounts) <= set(self.operators) else None

    def estimate(self, content: bytes) -> float | None:
        """The same where operators are unknown: each takes the median of what the others would.

        Those of its dtype, where there are some. None if no operator is known.
        """
        amounts = work(content)
        return self._sum(amounts) if set(amounts) & set(self.operators) else None

    def _sum(self, amounts: dict[str, Floats]) -> float:
        return (self.base + sum(self._time(kind, amounts[kind]) for kind in amounts)) / 1000

    def _time(self, kind: str, amount: Floats) -> float:
        if kind in self.operators:
            return float(amount @ self.operators[kind])
        dtype = kind.split()[1]
        alike = [units for known, units in self.operators.items() if known.split()[1] == dtype]
        return float(np.median([amount @ units for units in alike or self.operators.values()]))


def load(target: str, path: Path | None = None) -> Costs:
    """The table of a target: the package's own, or the one in a file.

    Raises:
        InputError: unknown target, or a file that is no such table or of another runtime.
    """
    if target not in RUNTIMES:
        raise InputError(f"Unknown target {target!r}; expected one of {', '.join(RUNTIMES)}")
    runtime = RUNTIMES[target]
    path = path or FOLDER / f"{runtime}.json"
    table = read_json(path)
    try:
        costs = Costs(
            table["runtime"],
            float(table["base"]),
            {
                str(kind): tuple(float(value) for _, value in zip(UNITS, values, strict=True))
                for kind, values in table["operators"].items()
            },
            str(table.get("device") or table.get("machine", {}).get("processor", "")),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} is no table of costs; make one: tvscm study calibrate-costs"
        ) from error
    # A phone's own table is of the runtime by which it was measured.
    if costs.runtime not in (runtime, target):
        raise InputError(f"{path} holds costs of {costs.runtime}; {target} runs on {runtime}")
    return costs


def work(content: bytes) -> dict[str, Floats]:
    """Per kind of operator its `UNITS`, over the whole model."""
    amounts: dict[str, Floats] = defaultdict(lambda: np.zeros(len(UNITS)))
    for operator in graph_of(flatbuffer.read(content), content).operators:
        output = operator.outputs[0]
        kind = f"{operator.name} {output.dtype}{_case(operator)}"
        read = sum(tensor.size for tensor in operator.given if tensor.data is None)
        products = operations(operator)[0] or 0
        amounts[kind] += (1, output.size, read, products, products * _groups(operator))
    return dict(amounts)


def _case(operator: Operator) -> str:
    """What makes the kernel of a product another one, or its time another matter."""
    if operator.name not in ("CONV_2D", "FULLY_CONNECTED") or len(operator.given) < 2:
        return ""
    weights = operator.given[1]
    if operator.name == "CONV_2D":
        if operator.given[0].shape[-1] != 1:
            return ""
        return " of one channel" if weights.shape[0] == 1 else " of one input channel"
    if weights.shape[0] == 1:
        return " of one output"
    size = math.prod(weights.shape) * SIZES.get(weights.dtype, 1)
    return " beyond the cache" if size > CACHE else ""


def _groups(operator: Operator) -> float:
    """By how much whole groups of channels are more than the channels."""
    if operator.name not in ("CONV_2D", "FULLY_CONNECTED") or len(operator.given) < 2:
        return 1.0
    weights = operator.given[1].shape
    inputs = max(1, weights[-1])
    # A grouped convolution runs its kernel on one group after another.
    of_groups = operator.name == "CONV_2D"
    groups = max(1, operator.given[0].shape[-1] // inputs) if of_groups else 1
    outputs = max(1, weights[0] // groups)
    rounded = GROUP_OUT * -(-outputs // GROUP_OUT) * GROUP_IN * -(-inputs // GROUP_IN)
    return rounded / (outputs * inputs)


def fit(runtime: str, contents: Sequence[bytes], nanoseconds: Sequence[float]) -> Costs:
    """The table that explains measured times best, in relative error; no cost is negative.

    Args:
        runtime: what the times were measured on.
        contents: `.tflite` models.
        nanoseconds: of one inference of each.
    """
    works = [work(content) for content in contents]
    kinds = sorted(set().union(*works))
    none = np.zeros(len(UNITS))
    rows = [
        [1.0, *np.concatenate([amounts.get(kind, none) for kind in kinds])] for amounts in works
    ]
    matrix, times = np.array(rows), np.array(nanoseconds)
    # Scaled, so that no column is lost beside another.
    scale = np.maximum(matrix.max(axis=0), 1e-12)
    solution, _ = nnls(matrix / scale / times[:, None], np.ones(len(times)))
    values = (solution / scale).tolist()
    each = np.reshape(values[1:], (len(kinds), len(UNITS))).tolist()
    costs = {kind: tuple(units) for kind, units in zip(kinds, each, strict=True)}
    return Costs(runtime, values[0], costs)


def to_json(costs: Costs) -> dict[str, Any]:
    """What `load` reads back."""
    return {
        "runtime": costs.runtime,
        "unit": "ns",
        "units": list(UNITS),
        "base": costs.base,
        "operators": {kind: list(values) for kind, values in costs.operators.items()},
    }
