"""What each layer of a model holds and computes, beside the dense layer in its place."""

import math
from dataclasses import dataclass
from typing import Any

import keras

from keras_tvscm import circulant
from keras_tvscm.circulant import Operations
from keras_tvscm.errors import InputError
from keras_tvscm.free import SymmetricCirculant
from keras_tvscm.heads import TVSCMHeads
from keras_tvscm.layer import TVSCM
from keras_tvscm.packing import packed_bytes

L = keras.layers
# These move numbers, compare them, or do nothing in inference.
FREE = (
    L.InputLayer,
    L.Reshape,
    L.Flatten,
    L.Permute,
    L.Dropout,
    L.ReLU,
    L.MaxPooling1D,
    L.MaxPooling2D,
    L.GlobalMaxPooling1D,
    L.GlobalMaxPooling2D,
    L.ZeroPadding1D,
    L.ZeroPadding2D,
    L.Concatenate,
    L.Identity,
)


@dataclass(frozen=True)
class Row:
    """One layer.

    Attributes:
        name, kind: of the layer and its class.
        output_shape: without the batch.
        parameters: trained values, as they stand after `freeze`.
        nonzeros: offsets that carry a value, over all its patterns.
        pattern_bytes: what the patterns take beside them, five symbols to a byte.
        operations: of one inference, by plain sums; comparisons and activations are not
            counted. None where this library does not know the layer.
        dense_parameters: of a Dense layer from the same inputs to the same outputs.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    nonzeros: int
    pattern_bytes: int
    operations: Operations | None
    dense_parameters: int


def rows(model: keras.Model) -> list[Row]:
    """One row a layer that holds or computes something.

    Raises:
        InputError: the model is not built.
    """
    if not model.built:
        raise InputError("The model is not built: give it an Input, or call it")
    found = [_row(layer) for layer in model.layers if not isinstance(layer, L.InputLayer)]
    return [row for row in found if row.parameters or row.operations != Operations(0, 0)]


def operations(model: keras.Model) -> Operations | None:
    """Multiplications and additions of one inference; None if a layer is not known."""
    counts = [row.operations for row in rows(model)]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    return Operations(
        sum(count.multiplications for count in known), sum(count.additions for count in known)
    )


def _row(layer: keras.layers.Layer) -> Row:
    inputs, output = math.prod(layer.input.shape[1:]), tuple(layer.output.shape[1:])
    ours = isinstance(layer, TVSCM | TVSCMHeads)
    dense = 0
    if ours or isinstance(layer, SymmetricCirculant):
        dense = inputs * math.prod(output)
        if getattr(layer, "use_bias", False):
            dense += math.prod(output)
    elif isinstance(layer, L.Dense):
        dense = layer.count_params()
    return Row(
        layer.name,
        type(layer).__name__,
        output,
        _parameters(layer),
        _nonzeros(layer),
        _pattern_bytes(layer),
        _operations(layer, inputs, output),
        dense,
    )


def _parameters(layer: Any) -> int:
    if isinstance(layer, TVSCM | TVSCMHeads) and layer.learned is not None:
        values = 2 * layer.heads if isinstance(layer, TVSCMHeads) else 2
        return values + (0 if layer.bias is None else math.prod(layer.bias.shape))
    return sum(math.prod(weight.shape) for weight in layer.trainable_weights)


def _nonzeros(layer: Any) -> int:
    if isinstance(layer, TVSCM):
        return len(layer.pattern.a) + len(layer.pattern.b)
    return int((layer.bank.symbols > 0).sum()) if isinstance(layer, TVSCMHeads) else 0


def _pattern_bytes(layer: Any) -> int:
    if isinstance(layer, TVSCM):
        return packed_bytes(len(layer.pattern.symbols))
    return packed_bytes(layer.bank.symbols.size) if isinstance(layer, TVSCMHeads) else 0


def _operations(layer: Any, inputs: int, output: tuple[int, ...]) -> Operations | None:
    outputs = math.prod(output)
    if isinstance(layer, FREE):
        return Operations(0, 0)
    if isinstance(layer, L.Activation):
        return Operations(0, 0)
    if isinstance(layer, L.Dense):
        rest = outputs // output[-1]
        width = inputs // rest
        return Operations(width * outputs, (width if layer.use_bias else width - 1) * outputs)
    if isinstance(layer, TVSCM):
        vectors = inputs // layer.input.shape[-1]
        count = circulant.operations(layer.pattern)
        biases = outputs if layer.use_bias else 0
        return Operations(vectors * count.multiplications, vectors * count.additions + biases)
    if isinstance(layer, TVSCMHeads):
        n, shifts = output[0], layer.bank.shifts
        additions = (shifts.sum(axis=1) - 1).clip(0).sum() + (layer.heads if layer.use_bias else 0)
        return Operations(n * int((shifts > 0).sum()), n * int(additions))
    if isinstance(layer, SymmetricCirculant):
        n = output[-1]
        # The two inputs that share a value are added first.
        return Operations(outputs * (n // 2 + 1), outputs * (n - 1))
    if isinstance(layer, L.AveragePooling1D | L.AveragePooling2D):
        size = math.prod(layer.pool_size)
        return Operations(outputs, (size - 1) * outputs)
    return None


def table(model: keras.Model) -> str:
    """The rows as a Markdown table, with their sums and the compression."""
    heads = "layer|output|parameters|pattern bytes|multiplications|additions|dense parameters"
    lines = [f"| {' | '.join([*heads.split('|'), 'compression'])} |", "| --- |" + " ---: |" * 7]
    found = rows(model)
    for row in found:
        shape = " x ".join(map(str, row.output_shape))
        lines.append(_line([f"{row.name} ({row.kind})", shape], [row]))
    lines.append(_line([model.name, ""], found))
    return "\n".join(lines)


def _line(first: list[str], found: list[Row]) -> str:
    parameters = sum(row.parameters for row in found)
    dense = sum(row.dense_parameters for row in found)
    counts = [row.operations for row in found]
    known = [count for count in counts if count is not None]
    more = "" if len(known) == len(counts) else "at least " if known else "? "
    cells = [
        *first,
        f"{parameters:,}",
        f"{sum(row.pattern_bytes for row in found):,}",
        f"{more}{sum(count.multiplications for count in known):,}",
        f"{more}{sum(count.additions for count in known):,}",
        f"{dense:,}" if dense else "-",
        f"{dense / parameters:,.1f}x" if dense and parameters else "-",
    ]
    return f"| {' | '.join(cells)} |"
