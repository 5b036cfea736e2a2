"""Training what was compressed: to give its teacher's answers, or the labels."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.layers.budget_schedule import BudgetSchedule
from keras_tvscm.models.freezing import freeze, trained_pattern_layers
from keras_tvscm.models.graph import gives_probabilities, has_graph
from keras_tvscm.models.inference import predictions

from .defaults import BATCH, DISTILLATION_EPOCHS, DISTILLATION_LEARNING_RATE, TEMPERATURE
from .schedule import FROZEN_AFTER, falling, pays_to_compile, steps_at_once

# Share of the steps. At full rate from the first, a learned pattern's sum of weights jumps, and
# with it every unit below zero: two such layers in a row could die within an epoch.
WARM_UP = 0.05

Callbacks = Sequence[keras.callbacks.Callback]


def distil(
    student: keras.Model,
    teacher: keras.Model,
    x: ArrayLike,
    *,
    epochs: int = DISTILLATION_EPOCHS,
    learning_rate: float = DISTILLATION_LEARNING_RATE,
    batch_size: int = BATCH,
    temperature: float = TEMPERATURE,
    callbacks: Callbacks = (),
) -> keras.Model:
    """Train a classifier to give its teacher's class probabilities on `x`; no labels needed.

    The loss is the cross-entropy of the probabilities at a temperature (Hinton et al. 2015,
    arXiv 1503.02531). Learned patterns are frozen after three quarters of the epochs. For a
    regression use `model.fit` and `freeze`.

    Args:
        student: a compressed model; it is trained, and left compiled.
        teacher: the model it came from; both give logits, or both probabilities.
        x: inputs, as the models take them.
        epochs: passes over x.
        learning_rate: Adam's at most; it rises to that at first and falls along a cosine.
        batch_size: rows a step.
        temperature: above 1 to give the less likely classes weight.
        callbacks: as for `model.fit`.

    Returns:
        The trained student; another model than `student` if patterns were frozen.

    Raises:
        InputError: a number out of range, or outputs of different shapes.
        CheckError: the student ends with the same answer to every row.

    Examples:

        >>> from keras_tvscm import distil
        >>> small = distil(small, dense, x, epochs=2)
        >>> small.output_shape
        (None, 3)
    """
    _check(epochs, batch_size, learning_rate, temperature)
    if student.output_shape != teacher.output_shape:
        raise InputError(
            f"The student's output {student.output_shape} is not the teacher's "
            f"{teacher.output_shape}"
        )
    rows = np.asarray(x)
    logits = _logits(teacher)(predictions(teacher, rows))
    wanted = ops.convert_to_numpy(ops.softmax(logits / temperature))
    return _trained(
        student, rows, wanted, epochs, learning_rate, batch_size, temperature, callbacks
    )


def fine_tune(
    student: keras.Model,
    x: ArrayLike,
    y: ArrayLike,
    *,
    epochs: int = DISTILLATION_EPOCHS,
    learning_rate: float = DISTILLATION_LEARNING_RATE,
    batch_size: int = BATCH,
    callbacks: Callbacks = (),
) -> keras.Model:
    """Train a classifier on labels, as `distil` does on a teacher.

    Args:
        student: a compressed model; it is trained, and left compiled.
        x: inputs, as the model takes them.
        y: class numbers, shape (rows,).
        epochs: passes over x.
        learning_rate: Adam's at most; it rises to that at first and falls along a cosine.
        batch_size: rows a step.
        callbacks: as for `model.fit`.

    Returns:
        The trained student; another model than `student` if patterns were frozen.

    Raises:
        InputError: a number out of range, or labels that are no class numbers of the model's.
        CheckError: as `distil`.

    Examples:

        >>> from keras_tvscm import fine_tune
        >>> small = fine_tune(small, x, y, epochs=2)
        >>> small.output_shape
        (None, 3)
    """
    _check(epochs, batch_size, learning_rate, 1.0)
    labels, classes = np.asarray(y), student.output_shape[-1]
    whole = np.issubdtype(labels.dtype, np.integer)
    if labels.ndim != 1 or not whole or not ((labels >= 0) & (labels < classes)).all():
        raise InputError(f"Labels are class numbers 0 to {classes - 1}, of shape (rows,)")
    wanted = np.eye(classes, dtype=np.float32)[labels]
    rows = np.asarray(x)
    return _trained(student, rows, wanted, epochs, learning_rate, batch_size, 1.0, callbacks)


def _check(epochs: int, batch_size: int, learning_rate: float, temperature: float) -> None:
    if epochs < 1 or batch_size < 1 or not temperature > 0 or not learning_rate > 0:
        raise InputError(
            "epochs and batch_size are at least 1, learning_rate and temperature above 0. "
            f"Received: {epochs}, {batch_size}, {learning_rate}, {temperature}"
        )


def _trained(
    student: keras.Model,
    rows: NDArray[Any],
    wanted: NDArray[np.float32],
    epochs: int,
    learning_rate: float,
    batch_size: int,
    temperature: float,
    callbacks: Callbacks,
) -> keras.Model:
    """The student after training to the probabilities `wanted`, its patterns frozen."""
    batches = -(-len(rows) // batch_size)
    rising = round(WARM_UP * batches * epochs)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, batches * epochs - rising, warmup_target=learning_rate, warmup_steps=rising
    )
    logits = _logits(student)

    def loss(true: Any, outputs: Any) -> Any:
        cross = ops.categorical_crossentropy(true, logits(outputs) / temperature, from_logits=True)
        return temperature**2 * cross

    def fit(model: keras.Model, rate: Any, first: int, last: int, *more: Any) -> None:
        model.compile(
            keras.optimizers.Adam(rate),
            loss,
            jit_compile=pays_to_compile(model),
            steps_per_execution=steps_at_once(batches),
        )
        model.fit(
            rows,
            wanted,
            batch_size=batch_size,
            initial_epoch=first,
            epochs=last,
            verbose=0,
            callbacks=[*more, *callbacks],
        )

    def check_alive(model: keras.Model) -> None:
        answers = predictions(model, rows[:1000])
        if len(answers) > 1 and np.ptp(answers, axis=0).max() < 1e-6 * np.abs(answers).max():
            raise CheckError(
                "the network gives the same answer to every row: its ReLUs died in training; try "
                "a smaller learning rate, another seed, or a pattern within a window or a reach"
            )

    frozen_from = round(FROZEN_AFTER * epochs) if trained_pattern_layers(student) else 0
    rest = schedule
    if frozen_from:
        fit(student, schedule, 0, frozen_from, BudgetSchedule())
        # Go on where the cosine stood.
        rest = falling(float(schedule(batches * frozen_from)), batches * (epochs - frozen_from))
    if trained_pattern_layers(student):
        student = freeze(student)
    fit(student, rest, frozen_from, epochs)
    check_alive(student)
    return student


def _logits(model: keras.Model) -> Callable[[Any], Any]:
    """What turns the model's outputs to logits."""
    if has_graph(model) and gives_probabilities(model):
        return lambda outputs: ops.log(outputs + 1e-7)
    return lambda outputs: outputs
