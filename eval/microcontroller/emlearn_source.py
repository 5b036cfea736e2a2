"""A peer: emlearn's C for a dense network, behind our generator's interface.

emlearn 0.23 writes float32 networks alone: the products of its fixed-point ones are left out
(`eml_net_fixedpoint.h`, "FIXME: implement").
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from keras_tvscm.convert.c_source import CSource
from keras_tvscm.convert.runtimes.unavailable import Missing
from keras_tvscm.convert.tflite.graph import Graph, read
from keras_tvscm.errors import InputError

NAME = "tvscm_emlearn"
ACTIVATIONS = {None: "identity", "RELU": "relu"}
# In the order in which they include each other.
HEADERS = ("eml_log.h", "eml_common.h", "eml_net_common.h", "eml_net.h")

# What its headers want of a C library, which bare metal does not have. A network of ReLUs
# calls none of it.
BARE_METAL = """
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define fabsf(x) __builtin_fabsf(x)
#define expf(x) (x)
#define logf(x) (x)
#define tanhf(x) (x)
"""


def absent() -> str | None:
    """Why emlearn cannot be used; None if it can."""
    if find_spec("emlearn") is None:
        return "emlearn is not installed (pip install 'keras-tvscm[peers]')"
    return None


def emlearn_source(content: bytes) -> CSource:
    """The C that emlearn writes for a float32 `.tflite` model of at least two Dense layers.

    Its weights are those of the model, to six decimals, as emlearn writes them.

    Raises:
        InputError: another model.
        Missing: emlearn is not installed.
    """
    reason = absent()
    if reason:
        raise Missing(reason)
    # It makes NumPy's floating-point warnings errors, for the whole process.
    with np.errstate():
        import emlearn
        from emlearn.net import c_generate_net_loadable

    graph = read(content)
    # Its converter takes a Keras model to these three lists, and compiles for this machine.
    network = c_generate_net_loadable(*_layers(graph), prefix="net")
    texts = [(Path(emlearn.includedir) / name).read_text(encoding="utf-8") for name in HEADERS]
    body = re.sub(r"(?m)^\s*#include.*$", "", "\n".join([*texts, network]))
    inputs, outputs = graph.input.shape[-1], graph.output.shape[-1]
    declaration = f"void {NAME}_predict(const float *input, float *output, void *scratch)"
    return CSource(
        name=NAME,
        header=f"{declaration};\n",
        source=f"{BARE_METAL}\n{body}\n{declaration}\n{{\n"
        "    (void)scratch;\n"
        f"    eml_net_regress(&net, input, {inputs}, output, {outputs});\n}}\n",
        input_size=inputs,
        output_size=outputs,
        input_dtype="float32",
        output_dtype="float32",
        scratch_bytes=0,
        constant_bytes=0,
        instructions=0,  # not estimated, but counted
    )


def _layers(graph: Graph) -> tuple[list[str], list[Any], list[Any]]:
    """Activations, weights (inputs, outputs) and biases (outputs,) of the layers."""
    activations, weights, biases = [], [], []
    for node in graph.operators:
        kernel, bias = (*node.inputs, None, None)[1:3]
        known = node.name == "FULLY_CONNECTED" and node.activation in ACTIVATIONS
        if not known or kernel is None or kernel.data is None or kernel.dtype != "float32":
            raise InputError(f"emlearn has no layer for {node.name} ({node.activation})")
        activations.append(ACTIVATIONS[node.activation])
        weights.append(kernel.data.T)
        given = bias is not None and bias.data is not None
        biases.append(bias.data if given else np.zeros(len(kernel.data)))
    return activations, weights, biases
