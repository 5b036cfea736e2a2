"""A trained network of any form that classifies the front end's rows."""

import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm import zoo
from keras_tvscm.convert.runtimes import in_child, load
from keras_tvscm.convert.tflite.graph import read
from keras_tvscm.convert.tflite.metadata import LABELS
from keras_tvscm.ecg.ec57 import CLASSES
from keras_tvscm.ecg.front_end import ROW
from keras_tvscm.errors import InputError

from .model import Model, read_model

RUNTIME = "litert-xnnpack"
FEATURES = ROW + 1  # the front end's row, and a zero


@dataclass(frozen=True, eq=False)
class BeatClassifier:
    """See `keras_tvscm.ecg.classification.Classifier`.

    Attributes:
        name: of the network.
        classes: their names, in the order of its outputs.
        error_rates: of the beats of other classes in its test, the share that it called S, V;
            None where it brings none.
    """

    name: str
    classes: tuple[str, ...]
    error_rates: dict[str, float | None] | None
    _scores: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    _are_probabilities: bool

    def __call__(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, float32 (beats, classes), of rows, float32 (beats, 238)."""
        scores = self._scores(rows)
        if self._are_probabilities:
            return scores
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def beat_classifier(path: Path) -> BeatClassifier:
    """Load a run folder, a `.keras` file, a `.tflite` file, or the folder of a zoo's network.

    The names of the classes are those of the run (`metrics.json`) or of the `.tflite` file's
    labels, else N, S, V, F.

    Raises:
        InputError: it cannot be read, or was not trained on rows of the front end.
    """
    return _of_tflite(path) if path.suffix == ".tflite" else _of_keras(path)


def _of_tflite(path: Path) -> BeatClassifier:
    model = read_model(path)
    graph = read(model.content)
    trained_on = None if model.record is None else model.record.dataset
    classes = _labels(path) or _metrics(path.parent).get("classes")
    names = _checked(path, trained_on, graph.input.size, graph.output.size, classes)
    if model.record is None:
        # Of anybody's making: whatever it does, this process goes on.
        in_child(RUNTIME, model.content).predict(np.zeros((1, FEATURES), np.float32))
    session = load(RUNTIME, model.content)
    softmax = graph.operators[-1].name == "SOFTMAX"
    return BeatClassifier(
        model.name, names, _error_rates(_of_the_same_run(model)), session.predict, softmax
    )


def _of_keras(path: Path) -> BeatClassifier:
    from keras_tvscm.models import loading
    from keras_tvscm.models.graph import gives_probabilities
    from keras_tvscm.models.inference import predictions

    model = loading.load(path)
    folder = path if path.is_dir() else path.parent
    metrics = _metrics(folder) if path.is_dir() or path.name == "model.keras" else {}
    trained_on = metrics.get("recipe", {}).get("dataset")
    if zoo.is_zoo(path):
        trained_on = zoo.card(path.name).dataset
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise InputError(f"{path} has several inputs or outputs; expected one of each")
    shape = model.inputs[0].shape[1:]
    inputs, outputs = (int(np.prod(side[0].shape[1:])) for side in (model.inputs, model.outputs))
    names = _checked(path, trained_on, inputs, outputs, metrics.get("classes"))

    def scores(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        answers = predictions(model, rows.reshape(-1, *shape))
        return answers.reshape(len(rows), -1).astype(np.float32)

    name = path.name if path.is_dir() else model.name
    return BeatClassifier(name, names, _error_rates(metrics), scores, gives_probabilities(model))


def _checked(
    path: Path, trained_on: str | None, inputs: int, outputs: int, classes: Any
) -> tuple[str, ...]:
    """The names of its classes."""
    if inputs != FEATURES:
        where = f"was trained on {trained_on}, and " if trained_on else ""
        raise InputError(
            f"{path} {where}takes {inputs} numbers; expected the {FEATURES} of a heartbeat with "
            "its rhythm: train one with tvscm train heartbeat-rhythm --network rhythm"
        )
    names = tuple(map(str, classes)) if classes else CLASSES
    if len(names) != outputs:
        raise InputError(
            f"{path} gives {outputs} scores, and its classes are not named; expected the "
            f"{len(CLASSES)} of {', '.join(CLASSES)}, or a run folder that names them"
        )
    return names


def _labels(path: Path) -> list[str] | None:
    """What the metadata of a `.tflite` file calls its classes."""
    with suppress(zipfile.BadZipFile, KeyError, UnicodeDecodeError), zipfile.ZipFile(path) as held:
        return held.read(LABELS).decode().splitlines()
    return None


def _metrics(folder: Path) -> dict[str, Any]:
    """What a training has written into a run folder; empty where there is none."""
    with suppress(OSError, ValueError):
        document = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        if isinstance(document, dict):
            return document
    return {}


def _of_the_same_run(model: Model) -> dict[str, Any]:
    """The metrics beside a `.tflite` file, where its record says the same data set and network."""
    metrics = _metrics(model.path.parent)
    recipe = metrics.get("recipe", {})
    if model.record is None or (recipe.get("dataset"), metrics.get("parameters")) != (
        model.record.dataset,
        model.record.parameters,
    ):
        return {}
    return metrics


def _error_rates(metrics: dict[str, Any]) -> dict[str, float | None] | None:
    with suppress(KeyError, TypeError):
        rates = metrics["ec57"]["test"]["all"]["false_positive_rate"]
        return {name: None if rate is None else float(rate) for name, rate in rates.items()}
    return None
