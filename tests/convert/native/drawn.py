"""Int8 networks drawn from a seed, as `.tflite` bytes that no converter has made.

Filters over signals and images that go round, of all kinds of patterns, pooling, widths and ranges,
rows of weights, and what no vector kernel takes: three values a filter, other zero points, other
strides.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from keras_tvscm.convert.tflite.flatbuffer import write

OPTIONS = {
    "RESHAPE": (schema.BuiltinOptions.ReshapeOptions, schema.ReshapeOptionsT),
    "GATHER": (schema.BuiltinOptions.GatherOptions, schema.GatherOptionsT),
    "CONV_2D": (schema.BuiltinOptions.Conv2DOptions, schema.Conv2DOptionsT),
    "MAX_POOL_2D": (schema.BuiltinOptions.Pool2DOptions, schema.Pool2DOptionsT),
    "AVERAGE_POOL_2D": (schema.BuiltinOptions.Pool2DOptions, schema.Pool2DOptionsT),
    "FULLY_CONNECTED": (
        schema.BuiltinOptions.FullyConnectedOptions,
        schema.FullyConnectedOptionsT,
    ),
}
SAME, VALID = schema.Padding.SAME, schema.Padding.VALID


@dataclass
class Writer:
    """A model in the making; tensors are their numbers."""

    tensors: list[Any] = field(default_factory=list)
    buffers: list[Any] = field(default_factory=lambda: [schema.BufferT()])
    codes: list[Any] = field(default_factory=list)
    operators: list[Any] = field(default_factory=list)

    def tensor(self, shape, scales=None, zero_point=0, data=None, axis=0) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = f"t{len(self.tensors)}", list(shape), 0
        is_index = data is not None and data.dtype == np.int32
        tensor.type = schema.TensorType.INT32 if is_index else schema.TensorType.INT8
        if scales is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = [float(scale) for scale in np.atleast_1d(scales)]
            tensor.quantization.zeroPoint = [zero_point] * len(tensor.quantization.scale)
            tensor.quantization.quantizedDimension = axis
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            self.buffers.append(buffer)
            tensor.buffer = len(self.buffers) - 1
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def operator(self, name, inputs, output, **options) -> int:
        number = getattr(schema.BuiltinOperator, name)
        known = [code.builtinCode for code in self.codes]
        if number not in known:
            code = schema.OperatorCodeT()
            code.builtinCode = code.deprecatedBuiltinCode = number
            code.version = 1
            self.codes.append(code)
            known.append(number)
        operator = schema.OperatorT()
        operator.opcodeIndex = known.index(number)
        operator.inputs, operator.outputs = inputs, [output]
        operator.builtinOptionsType, kind = OPTIONS[name]
        operator.builtinOptions = kind()
        for key, value in options.items():
            setattr(operator.builtinOptions, key, value)
        self.operators.append(operator)
        return output

    def content(self, source: int, target: int) -> bytes:
        graph, model = schema.SubGraphT(), schema.ModelT()
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs = [source], [target]
        model.version, model.operatorCodes, model.subgraphs = 3, self.codes, [graph]
        model.buffers = self.buffers
        return write(model)


@dataclass
class Draw:
    """A network, drawn layer by layer."""

    rng: np.random.Generator
    writer: Writer = field(default_factory=Writer)
    scale: float = 0.01
    zero: int = -128

    def one_of(self, *options):
        return options[self.rng.integers(len(options))]

    def like(self, shape) -> int:
        """A tensor with the scale of what was computed last."""
        return self.writer.tensor(shape, self.scale, self.zero)

    def reshape(self, x: int, shape) -> int:
        new = self.writer.tensor([len(shape)], data=np.array(shape, np.int32))
        return self.writer.operator("RESHAPE", [x, new], self.like(shape), newShape=list(shape))

    def pattern(self, span: int, depth: int, filters: int) -> np.ndarray:
        """Weights of filters, int8 (filters, depth, span), of two values each, or of three."""
        values = self.rng.integers(-127, 128, (filters, self.one_of(2, 2, 2, 2, 3) + 1))
        values[:, 0] = 0
        density = self.one_of(0.1, 0.3, 0.8)
        which = self.rng.integers(1, values.shape[1], (filters, depth, span))
        which *= self.rng.random(which.shape) < density
        if self.rng.random() < 0.6:
            which = np.maximum(which, 0)
            middle = span // 2
            which[:, :, :middle] = which[:, :, : span - middle - 1 : -1]
        return values[np.arange(filters)[:, None, None], which].astype(np.int8)

    def filters(self, x: int, n: int, depth: int) -> tuple[int, int]:
        """Filters over planes that go round, by a GATHER and a convolution: (tensor, filters)."""
        count = self.one_of(1, 2, 3, 5, 9)
        span = min(self.one_of(1, 2, 3, 5, 9, 15, n), n)
        first = int(self.rng.integers(n))
        weights = self.pattern(span, depth, count)
        places = (first + np.arange(n + span - 1)) % n
        index = self.writer.tensor([len(places)], data=places.astype(np.int32))
        wide = self.like([1, 1, len(places), depth])
        x = self.reshape(x, [1, 1, n, depth])
        x = self.writer.operator("GATHER", [x, index], wide, axis=2)
        kernel = np.moveaxis(weights, 1, 2)[:, None]
        y = self.product("CONV_2D", x, kernel, [1, 1, n, count])
        return y, count

    def product(self, name: str, x: int, weights: np.ndarray, shape) -> int:
        """A product, with a range of outputs that fits, or is too narrow or too wide."""
        rows = len(weights)
        scales = self.rng.uniform(0.002, 0.02, rows if name == "CONV_2D" else 1)
        given = self.scale
        sizes = np.abs(weights.reshape(rows, -1).astype(int)).sum(1)
        relu = self.rng.random() < 0.85
        largest = float((sizes * scales).max() or 1) * given
        self.scale = largest * self.one_of(0.1, 0.5, 1.0, 3.0)
        self.zero = -128 if relu or self.rng.random() < 0.5 else int(self.rng.integers(-128, 128))
        w = self.writer.tensor(weights.shape, scales, data=weights)
        most = self.one_of(0, 40) * np.maximum(sizes, 1)
        bias = self.rng.integers(-most, most + 1).astype(np.int32)
        b = self.writer.tensor([rows], scales * given, data=bias)
        activation = schema.ActivationFunctionType.RELU if relu else 0
        options = {"fusedActivationFunction": activation}
        if name == "CONV_2D":
            options |= {"padding": VALID, "strideH": 1, "strideW": 1}
            options |= {"dilationHFactor": 1, "dilationWFactor": 1}
        return self.writer.operator(name, [x, w, b], self.like(shape), **options)

    def pool(self, name: str, x: int, rows: int, columns: int, depth: int) -> tuple[int, int, int]:
        """(tensor, rows, columns)."""
        high = 1 if rows == 1 else min(self.one_of(1, 2, 2, 3, 5), rows)
        wide = min(self.one_of(2, 2, 3, 4, 5), columns)
        step = high, wide
        if self.rng.random() < 0.15:
            step = max(1, high - 1), max(1, wide - 1)
        padding = self.one_of(SAME, VALID)
        sizes = [
            -(-size // stride) if padding == SAME else (size - window) // stride + 1
            for size, window, stride in zip((rows, columns), (high, wide), step, strict=True)
        ]
        x = self.reshape(x, [1, rows, columns, depth])
        options = {"padding": padding, "filterHeight": high, "filterWidth": wide}
        options |= {"strideH": step[0], "strideW": step[1]}
        y = self.writer.operator(name, [x], self.like([1, *sizes, depth]), **options)
        return y, *sizes

    def network(self) -> bytes:
        rows = self.one_of(1, 1, 4, 5, 9, 14)
        columns = int(self.rng.integers(4, 60) if rows == 1 else self.rng.integers(4, 17))
        depth, source = 1, self.like([1, rows * columns])
        x = source
        if self.rng.random() < 0.3:
            x, rows, columns = self.pool("AVERAGE_POOL_2D", x, rows, columns, depth)
        for _ in range(self.rng.integers(0, 3)):
            x, depth = self.filters(x, rows * columns, depth)
            if rows * columns > 1 and self.rng.random() < 0.75:
                x, rows, columns = self.pool("MAX_POOL_2D", x, rows, columns, depth)
        size = rows * columns * depth
        x = self.reshape(x, [1, size])
        if self.rng.random() < 0.3 and 1 < size <= 150:
            # A circulant matrix whose weights are all at a distance from zero.
            first = self.pattern(size, 1, 1)[0, 0].astype(int) + self.one_of(0, 1, -3)
            matrix = np.stack([np.roll(first, i) for i in range(size)]).clip(-127, 127)
            x = self.product("FULLY_CONNECTED", x, matrix.astype(np.int8), [1, size])
        for width in [*self.one_of((), (17,)), int(self.rng.integers(1, 12))]:
            least = self.one_of(-127, -127, -127, -128)
            weights = self.rng.integers(least, 128, (width, size)).astype(np.int8)
            x = self.product("FULLY_CONNECTED", x, weights, [1, width])
            size = width
        return self.writer.content(source, x)


def drawn(seed: int) -> bytes:
    """The network of a seed."""
    return Draw(np.random.default_rng(seed)).network()
