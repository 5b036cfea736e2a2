"""How many multiplications and additions the operators of a model come to."""

import math

from .graph import Operator

# The input that holds the weights and the one that holds the bias.
WEIGHTS = {
    "FULLY_CONNECTED": (1, 2),
    "CONV_2D": (1, 2),
    "DEPTHWISE_CONV_2D": (1, 2),
    "TRANSPOSE_CONV": (1, 3),
    "BATCH_MATMUL": (1, None),
}
# They move numbers, look them up or compare them.
FREE = {
    "BROADCAST_TO",
    "CONCATENATION",
    "EXPAND_DIMS",
    "GATHER",
    "GATHER_ND",
    "MAXIMUM",
    "MAX_POOL_2D",
    "MINIMUM",
    "MIRROR_PAD",
    "PACK",
    "PAD",
    "PADV2",
    "RELU",
    "RELU6",
    "RESHAPE",
    "REVERSE_V2",
    "SHAPE",
    "SLICE",
    "SPLIT",
    "SPLIT_V",
    "SQUEEZE",
    "STRIDED_SLICE",
    "TILE",
    "TRANSPOSE",
    "UNPACK",
}


def operations(operator: Operator) -> tuple[int, int] | tuple[None, None]:
    """Multiplications and additions of one operator, (None, None) if they are not known.

    They are those of the convolution, product or sum that the operator is defined as, bias
    included; what rescaling costs int8 is not. Shapes may be anything: they are the file's.
    """
    name, options, inputs = operator.name, operator.options, operator.inputs
    if name in FREE:
        return 0, 0
    if not inputs or not inputs[0] or not operator.outputs:
        return None, None
    results, size = operator.outputs[0].size, inputs[0].size
    if name in ("ADD", "SUB"):
        return 0, results
    if name == "MUL":
        return results, 0
    if name == "SUM":
        return 0, max(size - results, 0)
    if name == "MEAN":
        return results, max(size - results, 0)
    if name == "AVERAGE_POOL_2D":
        window = getattr(options, "filterHeight", 1) * getattr(options, "filterWidth", 1)
        return results, max(window - 1, 0) * results
    terms = _terms(operator)
    if not terms:
        return None, None
    bias = WEIGHTS[name][1]
    biased = bias is not None and len(inputs) > bias and inputs[bias] is not None
    return terms * results, (terms if biased else terms - 1) * results


def _terms(operator: Operator) -> int | None:
    """How many products are summed up to one number of the output; None if not known."""
    name, inputs = operator.name, operator.inputs
    if len(inputs) < 2 or not inputs[0] or not inputs[1]:
        return None
    shape, weights = inputs[0].shape, inputs[1].shape
    if name == "FULLY_CONNECTED" and len(weights) == 2:  # (outputs, inputs)
        return weights[1]
    if name == "CONV_2D" and len(weights) == 4:  # (outputs, height, width, inputs)
        return math.prod(weights[1:])
    if name == "DEPTHWISE_CONV_2D" and len(weights) == 4:  # (1, height, width, outputs)
        return weights[1] * weights[2]
    if name == "BATCH_MATMUL" and len(shape) >= 2:
        return shape[-2 if getattr(operator.options, "adjX", False) else -1]
    return None
