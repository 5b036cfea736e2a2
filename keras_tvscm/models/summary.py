"""What each layer of a model holds and computes, beside the dense layer in its place."""

import math
from dataclasses import dataclass
from typing import Any

import keras
from rich import box
from rich.table import Table
from rich.text import Text

from keras_tvscm.layers.symmetric_circulant import SymmetricCirculant
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.circulant import Operations
from keras_tvscm.patterns.packing import packed_bytes

from .cloning import flattened
from .freezing import trained_pattern_layers
from .graph import nodes_of

L = keras.layers
# These move numbers, compare them, or do nothing in inference.
FREE = (
    L.InputLayer,
    L.Reshape,
    L.Flatten,
    L.Permute,
    L.Dropout,
    L.ReLU,
    L.LeakyReLU,
    L.ELU,
    L.Softmax,
    L.Activation,
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
        output_shape: without the batch; None where the input's length is not fixed.
        parameters: trained values, as they stand after `freeze`.
        nonzeros: offsets that carry a value, over all its patterns.
        pattern_bytes: what the patterns take beside them, five symbols to a byte.
        operations: of one inference, by plain sums; comparisons and activations are not
            counted. None where this library does not know the layer, or the input's length is
            not fixed.
        dense_parameters: of a Dense layer in the place of one of ours; others keep theirs.
    """

    name: str
    kind: str
    output_shape: tuple[int | None, ...]
    parameters: int
    nonzeros: int
    pattern_bytes: int
    operations: Operations | None
    dense_parameters: int


def rows(model: keras.Model) -> list[Row]:
    """One row a layer that holds or computes something; of inner models, each of their layers.

    Raises:
        InputError: the model is not built, or has no static graph; or it holds models, and a
            layer of theirs cannot be copied.
    """
    model = flattened(model)
    calls: dict[int, list[Any]] = {id(layer): [] for layer in model.layers}
    for node in nodes_of(model):
        calls.setdefault(id(node.operation), []).append(node)
    every = [_row(layer, calls[id(layer)]) for layer in model.layers]
    return [row for row in every if row.parameters or row.operations != Operations(0, 0)]


def operations(model: keras.Model) -> Operations | None:
    """Multiplications and additions of one inference; None if a layer is not known."""
    counts = [row.operations for row in rows(model)]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    return Operations(
        sum(count.multiplications for count in known), sum(count.additions for count in known)
    )


def _row(layer: keras.layers.Layer, calls: list[Any]) -> Row:
    """`calls` are the layer's nodes in the graph: a shared layer has several."""
    sources = [tensor.shape for tensor in calls[0].input_tensors] or [calls[0].outputs[0].shape]
    output = tuple(calls[0].outputs[0].shape[1:])
    parameters = _parameters(layer)
    width = sources[0][-1]
    dense_parameters, count = parameters, None
    if isinstance(layer, FREE):
        count = Operations(0, 0)
    elif None not in (*output, *(size for source in sources for size in source[1:])):
        inputs = sum(math.prod(source[1:]) for source in sources)
        count = _operations(layer, inputs, width, output)
        dense_parameters = _dense_parameters(layer, inputs, width, output) or parameters
    if count is not None:
        count = Operations(len(calls) * count.multiplications, len(calls) * count.additions)
    return Row(
        layer.name,
        type(layer).__name__,
        output,
        parameters,
        _nonzeros(layer),
        _pattern_bytes(layer),
        count,
        dense_parameters,
    )


def _dense_parameters(layer: Any, inputs: int, width: int, output: tuple[int, ...]) -> int:
    """`inputs` are all numbers that the layer reads, `width` those along their last axis."""
    if isinstance(layer, TVSCMConv):
        return (inputs + layer.use_bias) * math.prod(output)
    if isinstance(layer, TVSCM | SymmetricCirculant):
        # Both work on the last axis, as Dense does.
        return (width + getattr(layer, "use_bias", False)) * output[-1]
    return 0


def _parameters(layer: Any) -> int:
    if isinstance(layer, TVSCM | TVSCMConv) and layer.trained_pattern is not None:
        values = 2 * layer.filters if isinstance(layer, TVSCMConv) else 2
        return values + (0 if layer.bias is None else math.prod(layer.bias.shape))
    return sum(math.prod(weight.shape) for weight in layer.trainable_weights)


def _nonzeros(layer: Any) -> int:
    if isinstance(layer, TVSCM):
        return len(layer.pattern.a) + len(layer.pattern.b)
    return int((layer.filter_patterns.symbols > 0).sum()) if isinstance(layer, TVSCMConv) else 0


def _pattern_bytes(layer: Any) -> int:
    if isinstance(layer, TVSCM):
        return packed_bytes(len(layer.pattern.symbols))
    return packed_bytes(layer.filter_patterns.symbols.size) if isinstance(layer, TVSCMConv) else 0


def _operations(layer: Any, inputs: int, width: int, output: tuple[int, ...]) -> Operations | None:
    outputs = math.prod(output)
    if isinstance(layer, L.BatchNormalization):
        # In inference its four vectors are one factor and one term.
        return Operations(outputs, outputs)
    if isinstance(layer, L.Dense):
        return Operations(width * outputs, (width if layer.use_bias else width - 1) * outputs)
    convolution = isinstance(layer, L.Conv1D | L.Conv2D)
    depthwise = isinstance(layer, L.DepthwiseConv1D | L.DepthwiseConv2D)
    if (convolution or depthwise) and layer.data_format == "channels_last":
        # Those that meet the padding are counted too.
        channels = width // layer.groups if convolution else 1
        taps = math.prod(layer.kernel_size) * channels
        return Operations(taps * outputs, (taps if layer.use_bias else taps - 1) * outputs)
    if isinstance(layer, TVSCM):
        vectors = inputs // width
        count = circulant.operations(layer.pattern)
        biases = outputs if layer.use_bias else 0
        return Operations(vectors * count.multiplications, vectors * count.additions + biases)
    if isinstance(layer, TVSCMConv):
        n, shifts = output[0], layer.filter_patterns.shifts
        additions = (shifts.sum(axis=1) - 1).clip(0).sum() + (
            layer.filters if layer.use_bias else 0
        )
        return Operations(n * int((shifts > 0).sum()), n * int(additions))
    if isinstance(layer, SymmetricCirculant):
        n = output[-1]
        # The two inputs that share a value are added first.
        return Operations(outputs * (n // 2 + 1), outputs * (n - 1))
    if isinstance(layer, L.AveragePooling1D | L.AveragePooling2D):
        size = math.prod(layer.pool_size)
        return Operations(outputs, (size - 1) * outputs)
    return None


def table(model: keras.Model) -> Table:
    """The rows and their sums, to be printed with rich."""
    each = rows(model)
    # Narrow enough for a terminal of 80 columns.
    shown = Table(box=box.SIMPLE_HEAD, show_footer=True, show_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("layer", "total", min_width=14, overflow="fold")
    shown.add_column("output", justify="right", no_wrap=True)
    for heading, total in zip(HEADINGS, _figures(each), strict=True):
        shown.add_column(heading, total, justify="right", no_wrap=True)
    for row in each:
        shape = "x".join("?" if size is None else str(size) for size in row.output_shape)
        # Not markup: a layer may bear any name.
        shown.add_row(Text(_label(row)), shape, *_figures([row]))
    return shown


def _label(row: Row) -> str:
    """The name, and the kind where Keras' own name does not say it already."""
    said = row.name.rstrip("_0123456789").replace("_", "") == row.kind.lower()
    return row.name if said else f"{row.name} ({row.kind})"


OPERATIONS = ("multipli-\ncations", "additions")
HEADINGS = ("parameters", "as Dense", "pattern\nbytes", *OPERATIONS)


def _figures(each: list[Row]) -> list[str]:
    parameters = sum(row.parameters for row in each)
    dense = sum(row.dense_parameters for row in each)
    pattern_bytes = sum(row.pattern_bytes for row in each)
    known = [row.operations for row in each if row.operations is not None]
    # A layer of unknown cost makes every sum a lower bound.
    some = "" if len(known) == len(each) else ">= " if known else "?"
    return [
        f"{parameters:,}",
        f"{dense:,}",
        f"{pattern_bytes:,}" if pattern_bytes else "",
        f"{some}{sum(count.multiplications for count in known):,}" if known else some,
        f"{some}{sum(count.additions for count in known):,}" if known else some,
    ]


def notes(model: keras.Model) -> list[str]:
    """What to know beside the table, a sentence each."""
    each = rows(model)
    parameters = sum(row.parameters for row in each)
    pattern_bytes = sum(row.pattern_bytes for row in each)
    patterns = f", the patterns {pattern_bytes:,} bytes" if pattern_bytes else ""
    said = [f"The parameters take {4 * parameters:,} bytes as float32{patterns}."]
    dense = sum(row.dense_parameters for row in each)
    if dense > parameters > 0:
        said.append(
            f"With dense layers in their place: {dense:,} parameters, "
            f"{dense / parameters:,.1f} times as many."
        )
    if any(row.nonzeros for row in each):
        said.append(
            "Operations are those of plain sums over a pattern's offsets; the operators that "
            "convert takes may come to others, which tvscm inspect counts."
        )
    unknown = [row.name for row in each if row.operations is None]
    if unknown and any(None in tensor.shape[1:] for tensor in model.inputs):
        said.append(
            f"The input's length is not fixed, so the operations of {', '.join(unknown)} are not "
            "counted."
        )
    elif unknown:
        said.append(f"The operations of {', '.join(unknown)} are not known, so not counted.")
    trained = trained_pattern_layers(model)
    if trained:
        weights = sum(
            math.prod(weight.shape) for layer in trained for weight in layer.trainable_weights
        )
        said.append(
            f"Not frozen yet: {', '.join(layer.name for layer in trained)}. The patterns are "
            f"still learned, with {weights:,} weights in these layers; the table counts what "
            "keras_tvscm.freeze(model) leaves of them."
        )
    return said
