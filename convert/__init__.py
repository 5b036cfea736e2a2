"""From a trained Keras model to a TFLite model, or C, that was verified to agree with it.

`convert` does all of it; each step can be taken alone:

    options = Options(dtype="int8")
    prepared = prepare(model, dataset, options)
    for plan in plans(prepared, options):
        built = build(prepared, plan.lowerings, options)
        evidence = verify_built(prepared, built, options)
        explanation = explain(prepared, plan.lowerings, options)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from keras_tvscm.extras import need

if TYPE_CHECKING:
    from .built import Built, build
    from .conversion import Conversion, convert
    from .explanation import explain
    from .options import Options
    from .plan import Plan, plans
    from .prepared import Prepared, prepare
    from .record import Record, read_record
    from .verification import Evidence, verify_built, verify_file

MODULES = {
    "Built": "built",
    "Conversion": "conversion",
    "Evidence": "verification",
    "Options": "options",
    "Plan": "plan",
    "Prepared": "prepared",
    "Record": "record",
    "build": "built",
    "convert": "conversion",
    "explain": "explanation",
    "plans": "plan",
    "prepare": "prepared",
    "read_record": "record",
    "verify_built": "verification",
    "verify_file": "verification",
}

__all__ = [
    "Built",
    "Conversion",
    "Evidence",
    "Options",
    "Plan",
    "Prepared",
    "Record",
    "build",
    "convert",
    "explain",
    "plans",
    "prepare",
    "read_record",
    "verify_built",
    "verify_file",
]


def __getattr__(name: str) -> Any:
    # Only converting needs Keras and TensorFlow, which take seconds to import.
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{MODULES[name]}", __name__), name)


need("convert", "Conversion")
