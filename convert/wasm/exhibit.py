"""What a web page shows beside a network: rows of its data set, and another network."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.datasets import Dataset
from keras_tvscm.datasets.dataset import Split
from keras_tvscm.errors import InputError

from ..about import about_file
from ..c_source import CSource
from ..native import generate
from ..record import read_record
from ..runtimes import NAMES, Unavailable, in_child
from ..tflite.graph import input_and_output
from ..verify.task import Task

# Bytes of the rows in a page, and how many there are at most.
MOST_BYTES, MOST_ROWS = 100_000, 60
# Images that a page makes of what is drawn on it, as MNIST's were made.
DRAWN = ("mnist", "mnist-excerpt")
BEATS = ("heartbeat", "heartbeat-excerpt", "heartbeat-interpatient")
# What the letters of AAMI's classes stand for.
BEAT_NAMES = {
    "N": "normal",
    "S": "supraventricular, early",
    "V": "ventricular, early",
    "F": "fusion of both",
    "Q": "unclassifiable or paced",
}
NO_MEDICAL_DEVICE = (
    "No medical device: on patients whom they have not seen, such networks are far worse."
)


@dataclass(frozen=True)
class Beside:
    """The other network.

    Attributes:
        name: by its record, else its file's.
        content: its `.tflite` bytes.
        source: C that computes them.
        parameters: by its record; None without one.
        accuracy: on the rows that the converted model is verified on; None where LiteRT refuses
            the model.
    """

    name: str
    content: bytes
    source: CSource
    parameters: int | None
    accuracy: float | None


@dataclass(frozen=True)
class Exhibit:
    """What the page is given but the network.

    Attributes:
        data: of the data set, JSON-ready: see `of`.
        beside: None where there is none.
    """

    data: Mapping[str, Any]
    beside: Beside | None

    @classmethod
    def of(cls, dataset: Dataset, task: Task, content: bytes, beside: Path | None) -> "Exhibit":
        """Choose rows of the test part, as many of each class, and read the other network.

        Args:
            dataset: that the model was trained on.
            task: of the model, one with classes.
            content: of the model.
            beside: the `.tflite` file of the other.

        Raises:
            InputError: that cannot be read, takes or gives other numbers, or no C is written of it.
        """
        shown = _rows(dataset)
        return cls(
            {
                "title": _title(dataset),
                "classes": list(dataset.classes),
                "names": BEAT_NAMES if dataset.name in BEATS else {},
                "padded": dataset.name in BEATS,
                "rows": base64.b64encode(shown.x.astype("<f4").tobytes()).decode(),
                "labels": shown.y.tolist(),
                "imageShape": dataset.image_shape,
                "draws": dataset.name in DRAWN,
                "dividedBy": dataset.scaling.divided_by,
                "source": dataset.source,
                "notice": NO_MEDICAL_DEVICE if dataset.name in BEATS else "",
            },
            _beside(beside, dataset, task, content) if beside else None,
        )


def _title(dataset: Dataset) -> str:
    if dataset.name in DRAWN:
        return "Draw a digit"
    return "Heartbeats" if dataset.name in BEATS else dataset.name


def _rows(dataset: Dataset) -> Split:
    count = min(MOST_ROWS, MOST_BYTES // (4 * dataset.features))
    each = max(1, count // len(dataset.classes))
    rng = np.random.default_rng(0)
    numbers = rng.permutation(len(dataset.test))
    of_class = [numbers[dataset.test.y[numbers] == k][:each] for k in range(len(dataset.classes))]
    chosen: NDArray[np.intp] = rng.permutation(np.concatenate(of_class))
    return dataset.test.select(chosen[: max(1, count)])


def _beside(path: Path, dataset: Dataset, task: Task, content: bytes) -> Beside:
    try:
        other = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    try:
        sizes = [[tensor.size for tensor in input_and_output(model)] for model in (other, content)]
        if sizes[0] != sizes[1]:
            raise InputError(
                f"{sizes[0][0]} numbers in and {sizes[0][1]} out; expected {sizes[1][0]} and "
                f"{sizes[1][1]}, as the model has"
            )
        source = generate(other, "beside", about_file(path, other))
        record = read_record(path, other)
    except InputError as error:
        raise InputError(f"{path}: {error}; choose another file to show beside") from error
    parts = dataset.validation, dataset.test
    x, y = (np.concatenate([getattr(part, name) for part in parts]) for name in "xy")
    try:
        decisions = task.decisions(in_child(NAMES[0], other).predict(x))
        accuracy = float(np.mean(decisions == y))
    except Unavailable:
        accuracy = None
    return Beside(
        record.name if record else path.stem,
        other,
        source,
        record.parameters if record else None,
        accuracy,
    )
