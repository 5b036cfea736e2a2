"""A Keras layer that replaces a square Dense layer's n² weights by two scalars.

Importing this package registers the layers, so that Keras can load saved models.
"""

from importlib import import_module

from keras_tvscm.registration import register

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

# What type checkers look for; typing itself would double what this import takes.
TYPE_CHECKING = False
if TYPE_CHECKING:
    __version__: str

    from keras_tvscm.convert.quantization_aware import quantization_aware
    from keras_tvscm.layers.budget_schedule import BudgetSchedule
    from keras_tvscm.layers.tvscm import TVSCM
    from keras_tvscm.layers.tvscm_conv import TVSCMConv
    from keras_tvscm.models.compression import compress
    from keras_tvscm.models.freezing import freeze
    from keras_tvscm.patterns.pattern import Pattern
    from keras_tvscm.training.distillation import distil, fine_tune

# Where each name is defined; imported when it is asked for.
HOMES = {
    "TVSCM": "layers.tvscm",
    "BudgetSchedule": "layers.budget_schedule",
    "Pattern": "patterns.pattern",
    "TVSCMConv": "layers.tvscm_conv",
    # What TVSCMConv was called before 0.2.
    "TVSCMHeads": "layers.tvscm_conv",
    "compress": "models.compression",
    "distil": "training.distillation",
    "fine_tune": "training.distillation",
    "freeze": "models.freezing",
    "quantization_aware": "convert.quantization_aware",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        # pyproject.toml says it, and the installation repeats it.
        from importlib.metadata import version

        return version("keras-tvscm")
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"keras_tvscm.{HOMES[name]}"), name)


register()
