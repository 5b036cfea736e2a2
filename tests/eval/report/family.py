"""An invented comparison of the size that `tvscm evaluate` makes: every kind of row and figure."""

import base64
from typing import Any

import numpy as np

from keras_tvscm.eval.comparison import Comparison
from keras_tvscm.eval.latency import Latency, Windows
from keras_tvscm.eval.measurement import Measurement
from keras_tvscm.training.metrics import score

from ..conftest import invented, model_facts

RUNTIMES = {"litert-xnnpack": 1.0, "litert-builtin": 3.0, "tflite-runtime": 1.1, "tflm": 20.0}
ROWS, CLASSES, WINDOWS = 2000, 10, 6
# Name, network, dtype, bytes, parameters, right of ROWS, microseconds, instructions.
MODELS: list[tuple[str, str | None, str | None, int, int | None, int, float, int]] = [
    ("stack int8", "stack", "int8", 16_048, 7477, 1981, 20.6, 465_000),
    ("tiny int8", "tiny", "int8", 8936, 1522, 1978, 21.0, 624_000),
    ("fast int8", "fast", "int8", 14_864, 7206, 1968, 14.0, 142_000),
    ("tvscm random:k=1,seed=15 int8", "tvscm", "int8", 10_144, 7852, 1870, 1.2, 20_080),
    ("dense float32", "dense", "float32", 2_494_044, 623_290, 1971, 64.0, 0),
    ("dense int8", "dense", "int8", 639_528, 623_290, 1969, 5.6, 1_029_513),
    ("dense-small int8", "dense-small", "int8", 10_200, 7800, 1890, 0.9, 21_000),
    ("dense-pruned int8", "dense-pruned", "int8", 84_000, 623_290, 1952, 5.7, 48_000),
    ("low-rank int8", "low-rank", "int8", 40_300, 33_834, 1955, 2.2, 60_000),
    ("cnn-small int8", "cnn-small", "int8", 4088, 1412, 1963, 5.0, 194_877),
    ("cnn-parameters int8", "cnn-parameters", "int8", 10_336, 7316, 1979, 5.1, 318_000),
    ("cnn-operations int8", "cnn-operations", "int8", 6472, 3818, 1971, 10.0, 146_000),
    ("softmax int8", "softmax", "int8", 8912, 7850, 1855, 0.4, 12_449),
    ("theirs", None, None, 52_000, None, 1940, 30.0, 0),
]


def family() -> Comparison:
    """Fourteen models and two more on four runtimes and a core, with windows, mistakes, energy."""
    draw = np.random.default_rng(0)
    models = [_model(*row) for row in MODELS]
    measurements = [
        _measurement(draw, place, scale, *row)
        for place, scale in RUNTIMES.items()
        for row in MODELS
    ]
    models += [_model("two inputs", None, None, 900, None), _model("broken", None, None, 7, None)]
    models[-1]["operators"] = None
    for place in RUNTIMES:
        latency = Latency.of(_windows(draw, 700.0), 1000)
        reason = "not judged: two.tflite has 2 inputs"
        measurements += [
            Measurement("two inputs", place, "measured", reason, latency=latency),
            Measurement("broken", place, "unavailable", "broken.tflite is cut short"),
        ]
    for name, _, dtype, *_, right, _, instructions in MODELS:
        if dtype == "int8":
            counts = {"instructions": instructions, "flash_bytes": 9000, "sram_bytes": 4000}
            energy = _energy("modelled", instructions / 5000, "64 MHz, 3 V: invented")
            measurements.append(
                Measurement(
                    name,
                    "cortex-m4",
                    "measured",
                    None,
                    _score(draw, right),
                    None,
                    counts,
                    energy=[energy],
                )
            )
    why = "the machine has no counter"
    measurements[0].energy.append(
        {"kind": "unavailable", "microjoules": None, "method": why, "source": ""}
    )
    measurements += [Measurement("tiny int8", "serial", "unavailable", "no board answers")]
    rows = {str(m["row"]): draw.integers(0, 256, 784, np.uint8) for m in measurements[0].mistakes}
    return invented(
        models,
        measurements,
        dataset={
            "name": "mnist",
            "source": "invented",
            "rows": ROWS,
            "classes": [str(digit) for digit in range(CLASSES)],
            "drawn": {row: base64.b64encode(x.tobytes()).decode() for row, x in rows.items()},
        },
        majority={"class": "1", "accuracy": 0.11, "macro_f1": 0.02},
        calls=dict.fromkeys(RUNTIMES, 200.0),
        cores=["cortex-m4"],
        windows=WINDOWS,
        places=dict.fromkeys(RUNTIMES, "this machine, 1 thread"),
        spins={place: _windows(draw, 1e6) for place in RUNTIMES},
        runtime_memory=dict.fromkeys(RUNTIMES, 39_000_000),
        left_out={"dense-clustered int8": "tensorflow-model-optimization is not installed"},
    )


def _model(
    name: str, network: str | None, dtype: str | None, size: int, parameters: int | None, *_: Any
) -> dict[str, Any]:
    operators = [{"name": "CONV_2D", "count": 2}, {"name": "FULLY_CONNECTED", "count": 1}]
    facts = model_facts(name, network, dtype, size)
    pattern = {"layer": "tvscm", "n": 784, "a": [0], "b": [1], "label": "banded"}
    return facts | {
        "parameters": parameters,
        "gzip_bytes": size * 2 // 3,
        "operators": operators,
        "patterns": [pattern] if network == "tvscm" else [],
    }


def _measurement(
    draw: np.random.Generator, place: str, scale: float, name: str, *facts: Any
) -> Measurement:
    *_, right, microseconds, _ = facts
    wrong = [{"row": 10 * i, "true": i, "predicted": 9 - i} for i in range(3)]
    latency = Latency.of(_windows(draw, 1000 * scale * microseconds), 100, [90_000.0])
    return Measurement(
        name,
        place,
        "measured",
        None,
        _score(draw, right),
        latency,
        least_arena_bytes=7360 if place == "tflm" else None,
        peak_memory_bytes=43_100_000,
        mistakes=wrong,
        energy=[_energy("measured_external", 3.3 * microseconds, "a trace of 1 s: invented")]
        if place == "tflm"
        else [],
    )


def _windows(draw: np.random.Generator, nanoseconds: float) -> Windows:
    values = nanoseconds * draw.normal(1, 0.01, (WINDOWS, 5))
    return [[round(value, 2) for value in window] for window in values.tolist()]


def _score(draw: np.random.Generator, right: int) -> Any:
    true = np.arange(ROWS) % CLASSES
    order = draw.permutation(ROWS)
    predicted = np.where(order < right, true, (true + 1 + order % 4) % CLASSES)
    return score(true, predicted, CLASSES)


def _energy(kind: str, microjoules: float, method: str) -> dict[str, Any]:
    bounds = {"low": 0.9 * microjoules, "high": 1.1 * microjoules}
    return {"kind": kind, "microjoules": bounds, "method": method, "source": "invented"}
