"""Whether a model takes the rows of a data set, and answers with its classes."""

import math

import keras

from keras_tvscm.errors import InputError

from .dataset import Dataset

# Looked at to see whether the numbers are whole.
ROWS = 1000


def check_fits(model: keras.Model, data: Dataset) -> None:
    """Refuse a model that does not classify the rows of `data`.

    Raises:
        InputError: several inputs or outputs, or other numbers of them than the data set has
            features and classes.
    """
    check_reads(model, data)
    if model.outputs[0].shape[1:] != (len(data.classes),):
        raise _misfit(model, data)


def check_reads(model: keras.Model, data: Dataset) -> None:
    """Refuse a model that does not take the rows of `data`, whatever it makes of them.

    Raises:
        InputError: several inputs or outputs, or another number of inputs than the data set has
            features; or it takes whole numbers, and the rows are not.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(
            "A model has one input and one output here. "
            f"Received: {len(model.inputs)} and {len(model.outputs)}"
        )
    shape = model.inputs[0].shape[1:]
    if None in shape or math.prod(shape) != data.features:
        raise _misfit(model, data)
    dtype = model.inputs[0].dtype
    if "int" in dtype and (data.train.x[:ROWS] % 1).any():
        raise InputError(
            f"the model takes {dtype}, and the rows of the data set {data.name} hold fractions, "
            "which it would cut off; give it the numbers that the model was trained on"
        )


def _misfit(model: keras.Model, data: Dataset) -> InputError:
    return InputError(
        f"the model maps {tuple(model.inputs[0].shape[1:])} to "
        f"{tuple(model.outputs[0].shape[1:])}, the data set {data.name} has {data.features} "
        f"features and {len(data.classes)} classes"
    )
