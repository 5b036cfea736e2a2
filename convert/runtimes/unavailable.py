"""Why a runtime does not run a model, in one line."""

import re

from keras_tvscm.machine import has_wheel_of_tflite_micro

LABELS = {
    "litert-xnnpack": "LiteRT",
    "litert-builtin": "LiteRT",
    "tflm": "TFLite-Micro",
    "tflite-runtime": "tflite-runtime",
    "native": "compiled C",
}


class Unavailable(Exception):
    """This runtime cannot run this model here; the message is one line saying why."""

    def __init__(self, reason: str) -> None:
        super().__init__(" ".join(reason.split())[:200])


class Missing(Unavailable):
    """It is not installed."""


def refusal(name: str, error: str, log: str) -> Unavailable:
    """What a runtime's exception, and what it wrote on standard error, come to.

    TFLite-Micro explains itself on standard error alone.
    """
    if "ModuleNotFoundError" in error or "ImportError" in error:
        package = "tflite-micro" if name == "tflm" else "ai-edge-litert"
        how = f"pip install {package}"
        if name == "tflm" and not has_wheel_of_tflite_micro():
            how = "it has wheels for Linux on x86-64 alone"
        return Missing(f"{package} is not installed ({how})")
    missing = re.search(r"Didn't find op for builtin opcode '(\w+)'", log)
    if missing:
        return Unavailable(f"{LABELS[name]} has no operator {missing[1]}")
    lines = [line.strip() for line in log.splitlines() if line.strip()] if name == "tflm" else []
    reason = lines[0] if lines else error.partition(": ")[2] or error
    return Unavailable(f"{LABELS[name]}: {reason}")
