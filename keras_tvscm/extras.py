"""The packages that only parts of this library need, and what to install where one is missing."""

from importlib.util import find_spec

from keras_tvscm.errors import InputError

# The modules without which what an extra of pyproject.toml is for does not run.
MODULES = {
    "tensorflow": ("tensorflow",),
    "datasets": ("sklearn", "joblib", "matplotlib", "pooch", "requests", "tqdm", "wfdb"),
    "convert": ("tensorflow", "ai_edge_litert", "flatbuffers", "scipy"),
    "eval": ("matplotlib", "jinja2", "markupsafe"),
    "cortex-m": ("ziglang", "unicorn", "capstone", "elftools"),
    "wasm": ("ziglang",),
    "board": ("serial",),
    "android": ("adbutils",),
    "qat": ("tensorflow_model_optimization", "tf_keras"),
    "peers": ("emlearn",),
    "ray": ("ray",),
}


class MissingExtra(InputError, ImportError):
    """A package is not installed; the message says which, and what brings it."""


def need(extra: str, what: str) -> None:
    """See, without importing them, that the modules of an extra are installed.

    Args:
        extra: one of `MODULES`.
        what: needs them; the message begins with it.

    Raises:
        MissingExtra: one of them is not.
    """
    for module in MODULES[extra]:
        if find_spec(module) is None:
            raise MissingExtra(
                f"{what} needs {module}, which is not installed: pip install 'keras-tvscm[{extra}]'"
            )
