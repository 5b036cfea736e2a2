"""The layers are registered with Keras in every program that imports both, in either order.

Little is imported here: this is part of the start of every command.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

TYPE_CHECKING = False  # typing itself takes longer than all of this
if TYPE_CHECKING:
    from importlib.abc import Loader

LAYERS = "keras_tvscm.layers"


def register() -> None:
    """Import the layers, which registers them: now if Keras is loaded, else when it is.

    Keras takes seconds to import, which `tvscm --help` and a program that works on patterns
    alone should not spend.
    """
    if "keras" in sys.modules:
        import_module(LAYERS)
    else:
        sys.meta_path.insert(0, _AtKeras())


class _AtKeras:
    """A finder that finds Keras where the others do, and gives it a loader that goes on."""

    searching = False

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "keras" or self.searching:
            return None
        from importlib.util import find_spec

        self.searching = True
        try:
            spec = find_spec(name)
        finally:
            self.searching = False
        if spec is not None and spec.loader is not None:
            # Not a `Loader` by its class: see there.
            spec.loader = _ThenLayers(spec.loader)  # type: ignore[assignment]
        return spec


class _ThenLayers:
    """Loads Keras as its own loader does, and then the layers.

    A `Loader` in all but name: importlib.abc imports too much for the start of a command.
    """

    def __init__(self, loader: "Loader") -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # Keras is to look as it does without us.
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        import_module(LAYERS)
