"""Where a model's time goes: the times of its first operator, its first two, and so on.

No runtime here tells its operators' times (LiteRT's and TFLite-Micro's profilers are not in their
Python packages). So the model is cut after each operator, and what is left is timed; an operator
takes what it adds. Kernels that XNNPACK runs together are told apart where it runs each alone.
"""

import random
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.convert.tflite import flatbuffer
from keras_tvscm.convert.tflite.graph import operator_name

from .latency import calibrate, loops
from .runtimes import Runtime

ROUNDS = 15
# Longer ones are seldom read, and take as many models to time.
MOST = 100


def operator_times(
    runtime: Runtime, content: bytes, row: NDArray[np.float32] | None
) -> list[dict[str, Any]]:
    """What each operator adds to the time of an inference.

    Args:
        runtime: where it runs.
        content: `.tflite` bytes.
        row: float32 (inputs,), that it is timed on; None for zeros.

    Returns:
        `name` and `ns`, operator by operator; the difference of two medians may be a little below
        zero. Nothing where the runtime does not take the model cut, or it has too many operators.
    """
    names = [operator_name(code) for code in _codes(content)]
    if not 0 < len(names) <= MOST:
        return []
    try:
        with runtime.open() as window:
            timed = [window.load(cut(content, n + 1), row) for n in range(len(names))]
            inner = [calibrate(each) for each in timed]
            times = loops(timed, inner, ROUNDS, random.Random(0))
            calls = timed[0].call(inner[0])
    except Unavailable:
        return []
    call = (calls or 0.0) / inner[0]
    medians = [call, *(float(np.median(values)) for values in times)]
    return [
        {"name": name, "ns": round(after - before, 1)}
        for name, (before, after) in zip(names, pairwise(medians), strict=True)
    ]


def cut(content: bytes, operators: int) -> bytes:
    """The model that ends after so many of its operators, with the last one's outputs."""
    model = flatbuffer.read(content)
    graph = model.subgraphs[0]
    graph.operators = graph.operators[:operators]
    graph.outputs = list(graph.operators[-1].outputs)
    # They name the whole model's outputs.
    model.signatureDefs = None
    return flatbuffer.write(model)


def _codes(content: bytes) -> list[Any]:
    model = flatbuffer.read(content)
    operators = flatbuffer.as_list(model.subgraphs[0].operators)
    return [model.operatorCodes[operator.opcodeIndex] for operator in operators]
