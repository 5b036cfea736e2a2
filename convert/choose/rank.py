"""Which lowering is the fastest on a target, by its table of costs, or the smallest."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import keras
from rich import box
from rich.table import Table
from rich.text import Text

from keras_tvscm.errors import CheckError, InputError

from ..lower.model import DEFAULTS, candidates, kind, lower
from ..lower.placements import placements

PREFERENCES = ("time", "bytes")
# Times within this share of the fastest are as good as it, and fewer bytes are better.
TIE = 1.03


@dataclass(frozen=True)
class Candidate:
    """One way to lower a model.

    Attributes:
        layer: the layer that this candidate is for.
        lowering: its name.
        cost: predicted for the whole model, the other layers as chosen so far: microseconds, or
            instructions for C.
        bytes: of the whole model, before its metadata; for C, of its constants.
        reason: why it cannot be, or None.
    """

    layer: str
    lowering: str
    cost: float | None = None
    bytes: int | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def rank(
    model: keras.Model,
    to_tflite: Callable[[keras.Model], bytes],
    predict: Callable[[bytes], tuple[float | None, int]],
    prefer: str = "time",
) -> tuple[list[dict[str, str]], list[Candidate]]:
    """Lowerings for all layers, the best first, and what was compared.

    Layers are decided one after another; the second choice and those after it differ from the
    first in the layer with the most to choose from.

    Args:
        model: as for `lower`.
        to_tflite: what the lowered model becomes, roughly: its operators and sizes count.
        predict: the cost of a `.tflite` model on the target, None if it is not known, and its
            bytes there. InputError if the model cannot be had there.
        prefer: `"time"` puts the fastest first, `"bytes"` the smallest.
    """
    found = placements(model)
    chosen = {placement.name: DEFAULTS[kind(placement)] for placement in found}
    compared: list[Candidate] = []
    orders: dict[str, list[str]] = {}
    for placement in found:
        names = candidates(placement)
        possible = [name for name, reason in names.items() if reason is None]
        tried = [
            _candidate(model, chosen | {placement.name: name}, placement.name, to_tflite, predict)
            for name in possible
        ]
        refused = [
            Candidate(placement.name, name, reason=reason)
            for name, reason in names.items()
            if reason is not None
        ]
        tried = _sorted(tried, prefer)
        compared += [*tried, *refused]
        orders[placement.name] = [one.lowering for one in tried if one.reason is None]
        if orders[placement.name]:
            chosen[placement.name] = orders[placement.name][0]
    if not orders:
        return [chosen], compared
    widest = max(orders, key=lambda name: len(orders[name]))
    return [chosen | {widest: name} for name in orders[widest]] or [chosen], compared


def _sorted(tried: list[Candidate], prefer: str) -> list[Candidate]:
    def time(one: Candidate) -> float:
        return float("inf") if one.cost is None else one.cost

    least = min((time(one) for one in tried if one.reason is None), default=0.0)

    def key(one: Candidate) -> tuple[bool, float, float]:
        size = one.bytes or 0
        if prefer == "bytes":
            return one.reason is not None, size, time(one)
        if time(one) <= TIE * least:
            return one.reason is not None, least, size
        return one.reason is not None, time(one), size

    return sorted(tried, key=key)


def _candidate(
    model: keras.Model,
    lowerings: dict[str, str],
    layer: str,
    to_tflite: Callable[[keras.Model], bytes],
    predict: Callable[[bytes], tuple[float | None, int]],
) -> Candidate:
    name = lowerings[layer]
    try:
        content = to_tflite(lower(model, lowerings))
        cost, size = predict(content)
    except (InputError, CheckError) as error:
        return Candidate(layer, name, reason=str(error))
    return Candidate(layer, name, cost, size)


def advice(record: dict[str, Any]) -> str | None:
    """A word on a candidate much smaller than the fastest, which was chosen; else None."""
    for layer, lowering in record["lowerings"].items():
        able = [
            one
            for one in record["candidates"]
            if one["layer"] == layer and one["reason"] is None and one["bytes"]
        ]
        chosen = [one for one in able if one["lowering"] == lowering]
        smallest = min(able, key=lambda one: one["bytes"], default=None)
        if chosen and smallest and 2 * smallest["bytes"] <= chosen[0]["bytes"]:
            return (
                f"{lowering} is predicted to be the fastest here; --prefer bytes would write about "
                f"{smallest['bytes']:,} bytes ({smallest['lowering']})"
            )
    return None


def comparison(record: dict[str, Any]) -> Table | str:
    """A conversion's candidates and what became of them, to be printed with rich."""
    if not record["candidates"]:
        return "Nothing was chosen: one lowering was asked for, or no layer has several."
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    cost = "predicted instructions" if record["target"] == "c" else "predicted µs"
    for heading in ("layer", "lowering", cost, "bytes", ""):
        shown.add_column(heading, justify="right" if heading in (cost, "bytes") else "left")
    for one in record["candidates"]:
        chosen = record["lowerings"].get(one["layer"]) == one["lowering"]
        shown.add_row(
            # Not markup: a layer may bear any name.
            Text(one["layer"]),
            one["lowering"],
            "" if one["cost"] is None else _cost(one["cost"], record["target"]),
            "" if one["bytes"] is None else f"{one['bytes']:,}",
            Text("chosen" if chosen else one["reason"] or ""),
        )
    return shown


def _cost(cost: float, target: str) -> str:
    return f"{cost:,.0f}" if target == "c" else f"{cost:.2f}"
