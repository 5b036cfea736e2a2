"""A float Fourier transform on TFLite-Micro: its custom operators SignalRfft and SignalIrfft.

No other runtime has them, and TensorFlow's converter does not know them. So the model is
converted to int8 with the lowering `dense`, which gives every tensor its range, and each
matrix in the file is replaced:

    FULLY_CONNECTED  ->  DEQUANTIZE, SignalRfft, MUL by the eigenvalues, SignalIrfft, QUANTIZE

A ReLU that was fused with the matrix needs no operator: its output's range begins at zero,
where QUANTIZE clips. The transforms are of even length, and end the process at length 2 and
at those with factors other than 2, 3 and 5. Where the width is not such a length, the input
is extended circularly by the pattern's reach, and then with zeros, which SignalRfft appends
itself.

Source: signal/micro/kernels/rfft.cc and irfft.cc of TFLite-Micro.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers
from numpy.typing import NDArray

from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.pattern import Pattern

from ..lower.lowered import Unsupported
from .compact import compact
from .flatbuffer import write

Floats = NDArray[np.float64]

OPERATORS = schema.BuiltinOperator
TYPES = schema.TensorType
ACTIVATIONS = schema.ActivationFunctionType


def with_signal_operators(content: bytes, layers: Iterable[tuple[Pattern, float, float]]) -> bytes:
    """An int8 model whose matrices W are replaced by transforms.

    Args:
        content: an int8 `.tflite` model by the lowering `dense`.
        layers: the pattern and the two values of each of the model's TVSCM layers.

    Raises:
        Unsupported: a layer whose matrix the model does not hold, or holds with a bias or with
            another activation than ReLU.
    """
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    for pattern, a, b in layers:
        row = circulant.first_row(pattern, a, b)
        writer = _Writer(model)
        for operator in model.subgraphs[0].operators:
            if writer.is_matrix(operator, row):
                writer.replace(operator, row)
            else:
                writer.operators.append(operator)
        if len(writer.operators) == len(model.subgraphs[0].operators):
            raise Unsupported("the int8 model has no FULLY_CONNECTED with the layer's matrix")
        model.subgraphs[0].operators = writer.operators
    return compact(write(model))


class _Writer:
    """The operators of a new graph that shares the old one's tensors."""

    def __init__(self, model: schema.ModelT) -> None:
        self.model, self.tensors = model, model.subgraphs[0].tensors
        self.operators: list[schema.OperatorT] = []

    def is_matrix(self, operator: schema.OperatorT, row: Floats) -> bool:
        """Whether it is the product with the matrix of that first row, to half a step."""
        if self.model.operatorCodes[operator.opcodeIndex].builtinCode != OPERATORS.FULLY_CONNECTED:
            return False
        weights = self.tensors[operator.inputs[1]]
        data = self.model.buffers[weights.buffer].data
        if data is None or weights.type != TYPES.INT8 or list(weights.shape) != [row.size] * 2:
            return False
        stored = np.frombuffer(bytes(data), np.int8).reshape(row.size, row.size)
        scale = np.asarray(weights.quantization.scale, np.float64)[:, None]
        error = np.abs(stored * scale - circulant.matrix(row))
        return bool(np.all(error <= 0.501 * scale))

    def replace(self, operator: schema.OperatorT, row: Floats) -> None:
        inputs, output = list(operator.inputs), operator.outputs[0]
        activation = operator.builtinOptions.fusedActivationFunction
        zero = self.tensors[output].quantization.zeroPoint[0]
        if inputs[2:] not in ([], [-1]):
            raise Unsupported("the matrix has a bias, which the transforms have no place for")
        if activation not in (ACTIVATIONS.NONE, ACTIVATIONS.RELU):
            raise Unsupported("of activations only ReLU can follow the transforms")
        if activation == ACTIVATIONS.RELU and zero != -128:
            raise Unsupported("the layer's ReLU fires on no calibration row")

        n, source = row.size, inputs[0]
        reach = int(np.flatnonzero(row[: n // 2 + 1]).max(initial=0))
        ends = 0 if _is_length(n) else reach
        width = n + 2 * ends
        length = next(size for size in range(width, 4 * width + 4) if _is_length(size))
        factors = np.repeat(circulant.eigenvalues(_longer(row, reach, length)), 2)

        # The tensor of the weights becomes that of the factors, so that none is left over.
        weights = self.tensors[inputs[1]]
        weights.shape, weights.type, weights.quantization = [1, length + 2], TYPES.FLOAT32, None
        weights.buffer = self._buffer(factors.astype(np.float32))

        if ends:
            stored = self.tensors[source]
            parts = [self._slice(source, n - ends, ends), source, self._slice(source, 0, ends)]
            source = self._tensor(width, stored.type, stored.quantization)
            together = schema.ConcatenationOptionsT()
            together.axis = 1
            self._operator("CONCATENATION", parts, source, together)
        samples, spectrum, product, result = (
            self._tensor(size, TYPES.FLOAT32) for size in (width, length + 2, length + 2, length)
        )
        self._operator("DEQUANTIZE", [source], samples)
        self._transform(b"SignalRfft", samples, spectrum, length)
        self._operator("MUL", [spectrum, inputs[1]], product, schema.MulOptionsT())
        self._transform(b"SignalIrfft", product, result, length)
        if length != n:
            result = self._slice(result, ends, n)
        self._operator("QUANTIZE", [result], output)

    def _buffer(self, data: NDArray[Any]) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(data.tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        return len(self.model.buffers) - 1

    def _tensor(self, size: int, kind: int, quantization: Any = None) -> int:
        tensor = schema.TensorT()
        tensor.shape, tensor.type, tensor.quantization = [1, size], kind, quantization
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def _slice(self, source: int, start: int, size: int) -> int:
        result = self._tensor(size, self.tensors[source].type, self.tensors[source].quantization)
        bounds = []
        for numbers in ([0, start], [1, size]):
            bounds.append(self._tensor(0, TYPES.INT32))
            self.tensors[-1].shape = [2]
            self.tensors[-1].buffer = self._buffer(np.array(numbers, np.int32))
        self._operator("SLICE", [source, *bounds], result, schema.SliceOptionsT())
        return result

    def _operator(self, name: str, inputs: list[int], output: int, options: Any = None) -> None:
        operator = schema.OperatorT()
        operator.opcodeIndex = self._code(getattr(OPERATORS, name), None)
        operator.inputs, operator.outputs = inputs, [output]
        if options is not None:
            kind = type(options).__name__.removesuffix("T")
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
            operator.builtinOptions = options
        self.operators.append(operator)

    def _transform(self, name: bytes, source: int, target: int, length: int) -> None:
        options = flexbuffers.Builder()
        with options.Map():
            # The kernels read the length by its place, after the type.
            options.Key("T")
            options.Int(TYPES.FLOAT32)
            options.Key("fft_length")
            options.Int(length)
        operator = schema.OperatorT()
        operator.opcodeIndex = self._code(OPERATORS.CUSTOM, name)
        operator.inputs, operator.outputs = [source], [target]
        operator.customOptions = np.frombuffer(bytes(options.Finish()), np.uint8)
        self.operators.append(operator)

    def _code(self, builtin: int, custom: bytes | None) -> int:
        codes = self.model.operatorCodes
        for index, code in enumerate(codes):
            if (code.builtinCode, code.customCode) == (builtin, custom):
                return index
        code = schema.OperatorCodeT()
        code.builtinCode, code.customCode, code.version = builtin, custom, 1
        code.deprecatedBuiltinCode = min(builtin, 127)  # where older readers look
        codes.append(code)
        return len(codes) - 1


def _is_length(size: int) -> bool:
    """Whether the transforms take it: even, more than 2, and of factors 2, 3 and 5."""
    rest = size
    for factor in (2, 3, 5):
        while rest % factor == 0:
            rest //= factor
    return rest == 1 and size % 2 == 0 and size > 2


def _longer(row: Floats, reach: int, length: int) -> Floats:
    """The first row of a matrix of another width, for inputs extended by the reach."""
    if length == row.size:
        return row
    longer = np.zeros(length)
    longer[: reach + 1] = row[: reach + 1]
    if 2 * reach == row.size:
        longer[reach] /= 2  # one shift at the old width, two at the new
    longer[1:] += longer[:0:-1].copy()
    return longer
