"""A recipe and a data set become a run folder; a killed run goes on where it was."""

import math
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_tvscm import networks
from keras_tvscm.curves import draw
from keras_tvscm.datasets import Dataset, Split
from keras_tvscm.errors import InputError
from keras_tvscm.files import make_folder, read_json, replacing, write_json
from keras_tvscm.freezing import freeze, learned_layers
from keras_tvscm.heads import TVSCMHeads
from keras_tvscm.layer import TVSCM
from keras_tvscm.machine import machine, versions
from keras_tvscm.metrics import Score, score
from keras_tvscm.summary import operations, rows

BATCH = 128

Progress = Callable[[int, dict[str, float]], None]


# Chosen on the validation parts of mnist and heartbeat; see docs/results/README.md.
EPOCHS = {"dense": 40, "tvscm": 20, "softmax": 20, "dense-small": 20, "circulant": 20}
STACK_EPOCHS = {"mnist": 14}
# Budgets settle slowly: on the heartbeats 72 epochs give half a point more than 36.
BUDGET_EPOCHS = {"mnist": 14}
LEARNING_RATE = 3e-3
STACK_LEARNING_RATE = 5e-3
# Learned patterns are frozen after this share of the epochs; the rest trains the values.
FROZEN_AFTER = 0.75
# The best fixed patterns with two nonzero offsets, as `tvscm reproduce` found them.
PATTERNS = {"mnist": "random:k=1,seed=15", "heartbeat": "random:k=1,seed=15"}
PATTERNS["heartbeat-interpatient"] = PATTERNS["heartbeat"]


@dataclass(frozen=True)
class Recipe:
    """All that decides a training run.

    Attributes:
        dataset: a name in `datasets.NAMES`, or the path of an `.npz` file.
        network: a name in `networks.NAMES`, or a stack written out.
        pattern: of the TVSCM layer; None for networks without one.
        seed: of the initial weights and of the order of the batches.
        epochs: passes over the training part.
        learning_rate: at the start; it falls to zero along a cosine.
    """

    dataset: str
    network: str
    pattern: str | None = None
    seed: int = 0
    epochs: int = 20
    learning_rate: float = LEARNING_RATE

    def __post_init__(self) -> None:
        if self.network == "tvscm" and self.pattern is None:
            raise InputError("The network tvscm needs a pattern, such as banded")
        if self.network != "tvscm" and self.pattern is not None:
            raise InputError(f"The network {self.network} has no pattern; leave --pattern out")
        if self.epochs < 1:
            raise InputError(f"Training takes at least 1 epoch. Received: {self.epochs}")
        if not 0 < self.learning_rate < 10:
            raise InputError(
                f"The learning rate is between 0 and 10. Received: {self.learning_rate}"
            )
        if not 0 <= self.seed < 2**31:
            raise InputError(f"The seed is 0 to 2147483647. Received: {self.seed}")


def recipe_for(dataset: str, network: str, **changes: Any) -> Recipe:
    """The project's own recipe for a network, with what is not None in `changes` replaced."""
    networks.check_name(network)
    changes = {name: value for name, value in changes.items() if value is not None}
    if network == "tvscm":
        changes.setdefault("pattern", PATTERNS.get(dataset, "banded"))
    if network not in EPOCHS:
        epochs = STACK_EPOCHS.get(dataset, 36)
        if networks.has_budget(network):
            epochs = BUDGET_EPOCHS.get(dataset, 72)
        changes.setdefault("epochs", epochs)
        changes.setdefault("learning_rate", STACK_LEARNING_RATE)
    else:
        changes.setdefault("epochs", EPOCHS[network])
    return Recipe(dataset, network, **changes)


def task_for(dataset: Dataset) -> networks.Task:
    """The task that a data set poses; the user's own arrays get a square hidden layer."""
    own = networks.Task(dataset.features, len(dataset.classes), dataset.features)
    return networks.TASKS.get(dataset.name, own)


