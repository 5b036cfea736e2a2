"""A Keras layer that replaces a square Dense layer's n² weights by two scalars."""

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_tvscm.patterns.pattern import Pattern

__all__ = [
    "TVSCM",
    "BudgetSchedule",
    "Pattern",
    "TVSCMConv",
    "compress",
    "distil",
    "fine_tune",
    "freeze",
    "quantization_aware",
]

# Importing this package registers the layers, so that Keras can load saved models. The command
# line alone puts that off: Keras takes seconds to import, and --help should not.
if TYPE_CHECKING or Path(sys.argv[0]).stem != "tvscm":
    from keras_tvscm.convert.quantization_aware.training import quantization_aware
    from keras_tvscm.layers.trained_pattern import BudgetSchedule
    from keras_tvscm.layers.tvscm import TVSCM
    from keras_tvscm.layers.tvscm_conv import TVSCMConv
    from keras_tvscm.models.compression import compress
    from keras_tvscm.models.freezing import freeze
    from keras_tvscm.training.distillation import distil, fine_tune

HOMES = {
    "TVSCM": "layers.tvscm",
    "BudgetSchedule": "layers.trained_pattern",
    "TVSCMConv": "layers.tvscm_conv",
    "compress": "models.compression",
    "distil": "training.distillation",
    "fine_tune": "training.distillation",
    "freeze": "models.freezing",
    "quantization_aware": "convert.quantization_aware.training",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"keras_tvscm.{HOMES[name]}"), name)
