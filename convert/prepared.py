"""A trained model and its data, ready to be converted in any way: what is asked is asked once."""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from keras_tvscm.datasets import Dataset
from keras_tvscm.datasets.match import check_reads
from keras_tvscm.errors import InputError
from keras_tvscm.models.cloning import OTHER_FLOATS
from keras_tvscm.models.graph import all_layers
from keras_tvscm.models.inference import predictions

from .lower.collapse import Bounded, Linear, collapse, linear, refuse_dead
from .lower.model import choose, lowerable
from .lower.placements import Placement
from .options import Options
from .verify.agreement import Rows
from .verify.plausibility import ImplausibleModel, doubt
from .verify.screening import ROWS as SCREENED
from .verify.task import Task, task_of


@dataclass(frozen=True, eq=False)
class Prepared:
    """What every way to convert a model starts from.

    Attributes:
        trained: a flat copy of the model as it was given, in float32.
        policy: the dtypes that the model computes in, where those are others; else None.
        bounded: what is left to be lowered, with its placements.
        collapsed: layers that went into the Dense layers after them.
        linear: layers that could have gone there as well.
        lowerings: the lowering of each layer that is left, as asked for or by default.
        dataset: the data.
        calibration: training rows, float32 (rows, n), that set the ranges of integers.
        held_out: all rows of the validation and the test part, with `trained`'s outputs.
        doubt: why its answers look like guesses; None where they do not.
        screening: rows of the training part, which decide whether a quantised variant is
            offered; None where there is nothing to decide.

    Examples:

        >>> len(prepared.calibration), len(prepared.held_out.x)
        (500, 504)
    """

    trained: keras.Model
    policy: str | None
    bounded: Bounded
    collapsed: tuple[Linear, ...]
    linear: tuple[Linear, ...]
    lowerings: Mapping[str, str]
    dataset: Dataset
    calibration: NDArray[np.float32]
    held_out: Rows
    doubt: str | None
    screening: Rows | None

    @property
    def placements(self) -> tuple[Placement, ...]:
        """The layers to lower, each where it stands."""
        return self.bounded.placements


def prepare(model: keras.Model, dataset: Dataset, options: Options) -> Prepared:
    """Check a model, collapse what is linear in it, and ask it for the outputs to be kept.

    Args:
        model: Sequential or functional, with one input and one output.
        dataset: the data that it was trained on.
        options: of these `lowering`, `dtype`, `collapsing`, `calibration_rows`, `seed`, `task`,
            `accept_any_accuracy`.

    Raises:
        InputError: the model cannot be lowered, does not fit the data, or has no such layer.
        ImplausibleModel: it does no better than a guess on the held-out rows.
        CheckError: in integers, a layer that gives nothing but zero.

    Examples:

        >>> from keras_tvscm.convert import Options, prepare
        >>> options = Options(lowering="unrolled")
        >>> prepared = prepare(model, data, options)
        >>> prepared.lowerings
        {'mixing': 'unrolled'}
    """
    trained = lowerable(model)
    check_reads(model, dataset)
    task = task_of(trained, dataset, options.task)
    if options.target == "android" and task.name != "classification":
        raise InputError(
            "A model for android carries the labels of a classifier; choose another target. "
            f"Received a model for {task.name}"
        )
    if options.target == "web" and task.name not in ("classification", "binary"):
        raise InputError(
            "A page shows what a classifier says; for other models take the target wasm. "
            f"Received a model for {task.name}"
        )
    parts = (dataset.validation, dataset.test)
    held_out = _rows(
        trained,
        np.concatenate([part.x for part in parts]),
        np.concatenate([part.y for part in parts]),
        task,
    )
    suspicion = doubt(held_out, dataset)
    rng = np.random.default_rng(options.seed)
    numbers = rng.permutation(len(dataset.train.x))[: options.calibration_rows]
    calibration = dataset.train.x[numbers]
    bounded = Bounded.of(trained, *_input_range(calibration))
    asked = None if options.is_automatic else options.lowering
    lowerings = choose(bounded.placements, asked)
    if options.is_integer:
        refuse_dead(bounded)
    collapsed: list[Linear] = []
    if options.collapsing:
        bounded, collapsed = collapse(bounded, everywhere=not options.is_integer)
    screening = None
    if options.is_integer and bounded.placements:
        drawn = dataset.train.select(rng.permutation(len(dataset.train.x))[:SCREENED])
        screening = _rows(trained, drawn.x, drawn.y, task)
    if suspicion and not options.accept_any_accuracy:
        raise ImplausibleModel(suspicion)
    return Prepared(
        trained=trained,
        policy=_policy(model),
        bounded=bounded,
        collapsed=tuple(collapsed),
        linear=tuple(linear(bounded)),
        lowerings={placement.name: lowerings[placement.name] for placement in bounded.placements},
        dataset=dataset,
        calibration=calibration,
        held_out=held_out,
        doubt=suspicion,
        screening=screening,
    )


def _policy(model: keras.Model) -> str | None:
    """The dtypes other than float32 that a model computes in; None where there is none.

    TFLite's kernels, and the integers, follow float32: a network trained in mixed precision
    answers a little otherwise in half precision, which is no fault of its conversion.
    """
    policies = {layer.dtype_policy.name for layer in all_layers(model)} | {model.inputs[0].dtype}
    return ", ".join(sorted(policies & set(OTHER_FLOATS))) or None


def _rows(model: keras.Model, x: NDArray[np.float32], y: NDArray[np.int32], task: Task) -> Rows:
    shaped = x.reshape(-1, *model.inputs[0].shape[1:])
    return Rows(predictions(model, shaped).reshape(len(x), -1), x, task.targets(x, y), task)


def _input_range(rows: NDArray[np.float32]) -> tuple[float, float]:
    """What int8 inputs can stand for, calibrated on these rows.

    The range takes in zero, which has a step of its own: a lower end other than zero may
    move by up to one step to where one falls on zero.
    """
    low, high = min(0.0, float(rows.min())), max(0.0, float(rows.max()))
    step = (high - low) / 255
    return (low - step, high + step) if low < 0 else (low, high)
