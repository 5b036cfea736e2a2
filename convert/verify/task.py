"""What a network's outputs stand for, and so what it means that two of them agree."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

if TYPE_CHECKING:
    import keras

    from keras_tvscm.datasets import Dataset

NAMES = ("classification", "binary", "regression", "autoencoder")


@dataclass(frozen=True)
class Task:
    """What one row of outputs is.

    Attributes:
        name: `"classification"`, one score a class; `"binary"`, one number that tells two
            classes apart; `"regression"`, any numbers; `"autoencoder"`, the input again.
        threshold: of `"binary"`: greater outputs stand for class 1.
    """

    name: str = "classification"
    threshold: float = 0.0

    def decisions(self, outputs: NDArray[np.float32]) -> NDArray[np.intp] | None:
        """The class of each row of outputs, shape (rows, outputs); None where there is none."""
        if self.name == "classification":
            return outputs.argmax(axis=1)
        if self.name == "binary":
            return (outputs[:, 0] > self.threshold).astype(np.intp)
        return None

    def targets(self, x: NDArray[np.float32], y: NDArray[Any]) -> NDArray[Any] | None:
        """What the outputs of rows `x` with labels `y` should be; None where that is not known."""
        if self.name in ("classification", "binary"):
            return y
        return x if self.name == "autoencoder" else None


CLASSIFICATION = Task()


def task_of(model: "keras.Model", dataset: "Dataset", name: str | None = None) -> Task:
    """The task of a model with one input and one output.

    Args:
        model: built.
        dataset: what it was trained on.
        name: one of `NAMES`; None finds it from the output's shape: one score a class, one
            number (a sigmoid, or a data set of two classes, is a decision, else a regression), or
            as many numbers as the input.

    Raises:
        InputError: an unknown name, or a model whose output is not of that task, or of none.
    """
    shape = model.outputs[0].shape[1:]
    outputs, classes = math.prod(shape), len(dataset.classes)
    sigmoid = _ends_in_sigmoid(model)
    if name is None:
        if shape == (classes,) and classes > 1:
            name = "classification"
        elif outputs == 1:
            name = "binary" if classes == 2 else "regression"
        elif outputs == dataset.features:
            name = "autoencoder"
        else:
            raise InputError(
                f"the model's output of shape {tuple(shape)} is neither a score for each of the "
                f"{classes} classes of {dataset.name} nor the input's {dataset.features} numbers; "
                "choose its own data set, or the task regression"
            )
    if name not in NAMES:
        raise InputError(f"Unknown task {name!r}; expected one of {', '.join(NAMES)}")
    expected = {
        "classification": (outputs == classes, f"{classes} outputs, as {dataset.name} has classes"),
        "binary": (outputs == 1 and classes == 2, "one output, and two classes in the data set"),
        "autoencoder": (outputs == dataset.features, f"{dataset.features} outputs, as inputs"),
        "regression": (True, ""),
    }
    fits, condition = expected[name]
    if not fits:
        raise InputError(
            f"The task {name} is for {condition}. Received: output of shape {tuple(shape)}, "
            f"{classes} classes"
        )
    return Task(name, 0.5 if sigmoid else 0.0) if name == "binary" else Task(name)


def _ends_in_sigmoid(model: "keras.Model") -> bool:
    """Whether the layer that gives the output ends in a sigmoid."""
    # A task itself, as a record holds it, needs no Keras, which takes seconds to import.
    import keras

    from keras_tvscm.models.graph import nodes_of

    output = model.outputs[0]
    for node in nodes_of(model):
        if any(tensor is output for tensor in node.outputs):
            if isinstance(node.operation, keras.Model):
                return _ends_in_sigmoid(node.operation)
            activation = getattr(node.operation, "activation", None)
            return activation is keras.activations.sigmoid
    return False
