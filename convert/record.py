"""What a conversion's record calls a model, and says of this library's layers in it."""

from typing import Any

import keras

from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv

from .lower.model import choose
from .lower.placements import placements


def layers(model: keras.Model) -> dict[str, Any]:
    """`patterns` of the TVSCM layers with their values, and `heads`, a summary of each layer."""
    patterns = [
        {"layer": layer.name, **layer.pattern.to_config()}
        | {"value_a": float(layer.a.numpy()), "value_b": float(layer.b.numpy())}
        for layer in model.layers
        if isinstance(layer, TVSCM)
    ]
    heads = [_heads(layer) for layer in model.layers if isinstance(layer, TVSCMConv)]
    return {"patterns": patterns, "heads": heads}


def title(model: keras.Model, lowerings: dict[str, str], record: dict[str, Any]) -> str:
    """The network, its patterns, and what was not done as by default."""
    usual = choose(placements(model))
    words = [
        model.name,
        *(layer.pattern.label for layer in model.layers if isinstance(layer, TVSCM)),
        *dict.fromkeys(one for name, one in lowerings.items() if one != usual[name]),
        *(["collapsed"] if record["collapsed"] else []),
        record["dtype"],
        *(["stripped"] if record["stripped"] else []),
        *(["for", record["target"]] if record["target"] != "litert" else []),
    ]
    return " ".join(words)


def _heads(layer: TVSCMConv) -> dict[str, Any]:
    heads, channels, offsets = layer.filter_patterns.symbols.shape
    return {
        "layer": layer.name,
        "heads": heads,
        "channels": channels,
        **layer.filter_patterns.neighbourhood.to_config(),
        "offsets": offsets,
        "nonzeros": int((layer.filter_patterns.symbols > 0).sum()),
    }