def train(
    recipe: Recipe, data: Dataset, folder: str | os.PathLike[str], progress: Progress | None = None
) -> dict[str, Any]:
    """Train by `recipe` and return what is written to `metrics.json`.

    `folder` receives `model.keras`, `metrics.json` and `curves.svg`. After every epoch a
    checkpoint is kept there, so that the same call goes on after a kill, to the same
    result; a finished run is not trained again.

    Args:
        recipe: what to train.
        data: the data set that the recipe names, loaded.
        folder: the run folder, made if missing.
        progress: called after each epoch with the number of epochs done and the last
            losses and accuracies.

    Raises:
        InputError: the folder holds a run by another recipe, or cannot be written; the
            width has no such pattern; the loss is no longer finite.
    """
    folder = Path(folder)
    if (folder / "metrics.json").exists():
        metrics: dict[str, Any] = read_json(folder / "metrics.json")
        _same_recipe(metrics, recipe, folder)
        return metrics
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
        "data": {"source": data.source, **_rows(data)},
        "validation": evaluate(model, data.validation, len(data.classes)).to_json(),
        "test": evaluate(model, data.test, len(data.classes)).to_json(),
        "history": history,
        "seconds": round(time.monotonic() - started, 1),
        "machine": machine(),
        "versions": versions() | {"backend": keras.backend.backend()},
    }
    with replacing(folder / "model.keras") as temporary:
        model.save(temporary, include_optimizer=False)
    with replacing(folder / "curves.svg") as temporary:
        draw(history, temporary)
    # Last, because it marks the run as finished.
    write_json(folder / "metrics.json", metrics)
    _remove_checkpoints(folder)
    return metrics


