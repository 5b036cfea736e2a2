"""A trained classifier that a user brings: compressed, trained on, and both scored."""

import time
from collections.abc import Sequence
from typing import Any

import keras
from rich import box
from rich.table import Table

from keras_tvscm.datasets import Dataset
from keras_tvscm.datasets.match import check_fits
from keras_tvscm.errors import CheckError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.machine import machine, versions
from keras_tvscm.models.cloning import flattened
from keras_tvscm.models.compression import compress, kept_share
from keras_tvscm.models.summary import OPERATIONS, operations, rows
from keras_tvscm.training.defaults import (
    DISTILLATION_EPOCHS,
    DISTILLATION_LEARNING_RATE,
    TEMPERATURE,
)
from keras_tvscm.training.distillation import distil, fine_tune
from keras_tvscm.training.fit import evaluate

# Seeds of a network that dies in training.
TRIES = 3


def compress_classifier(
    model: keras.Model,
    data: Dataset,
    *,
    pattern: str = "learned",
    layers: Sequence[str] | None = None,
    initial: str = "auto",
    labels: bool = False,
    epochs: int = DISTILLATION_EPOCHS,
    learning_rate: float = DISTILLATION_LEARNING_RATE,
    temperature: float = TEMPERATURE,
    seed: int = 0,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[keras.Model, dict[str, Any]]:
    """Compress a trained classifier, train it on, and score both on a data set.

    Args:
        model: maps one row of `data`, in whatever shape, to a score per class.
        data: its training part trains; the validation and the test part are scored.
        pattern, layers, initial: see `compress`.
        labels: train on the labels, not on the given model's answers.
        epochs, learning_rate, temperature, callbacks: see `distil`.
        seed: of drawn patterns and of the order of the batches; where the network dies in
            training, the next two are tried, and the record has the one that was used.

    Returns:
        The compressed model, and a JSON-ready record of both.

    Raises:
        CheckError: the network dies with each of the seeds.
        InputError: as `compress` and `distil`, or a model that does not fit the data.
    """
    check_fits(model, data)
    given = flattened(model)
    x = data.train.x.reshape(-1, *model.inputs[0].shape[1:])
    options: dict[str, Any] = {
        "epochs": epochs,
        "learning_rate": learning_rate,
        "callbacks": callbacks,
    }
    started = time.monotonic()
    last = seed + TRIES - 1
    while True:
        keras.utils.set_random_seed(seed)
        student = compress(given, pattern, layers, initial, seed)
        swapped = [
            {
                "name": layer.name,
                # Of the kernel's squared norm, if the new layer started from the nearest matrix.
                "nearest_keeps": kept_share(keras.ops.convert_to_numpy(layer.kernel), twin),
            }
            for layer in given.layers
            if type(layer) is keras.layers.Dense
            and isinstance(twin := student.get_layer(layer.name), TVSCM)
        ]
        try:
            if labels:
                student = fine_tune(student, x, data.train.y, **options)
            else:
                student = distil(student, model, x, temperature=temperature, **options)
            break
        except CheckError:
            # Its ReLUs died, which is a matter of luck.
            if seed == last:
                raise
            seed += 1
    record = {
        "dataset": data.name,
        "layers": swapped,
        "pattern": pattern,
        "initial": initial,
        "trained_on": "labels" if labels else "the given model",
        "epochs": epochs,
        "learning_rate": learning_rate,
        "temperature": None if labels else temperature,
        "seed": seed,
        "seconds": round(time.monotonic() - started, 1),
        "before": _measured(model, data),
        "after": _measured(student, data),
        "machine": machine(),
        "versions": versions(),
    }
    return student, record


def _measured(model: keras.Model, data: Dataset) -> dict[str, Any]:
    layer_rows, count = rows(model), operations(model)
    return {
        "parameters": sum(row.parameters for row in layer_rows),
        "pattern_bytes": sum(row.pattern_bytes for row in layer_rows),
        "operations": None if count is None else count.multiplications + count.additions,
        "multiplications": None if count is None else count.multiplications,
        "additions": None if count is None else count.additions,
        "validation": evaluate(model, data.validation, len(data.classes)).to_json(),
        "test": evaluate(model, data.test, len(data.classes)).to_json(),
    }


def comparison(record: dict[str, Any]) -> Table:
    """The record's two models side by side, counted as `tvscm summary` does, for rich to print."""
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("model", no_wrap=True)
    accuracies = "validation\naccuracy %", "test\naccuracy %"
    for heading in ("parameters", "pattern\nbytes", *OPERATIONS, *accuracies):
        shown.add_column(heading, justify="right", no_wrap=True)
    for name in ("before", "after"):
        figures = record[name]
        shown.add_row(
            name,
            f"{figures['parameters']:,}",
            f"{figures['pattern_bytes']:,}" if figures["pattern_bytes"] else "",
            *(
                "?" if figures[key] is None else f"{figures[key]:,}"
                for key in ("multiplications", "additions")
            ),
            f"{100 * figures['validation']['accuracy']:.2f}",
            f"{100 * figures['test']['accuracy']:.2f}",
        )
    ratio = record["before"]["parameters"] / record["after"]["parameters"]
    shown.caption = f"{ratio:,.1f} times fewer parameters"
    return shown
