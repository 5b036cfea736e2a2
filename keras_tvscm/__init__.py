"""A Keras layer that replaces a square Dense layer's n² weights by two scalars."""

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_tvscm.pattern import Pattern

__all__ = [
    "TVSCM",
    "BudgetSchedule",
    "Pattern",
    "TVSCMHeads",
    "compress",
    "distil",
    "fine_tune",
    "freeze",
    "quantization_aware",
]

# Importing this package registers the layers, so that Keras can load saved models. The command
# line alone puts that off: Keras takes seconds to import, and --help should not.
if TYPE_CHECKING or Path(sys.argv[0]).stem != "tvscm":
    from keras_tvscm.compressing import compress
    from keras_tvscm.distilling import distil, fine_tune
    from keras_tvscm.freezing import freeze
    from keras_tvscm.heads import TVSCMHeads
    from keras_tvscm.layer import TVSCM
    from keras_tvscm.learned import BudgetSchedule
    from keras_tvscm.quantization_aware_training import quantization_aware

MODULES = (
    *("layer", "heads", "freezing", "learned", "compressing", "distilling"),
    "quantization_aware_training",
)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    modules = (import_module(f"keras_tvscm.{module}") for module in MODULES)
    return next(getattr(module, name) for module in modules if hasattr(module, name))
