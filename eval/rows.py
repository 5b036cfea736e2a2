"""What a model on a runtime makes of the test rows, and the memory that it takes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.training.metrics import score

from .model import Model
from .runtimes import Runtime

# Of each model, those that it is most wrongly sure of.
MISTAKES = 6


def misfit(model: Model, dataset: Dataset) -> str | None:
    """Why the model cannot be judged on the data set; None if it can."""
    if model.fault:
        return model.fault
    try:
        source, target = input_and_output(model.content)
    except InputError as error:
        return f"{model.path}: {error}"
    width, classes = dataset.test.x.shape[1], len(dataset.classes)
    if (source.size, target.size) != (width, classes):
        return (
            f"{model.path} takes {source.size} values and gives {target.size}, but "
            f"{dataset.name} has {width} values and {classes} classes; choose its own data set"
        )
    return None


def run(runtime: Runtime, model: Model, dataset: Dataset) -> dict[str, Any]:
    """The fields of a `Measurement` but its latency, JSON-ready.

    Returns:
        `score` and `mistakes`, or the `reason` why the model has none; memory. Of a model that the
        runtime does not run `status` and `reason`.
    """
    try:
        if model.fault:
            raise Unavailable(model.fault)
        result: dict[str, Any] = dict(runtime.memory(model.content))
        reason = misfit(model, dataset)
        if reason:
            return result | {"reason": f"not judged: {reason}"}
        outputs = runtime.predict(model.content, dataset.test.x)
    except (CheckError, Unavailable) as error:
        return {"status": "unavailable", "reason": str(error)}
    predicted = outputs.argmax(axis=1)
    judged = score(dataset.test.y, predicted, len(dataset.classes))
    return result | {
        "score": judged.to_json(),
        "mistakes": _mistakes(outputs, predicted, dataset.test.y),
    }


def _mistakes(
    outputs: NDArray[np.float32], predicted: NDArray[np.int64], true: NDArray[np.int32]
) -> list[dict[str, int]]:
    """The rows in which the wrong class is furthest above the true one, the worst first."""
    rows = np.arange(len(true))
    margin = outputs[rows, predicted] - outputs[rows, true]
    worst = np.argsort(-margin, kind="stable")[:MISTAKES]
    return [
        {"row": int(row), "true": int(true[row]), "predicted": int(predicted[row])}
        for row in worst
        if predicted[row] != true[row]
    ]
