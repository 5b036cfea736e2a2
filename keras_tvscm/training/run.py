"""A recipe and a data set become a run folder; a killed run goes on where it was."""

import os
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.files import Outputs, locked, read_json
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.machine import machine, versions
from keras_tvscm.models.summary import operations, rows

from .beat_figures import beat_figures
from .curves import draw
from .fit import Progress, evaluate, fit
from .recipe import Recipe, check_same


def train(
    recipe: Recipe, data: Dataset, folder: str | os.PathLike[str], progress: Progress | None = None
) -> dict[str, Any]:
    """Train by `recipe` and return what is written to `metrics.json`.

    `folder` receives `model.keras`, `curves.svg` and `metrics.json`. After every epoch a
    checkpoint is kept there, so that the same call goes on after a kill, to the same
    result; a finished run is not trained again. One process at a time trains into a folder.

    Args:
        recipe: what to train.
        data: the data set that the recipe names, loaded.
        folder: the run folder, made if missing.
        progress: called after each epoch with the number of epochs done and the last
            losses and accuracies.

    Raises:
        InputError: the folder holds a run by another recipe or on other rows, or a model that
            no run wrote; another process trains into it, or it cannot be written; the width
            has no such pattern; the loss is no longer finite.
    """
    folder = Path(folder)
    if (folder / "metrics.json").exists():
        metrics: dict[str, Any] = read_json(folder / "metrics.json")
        check_same(metrics, recipe, data, folder)
        # A run that was killed after its end left them; who may only read leaves them too.
        with suppress(InputError), locked(folder):
            _remove_checkpoints(folder)
        return metrics
    for name in ("model.keras", "curves.svg"):
        if (folder / name).exists() and not (folder / "checkpoint.json").exists():
            raise InputError(
                f"{folder} holds a {name} that no training wrote; choose another folder"
            )
    with locked(folder):
        return _train(recipe, data, folder, progress)


def _train(
    recipe: Recipe, data: Dataset, folder: Path, progress: Progress | None
) -> dict[str, Any]:
    started = time.monotonic()
    model, history = fit(recipe, data, progress, checkpoints=folder)
    metrics = {
        "recipe": asdict(recipe),
        "parameters": model.count_params(),
        "pattern": _pattern(model),
        "pattern_bytes": sum(row.pattern_bytes for row in rows(model)),
        "nonzeros": sum(row.nonzeros for row in rows(model)),
        "operations": None if (count := operations(model)) is None else asdict(count),
        "classes": list(data.classes),
        "data": {
            "source": data.source,
            "scaling": asdict(data.scaling),
            **_rows(data),
            "fingerprint": data.fingerprint,
        },
        "validation": evaluate(model, data.validation, len(data.classes)).to_json(),
        "test": evaluate(model, data.test, len(data.classes)).to_json(),
        "ec57": {
            "validation": beat_figures(model, data.validation, data),
            "test": beat_figures(model, data.test, data),
        },
        "history": history,
        "seconds": round(time.monotonic() - started, 1),
        "machine": machine(),
        "versions": versions() | {"backend": keras.backend.backend()},
    }
    with Outputs() as outputs:
        model.save(outputs.file(folder / "model.keras"), include_optimizer=False)
        draw(history, outputs.file(folder / "curves.svg"))
        # Last, because it marks the run as finished.
        outputs.json(folder / "metrics.json", metrics)
    _remove_checkpoints(folder)
    return metrics


def _remove_checkpoints(folder: Path) -> None:
    for path in [folder / "checkpoint.json", *folder.glob("checkpoint-*.keras")]:
        path.unlink(missing_ok=True)


def _pattern(model: keras.Model) -> dict[str, Any] | None:
    for layer in model.layers:
        if isinstance(layer, TVSCM):
            values = {"value_a": float(layer.a.numpy()), "value_b": float(layer.b.numpy())}
            return layer.pattern.to_config() | values
    return None


def _rows(data: Dataset) -> dict[str, int]:
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    return {f"{name}_rows": len(part.x) for name, part in parts.items()}


def dataset_of(folder: str | os.PathLike[str]) -> str:
    """The data set that a finished run was trained on, from its `metrics.json`.

    Raises:
        InputError: not a finished run folder.
    """
    path = Path(folder) / "metrics.json"
    if not path.exists():
        raise InputError(f"{folder} has no metrics.json that names its data set; say which it is")
    try:
        return str(read_json(path)["recipe"]["dataset"])
    except (KeyError, TypeError) as error:
        raise InputError(f"{path} names no data set; say which it is") from error


def scaling_of(folder: str | os.PathLike[str]) -> Any:
    """How a finished run's data set was scaled; None in runs recorded before it was noted."""
    data = read_json(Path(folder) / "metrics.json").get("data")
    return data.get("scaling") if isinstance(data, dict) else None
