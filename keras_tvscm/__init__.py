"""A Keras layer that replaces a square Dense layer's n² weights by two scalars."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_tvscm.pattern import Pattern

__all__ = ["TVSCM", "Pattern"]

# Importing this package registers TVSCM, so that Keras can load saved models. The command
# line alone puts that off: Keras takes seconds to import, and --help should not.
if TYPE_CHECKING or Path(sys.argv[0]).stem != "tvscm":
    from keras_tvscm.layer import TVSCM


def __getattr__(name: str) -> Any:
    if name != "TVSCM":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from keras_tvscm.layer import TVSCM

    return TVSCM
