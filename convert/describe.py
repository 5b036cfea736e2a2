"""What a record says of a conversion before there are bytes."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.machine import versions
from keras_tvscm.models.summary import operations

from .lower.model import choose
from .options import Options
from .prepared import Prepared
from .record import Calibration, Description
from .runtimes import tflite_runtime


def describe(prepared: Prepared, lowerings: Mapping[str, str], options: Options) -> Description:
    """The model that was trained, and how it is converted with these lowerings by layer."""
    trained, dataset = prepared.trained, prepared.dataset
    count = operations(prepared.bounded.model)
    calibration = Calibration(f"{dataset.name} train", len(prepared.calibration), options.seed)
    return Description(
        name=options.name or _title(prepared, lowerings, options),
        lowerings=dict(lowerings),
        dataset=dataset.name,
        network=trained.name,
        policy=prepared.policy,
        patterns=tuple(_pattern(layer) for layer in trained.layers if isinstance(layer, TVSCM)),
        filters=tuple(_filters(layer) for layer in trained.layers if isinstance(layer, TVSCMConv)),
        scaling=asdict(dataset.scaling),
        collapsed=tuple(layer.reason for layer in prepared.collapsed),
        doubt=prepared.doubt,
        linear=tuple(layer.reason for layer in prepared.linear),
        dtype=options.dtype,
        io_dtype=str(options.io_dtype),
        target=options.target,
        stripped=options.stripped,
        parameters=trained.count_params(),
        multiplications=None if count is None else count.multiplications,
        additions=None if count is None else count.additions,
        calibration=calibration if options.is_integer else None,
        versions=versions() | tflite_runtime.versions(),
    )


def _title(prepared: Prepared, lowerings: Mapping[str, str], options: Options) -> str:
    """The network, its patterns, and what was not done as by default."""
    usual = choose(prepared.placements)
    unusual = [name for layer, name in lowerings.items() if name != usual[layer]]
    words = [
        prepared.trained.name,
        *(layer.pattern.label for layer in prepared.trained.layers if isinstance(layer, TVSCM)),
        *([] if options.is_automatic else dict.fromkeys(unusual)),
        *(["collapsed"] if prepared.collapsed else []),
        options.dtype,
        *(["stripped"] if options.stripped else []),
        *(["for", options.target] if options.target != "litert" else []),
    ]
    return " ".join(words)


def _pattern(layer: TVSCM) -> dict[str, Any]:
    return {
        "layer": layer.name,
        **layer.pattern.to_config(),
        "value_a": float(layer.a.numpy()),
        "value_b": float(layer.b.numpy()),
    }


def _filters(layer: TVSCMConv) -> dict[str, Any]:
    filters, channels, offsets = layer.filter_patterns.symbols.shape
    return {
        "layer": layer.name,
        "filters": filters,
        "channels": channels,
        **layer.filter_patterns.neighbourhood.to_config(),
        "offsets": offsets,
        "nonzeros": int((layer.filter_patterns.symbols > 0).sum()),
    }
