"""A tiny data set, and a comparison made of invented figures."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_tvscm.datasets.dataset import Dataset, Split
from keras_tvscm.eval.comparison import Comparison
from keras_tvscm.eval.latency import Latency
from keras_tvscm.eval.measurement import Measurement
from keras_tvscm.training.metrics import Score, score

from ..conftest import Linear
from ..example_record import example


@pytest.fixture
def dataset(linear: Linear) -> Dataset:
    """The linear model's own answers, so that it scores 1."""
    labels = linear(linear.x).argmax(axis=1).astype(np.int32)
    part = Split(linear.x, labels)
    return Dataset("tiny", ("x", "y", "z"), part, part, part, None, "drawn from a seed")


def vouch(path: Path, **facts: Any) -> Path:
    """Write the record that the converter would write beside a model."""
    content = path.read_bytes()
    facts |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    document = example(**facts).to_json()
    Path(f"{path}.json").write_text(json.dumps(document), encoding="utf-8")
    return path


def model_facts(
    name: str, network: str | None, dtype: str | None, size: int | None
) -> dict[str, Any]:
    """What `Model.to_json` gives, with invented figures."""
    return {
        "name": name,
        "bytes": size,
        "sha256": "0" * 64,
        "network": network,
        "dtype": dtype,
        "patterns": [],
        "lowering": None,
        "parameters": None,
        "multiplications": 5000,
        "additions": None,
        "calibration": None,
        "verification": {"agreement": 0.998, "rows": 60},
        "versions": None,
    }


def scored(right: int) -> Score:
    """100 rows of two classes, that many right."""
    true = np.arange(100) % 2
    return score(true, np.where(np.arange(100) < right, true, 1 - true), 2)


def invented(
    models: list[dict[str, Any]],
    measurements: list[Measurement],
    **changes: Any,
) -> Comparison:
    fields: dict[str, Any] = {
        "command": "tvscm evaluate a.tflite",
        "date": "2026-01-02T03:04:05+00:00",
        "machine": {"processor": "a processor", "cores": 2},
        "versions": {"python": "3.11"},
        "seed": 0,
        "rounds": 50,
        "dataset": {"name": "coins", "source": "a coin", "rows": 100, "classes": ["head", "tail"]},
        "majority": {"class": "head", "accuracy": 0.5, "macro_f1": 1 / 3},
        "models": models,
        "measurements": measurements,
        "calls": {m.runtime: 200.0 for m in measurements},
    }
    return Comparison(**(fields | changes))


def measured(
    model: str, right: int, nanoseconds: float, runtime: str = "litert-xnnpack", **more: Any
) -> Measurement:
    latency = Latency(nanoseconds, nanoseconds * 0.9, nanoseconds * 1.1, 50, 1000)
    return Measurement(model, runtime, "measured", None, scored(right), latency, **more)


@pytest.fixture
def comparison() -> Comparison:
    """Dense, TVSCM and the floor on two runtimes, one of them missing a model."""
    tvscm = model_facts("tvscm int8", "tvscm", "int8", 1000)
    tvscm["patterns"] = [{"layer": "tvscm", "n": 784, "a": [0], "b": [1], "label": "banded"}]
    return invented(
        [
            model_facts("dense float32", "dense", "float32", 40_000),
            model_facts("dense int8", "dense", "int8", 10_000),
            model_facts("softmax int8", "softmax", "int8", 900),
            tvscm,
        ],
        [
            measured("dense float32", 98, 50_000.0),
            measured("dense int8", 97, 16_000.0),
            measured("softmax int8", 90, 900.0),
            measured("tvscm int8", 93, 2_000.0),
            measured("dense int8", 97, 400_000.0, "tflm", arena_bytes=9000, least_arena_bytes=9168),
            measured("tvscm int8", 93, 10_000.0, "tflm", arena_bytes=3000, least_arena_bytes=3168),
            Measurement("dense float32", "tflm", "unavailable", "TFLite-Micro has no operator X"),
        ],
    )
