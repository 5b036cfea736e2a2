"""Training by a recipe, epoch by epoch, from the last checkpoint on."""

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from keras_tvscm.datasets import Dataset, Split
from keras_tvscm.errors import InputError
from keras_tvscm.extras import need
from keras_tvscm.files import Outputs, read_json
from keras_tvscm.models import networks
from keras_tvscm.models.folding import fold_convolutions
from keras_tvscm.models.freezing import freeze, trained_pattern_layers
from keras_tvscm.models.inference import predictions

from .balancing import add_offsets, parse_offsets
from .epoch import epoch_rows
from .metrics import Score, score
from .recipe import FEW_WEIGHTS, Recipe, check_same, task_for, tuning_epochs
from .schedule import FROZEN_AFTER, falling, pays_to_compile, steps_at_once

BATCH = 128
Progress = Callable[[int, dict[str, float]], None]


def fit(
    recipe: Recipe,
    data: Dataset,
    progress: Progress | None = None,
    checkpoints: Path | None = None,
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train without looking at the test part; returns the model and its history.

    `checkpoints` is a folder to keep the state after each epoch in, and to go on from.

    Raises:
        MissingExtra: the extra `datasets` is not installed.
    """
    need("datasets", "Training by a recipe")
    if recipe.network in FEW_WEIGHTS:
        need("qat", f"Training {recipe.network}")
    offsets = parse_offsets(recipe.offsets) if recipe.offsets else (0.0,) * len(data.classes)
    if len(offsets) != len(data.classes):
        raise InputError(
            f"{len(offsets)} offsets, and {len(data.classes)} classes; expected as many"
        )
    model, history = _started(recipe, data, checkpoints)
    part = data.train
    batch = min(BATCH, len(part.x))
    used = len(part.x) // batch * batch
    tuning = tuning_epochs(recipe)
    for epoch in range(len(history), recipe.epochs - tuning):
        model = _prepared(model, epoch, recipe, used // batch)
        logs = model.fit(
            **epoch_rows(recipe, part, epoch, used)._asdict(),
            batch_size=batch,
            shuffle=False,
            verbose=0,
            validation_data=(data.validation.x, data.validation.y),
            validation_batch_size=1024,
        ).history
        _append(history, logs)
        if checkpoints:
            _save_checkpoint(checkpoints, model, recipe, data, history)
        if progress:
            progress(epoch + 1, history[-1])
    if tuning:
        # Loaded here, for it brings a second Keras.
        from .few_weights import tune

        def done(logs: dict[str, list[float]]) -> None:
            _append(history, logs)
            if progress:
                progress(len(history), history[-1])

        # A kill in these epochs goes back to the first of them.
        tune(model, recipe, data, range(recipe.epochs - tuning, recipe.epochs), batch, done)
    # A training of a few epochs ends before it comes to freeze.
    model = freeze(model) if trained_pattern_layers(model) else model
    model = fold_convolutions(model)
    if any(offsets):
        add_offsets(model, offsets)
    return model, history


def evaluate(model: keras.Model, part: Split, classes: int) -> Score:
    """Score a model on one part of a data set."""
    x = part.x.reshape(-1, *model.inputs[0].shape[1:])
    return score(part.y, predictions(model, x).argmax(axis=1), classes)


def compile_for(model: keras.Model, learning_rate: float, steps: int, steps_an_epoch: int) -> None:
    """Compile as every training here: cross-entropy, and Adam falling to zero along a cosine.

    Args:
        model: gives logits.
        learning_rate: at the start.
        steps: all that are left, over which it falls.
        steps_an_epoch: as many at most are handed over at once.
    """
    model.compile(
        keras.optimizers.Adam(falling(learning_rate, steps), name="adam"),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=pays_to_compile(model),
        steps_per_execution=steps_at_once(steps_an_epoch),
    )


def _started(
    recipe: Recipe, data: Dataset, checkpoints: Path | None
) -> tuple[keras.Model, list[dict[str, float]]]:
    """The model and its history, from the last checkpoint or new."""
    if checkpoints and (checkpoints / "checkpoint.json").exists():
        saved = read_json(checkpoints / "checkpoint.json")
        check_same(saved, recipe, data, checkpoints)
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
    whole = recipe.epochs - tuning_epochs(recipe)
    compile_for(model, recipe.learning_rate, steps * whole, steps)
    return model, []


def _append(history: list[dict[str, float]], logs: dict[str, list[float]]) -> None:
    """Add the losses and accuracies that an epoch ended with."""
    history.append({name: float(values[-1]) for name, values in logs.items()})
    if not np.isfinite(list(history[-1].values())).all():
        raise InputError(
            f"The loss is not finite after epoch {len(history)}; use a smaller learning rate, "
            "or scale the samples to 0..1"
        )


def _prepared(model: keras.Model, epoch: int, recipe: Recipe, steps: int) -> keras.Model:
    """The model for this epoch: its budgets lowered, or its patterns frozen."""
    trained = trained_pattern_layers(model)
    progress = epoch / recipe.epochs
    if not trained:
        return model
    if progress < FROZEN_AFTER:
        for layer in trained:
            layer.set_progress(progress / FROZEN_AFTER)
        return model
    model = freeze(model)
    # Go on where the cosine stood.
    rate = recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))
    compile_for(model, rate, steps * (recipe.epochs - epoch), steps)
    return model


def _save_checkpoint(
    folder: Path,
    model: keras.Model,
    recipe: Recipe,
    data: Dataset,
    history: list[dict[str, float]],
) -> None:
    name = f"checkpoint-{len(history)}.keras"
    state = {"recipe": asdict(recipe), "data": {"fingerprint": data.fingerprint}}
    with Outputs() as outputs:
        model.save(outputs.file(folder / name))
        # Names the checkpoint, so the one before is valid until this is there.
        outputs.json(folder / "checkpoint.json", state | {"model": name, "history": history})
    for old in folder.glob("checkpoint-*.keras"):
        if old.name != name:
            old.unlink()
