"""The bytes of a model lowered in one way, and the C that computes them: each made once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.layers.tvscm import TVSCM

from . import c_source, native
from .about import about
from .c_source import CSource
from .describe import describe
from .lower.model import lower_placed
from .options import Options
from .prepared import Prepared
from .record import Description
from .tflite.compact import strip
from .tflite.metadata import with_metadata
from .tflite.quantize import to_float32, to_int8, to_int8x4, to_int16x8
from .tflite.signal import with_signal_operators
from .wasm.exhibit import Exhibit

# What writes C, by target.
GENERATORS = {
    "c": c_source.generate,
    "native": native.generate,
    "wasm": native.generate,
    "web": native.generate,
}
QUANTISED = {"int8": to_int8, "int8x4": to_int8x4, "int16x8": to_int16x8}


@dataclass(frozen=True)
class Built:
    """A converted model that has not been verified yet.

    Attributes:
        description: what it was made of, and how.
        as_float: `.tflite` bytes of the lowered model in float32.
        content: those to be written.
        source: for the targets in `GENERATORS`, the C that computes `content`; else None.
        exhibit: for the target `"web"`, what the page shows; else None.

    Examples:

        >>> built.description.network == model.name, built.source is None
        (True, True)
    """

    description: Description
    as_float: bytes
    content: bytes
    source: CSource | None
    exhibit: Exhibit | None = None


def build(prepared: Prepared, lowerings: Mapping[str, str], options: Options) -> Built:
    """Lower and quantise a model, and write C of it where that is the target.

    Args:
        prepared: the model and its data.
        lowerings: by layer, one for each of `prepared.placements`.
        options: of these `dtype`, `io_dtype`, `stripped`, `target`, `beside`, `name` and `stem`.

    Raises:
        InputError: the model cannot be expressed in that way (a lowering's `Unsupported`), or the
            network beside does not fit it.
        CheckError: a layer that gives nothing but zero on every calibration row.

    Examples:

        >>> from keras_tvscm.convert import build
        >>> built = build(prepared, plan.lowerings, options)
        >>> built.content[4:8]
        b'TFL3'
    """
    description = describe(prepared, lowerings, options)
    as_float = float_bytes(prepared, lowerings)
    content = as_float
    if options.is_integer:
        content = quantised_bytes(prepared, lowerings, options, prepared.calibration)
    if options.stripped:
        content = strip(content)
    if options.target == "android":
        content = with_metadata(content, prepared.dataset, description.to_json())
    source = None
    if options.target in GENERATORS:
        source = GENERATORS[options.target](content, options.stem, about(description, content))
    exhibit = None
    if options.target == "web":
        task = prepared.held_out.task
        exhibit = Exhibit.of(prepared.dataset, task, content, options.beside)
    return Built(description, as_float, content, source, exhibit)


def float_bytes(prepared: Prepared, lowerings: Mapping[str, str]) -> bytes:
    """The lowered model as `.tflite` in float32."""
    return to_float32(lower_placed(prepared.bounded.model, prepared.placements, lowerings))


def quantised_bytes(
    prepared: Prepared,
    lowerings: Mapping[str, str],
    options: Options,
    calibration: NDArray[np.float32],
) -> bytes:
    """The lowered model as `.tflite` in integers, with the ranges of these rows."""
    lowered = lower_placed(prepared.bounded.model, prepared.placements, lowerings)
    one_scale = options.target == "android"
    quantise = QUANTISED[options.dtype]
    content = quantise(lowered, calibration, str(options.io_dtype), one_scale)
    layers = [
        (layer.pattern, float(layer.a.numpy()), float(layer.b.numpy()))
        for layer in (placement.layer for placement in prepared.placements)
        if isinstance(layer, TVSCM) and lowerings[layer.name] == "signal"
    ]
    return with_signal_operators(content, layers) if layers else content
