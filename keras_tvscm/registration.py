"""The layers are registered with Keras in every program that imports both, in either order."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

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


class _AtKeras(MetaPathFinder):
    """Finds Keras where the other finders do, and gives it a loader that goes on."""

    searching = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "keras" or self.searching:
            return None
        self.searching = True
        try:
            spec = find_spec(name)
        finally:
            self.searching = False
        if spec is not None and spec.loader is not None:
            spec.loader = _ThenLayers(spec.loader)
        return spec


class _ThenLayers(Loader):
    def __init__(self, loader: Loader) -> None:
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