def fit(
    recipe: Recipe,
    data: Dataset,
    progress: Progress | None = None,
    checkpoints: Path | None = None,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train without looking at the test part; returns the model and its history.

    `checkpoints` is a folder to keep the state after each epoch in, and to go on from.
    """
    model, history = _started(recipe, data, checkpoints)
    if checkpoints:
        make_folder(checkpoints)
    part = data.train
    batch = min(BATCH, len(part.x))
    used = len(part.x) // batch * batch
    for epoch in range(len(history), recipe.epochs):
        model = _prepared(model, epoch, recipe, used // batch)
        # Drawn from the epoch's number, so that a resumed run sees the same batches.
        order = np.random.default_rng([recipe.seed, epoch]).permutation(len(part.x))[:used]
        logs = model.fit(
            part.x[order],
            part.y[order],
            batch_size=batch,
            shuffle=False,
            verbose=0,
            validation_data=(data.validation.x, data.validation.y),
            validation_batch_size=1024,
        ).history
        history.append({name: float(values[-1]) for name, values in logs.items()})
        if not np.isfinite(list(history[-1].values())).all():
            raise InputError(
                f"The loss is not finite after epoch {epoch + 1}; use a smaller --learning-rate, "
                "or scale the samples to 0..1"
            )
        if checkpoints:
            _save_checkpoint(checkpoints, model, recipe, history)
        if progress:
            progress(epoch + 1, history[-1])
    # A training of a few epochs ends before it comes to freeze.
    return (freeze(model) if learned_layers(model) else model), history


def evaluate(model: keras.Model, part: Split, classes: int) -> Score:
    """Score a model on one part of a data set."""
    x = part.x.reshape(-1, *model.inputs[0].shape[1:])
    outputs = model.predict(x, batch_size=1024, verbose=0)
    return score(part.y, outputs.argmax(axis=1), classes)


def _started(
    recipe: Recipe, data: Dataset, checkpoints: Path | None
) -> tuple[keras.Model, list[dict[str, float]]]:
    """The model and its history, from the last checkpoint or new."""
    if checkpoints and (checkpoints / "checkpoint.json").exists():
        saved = read_json(checkpoints / "checkpoint.json")
        _same_recipe(saved, recipe, checkpoints)
        try:
            return keras.models.load_model(checkpoints / saved["model"]), saved["history"]
        # Keras raises almost every kind of exception on a file that is not as it wrote it.
        except Exception as error:
            raise InputError(
                f"{checkpoints} holds a checkpoint that cannot be read; remove that folder"
            ) from error
    pattern = {} if recipe.pattern is None else {"pattern": recipe.pattern}
    model = networks.build(recipe.network, task_for(data), seed=recipe.seed, **pattern)
    steps = max(1, len(data.train.x) // BATCH)
    compile_for(model, recipe.learning_rate, steps * recipe.epochs, steps)
    return model, []


def compile_for(model: keras.Model, learning_rate: float, steps: int, steps_an_epoch: int) -> None:
    """Compile as every training here: cross-entropy, and Adam falling to zero along a cosine.

    Args:
        model: gives logits.
        learning_rate: at the start.
        steps: all that are left, over which it falls.
        steps_an_epoch: as many at most are handed over at once.
    """
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # XLA's convolutions are several times slower on a CPU than TensorFlow's own.
        jit_compile=not any(isinstance(layer, TVSCMHeads) for layer in model.layers),
        # Small networks spend their time between steps: hand over several at once.
        steps_per_execution=min(32, steps_an_epoch),
    )


def _prepared(model: keras.Model, epoch: int, recipe: Recipe, steps: int) -> keras.Model:
    """The model for this epoch: its budgets lowered, or its patterns frozen."""
    learned = learned_layers(model)
    progress = epoch / recipe.epochs
    if not learned:
        return model
    if progress < FROZEN_AFTER:
        for layer in learned:
            layer.set_progress(progress / FROZEN_AFTER)
        return model
    model = freeze(model)
    # Go on where the cosine stood.
    rate = recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))
    compile_for(model, rate, steps * (recipe.epochs - epoch), steps)
    return model


def _save_checkpoint(
    folder: Path, model: keras.Model, recipe: Recipe, history: list[dict[str, float]]
) -> None:
    name = f"checkpoint-{len(history)}.keras"
    with replacing(folder / name) as temporary:
        model.save(temporary)
    # The file that names the checkpoint changes after the checkpoint is whole.
    state = {"recipe": asdict(recipe), "model": name, "history": history}
    write_json(folder / "checkpoint.json", state)
    for old in folder.glob("checkpoint-*.keras"):
        if old.name != name:
            old.unlink()


def _remove_checkpoints(folder: Path) -> None:
    for path in [folder / "checkpoint.json", *folder.glob("checkpoint-*.keras")]:
        path.unlink(missing_ok=True)
    # Left by a kill in the middle of writing.
    for path in folder.glob(".checkpoint*"):
        shutil.rmtree(path)


def _same_recipe(saved: dict[str, Any], recipe: Recipe, folder: Path) -> None:
    asked = asdict(recipe)
    try:
        found = asdict(replace(recipe, **saved["recipe"]))
    except (KeyError, TypeError) as error:
        raise InputError(f"{folder} holds a run that this version cannot read") from error
    changed = [name for name in asked if asked[name] != found[name]]
    if changed:
        name = changed[0]
        raise InputError(
            f"{folder} holds a run with {name}={found[name]!r}, not {asked[name]!r}; "
            "choose another --out or remove that folder"
        )


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
        raise InputError(f"{folder} has no metrics.json that names the data set; pass --dataset")
    try:
        return str(read_json(path)["recipe"]["dataset"])
    except (KeyError, TypeError) as error:
        raise InputError(f"{path} names no data set; pass --dataset") from error


def run_name(recipe: Recipe) -> str:
    """A folder name for a run, as in `mnist-tvscm-banded-seed0`."""
    words = [Path(recipe.dataset).stem, recipe.network, recipe.pattern or "", f"seed{recipe.seed}"]
    return re.sub(r"[^A-Za-z0-9+=.-]+", "-", "-".join(word for word in words if word))
