"""Which lowering is the fastest on a target, by its table of costs, or the smallest."""

from collections.abc import Callable, Mapping, Sequence

from keras_tvscm.errors import CheckError, InputError

from ..lower.model import candidates, choose
from ..lower.placements import Placement
from ..record import Candidate, Record

# Of a `.tflite` model: its cost on the target, None if the table lacks an operator; its bytes
# there; and where there is no cost, what it is estimated to be, if it can be.
Predict = Callable[[bytes], tuple[float | None, int, float | None]]
# Times within this share of the fastest are as good as it, and fewer bytes are better.
TIE = 1.03


def rank(
    placed: Sequence[Placement],
    to_tflite: Callable[[Mapping[str, str]], bytes],
    predict: Predict,
    prefer: str = "time",
    offered: Callable[[Placement], dict[str, str | None]] = candidates,
) -> tuple[list[dict[str, str]], list[Candidate]]:
    """Lowerings for all layers, the best first, and what was compared.

    Layers are decided one after another; the second choice and those after it differ from the
    first in the layer with the most to choose from.

    Args:
        placed: the layers of a model.
        to_tflite: what the model becomes with these lowerings, by layer: roughly, as its
            operators and sizes count.
        predict: what a `.tflite` model takes. InputError if it cannot be had on the target. What
            is estimated comes after all that is known.
        prefer: `"time"` puts the fastest first, `"bytes"` the smallest.
        offered: every lowering for a layer, and None, or why it is none on the target.
    """
    chosen = choose(placed)
    compared: list[Candidate] = []
    orders: dict[str, list[str]] = {}
    for placement in placed:
        reasons = offered(placement)
        possible = [
            _candidate(chosen | {placement.name: name}, placement.name, to_tflite, predict)
            for name, reason in reasons.items()
            if reason is None
        ]
        refused = [
            Candidate(placement.name, name, reason=reason)
            for name, reason in reasons.items()
            if reason is not None
        ]
        possible = _sorted(possible, prefer)
        compared += [*possible, *refused]
        orders[placement.name] = [
            candidate.lowering for candidate in possible if candidate.reason is None
        ]
        if orders[placement.name]:
            chosen[placement.name] = orders[placement.name][0]
    if not orders:
        return [chosen], compared
    widest = max(orders, key=lambda name: len(orders[name]))
    return [chosen | {widest: name} for name in orders[widest]] or [chosen], compared


def much_smaller(record: Record) -> tuple[Candidate, Candidate] | None:
    """A candidate of at most half the bytes of the one that was chosen: chosen, smaller."""
    for layer, lowering in record.lowerings.items():
        sized = {
            candidate.lowering: candidate
            for candidate in record.candidates
            if candidate.layer == layer and candidate.reason is None and candidate.bytes
        }
        smallest = min(sized.values(), key=lambda candidate: candidate.bytes or 0, default=None)
        chosen = sized.get(lowering)
        if chosen and smallest and 2 * (smallest.bytes or 0) <= (chosen.bytes or 0):
            return chosen, smallest
    return None


def _sorted(possible: list[Candidate], prefer: str) -> list[Candidate]:
    def time(candidate: Candidate) -> float:
        return float("inf") if candidate.cost is None else candidate.cost

    least = min((time(candidate) for candidate in possible if not candidate.reason), default=0.0)

    def key(candidate: Candidate) -> tuple[bool, float, float, float]:
        size, refused = candidate.bytes or 0, candidate.reason is not None
        estimate = candidate.estimate or 0.0
        if prefer == "bytes":
            return refused, size, time(candidate), estimate
        if time(candidate) <= TIE * least < float("inf"):
            return refused, least, size, 0.0
        return refused, time(candidate), estimate, size

    return sorted(possible, key=key)


def _candidate(
    lowerings: Mapping[str, str],
    layer: str,
    to_tflite: Callable[[Mapping[str, str]], bytes],
    predict: Predict,
) -> Candidate:
    try:
        cost, size, estimate = predict(to_tflite(lowerings))
    except (InputError, CheckError) as error:
        return Candidate(layer, lowerings[layer], reason=str(error))
    return Candidate(layer, lowerings[layer], cost, size, estimate=estimate)
