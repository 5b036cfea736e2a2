"""EC57's figures of a network that tells heartbeats apart, of all records and of each."""

from typing import Any

import keras
import numpy as np

from keras_tvscm.datasets import Dataset, Split
from keras_tvscm.ecg.ec57 import figures
from keras_tvscm.models.inference import predictions

from .balancing import confusion


def beat_figures(model: keras.Model, part: Split, data: Dataset) -> dict[str, Any] | None:
    """What a model makes of one part of a data set, JSON-ready.

    Returns:
        `all`, the figures of `ec57.figures` over all rows; `records`, a row for each record with
        its `name`, `confusion` (`[true][predicted]`) and figures, where rows have an origin.
        None where the classes are not those of heartbeats.
    """
    if not {"N", "S", "V"} <= set(data.classes):
        return None
    x = part.x.reshape(-1, *model.inputs[0].shape[1:])
    predicted = predictions(model, x).argmax(axis=1)
    classes = len(data.classes)
    whole = confusion(part.y, predicted, classes)
    result: dict[str, Any] = {"all": figures(whole, data.classes).to_json()}
    if part.origin is None:
        return result
    records = []
    for number in np.unique(part.origin[:, 0]):
        rows = part.origin[:, 0] == number
        counts = confusion(part.y[rows], predicted[rows], classes)
        name = data.records[number] if data.records else str(number)
        records.append(
            {"name": name, "confusion": counts.tolist()} | figures(counts, data.classes).to_json()
        )
    return result | {"records": records}


def sentence(found: dict[str, Any]) -> str:
    """The figures of all rows in one line."""
    parts = [
        f"{name} {_percent(found['sensitivity'][name])} found, "
        f"{_percent(found['predictivity'][name])} of those called so right"
        for name in ("S", "V")
    ]
    return f"{'; '.join(parts)}; j-kappa {found['j_kappa']:.3f}"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f} %"
