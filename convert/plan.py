"""In which ways a model may be lowered, the best first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.progress import Progress, announcing, silent

from .built import GENERATORS, float_bytes, quantised_bytes
from .choose.costs import load
from .choose.rank import Predict, rank
from .lower.model import candidates
from .lower.placements import Placement
from .options import Options
from .prepared import Prepared
from .record import Candidate

# Enough for ranges in which the operators can be compared.
ROWS_TO_CHOOSE = 20


@dataclass(frozen=True)
class Plan:
    """One way to lower every layer.

    Attributes:
        lowerings: by layer.
        compared: what it was chosen from; empty where it was asked for.

    Examples:

        >>> from keras_tvscm.convert import Plan
        >>> Plan({"mixing": "gather"}).compared
        ()
    """

    lowerings: Mapping[str, str]
    compared: tuple[Candidate, ...] = ()

    def candidates(self, failures: Mapping[tuple[str, str], str]) -> tuple[Candidate, ...]:
        """What was compared once this plan has been taken.

        Args:
            failures: why earlier plans failed, by layer and lowering.
        """
        return tuple(
            candidate
            if candidate.reason or self.lowerings[candidate.layer] == candidate.lowering
            else replace(candidate, reason=failures.get((candidate.layer, candidate.lowering)))
            for candidate in self.compared
        )


def plans(prepared: Prepared, options: Options, progress: Progress = silent) -> Iterator[Plan]:
    """At least one way: the one that is asked for, or for `"auto"` all that are possible.

    Args:
        prepared: the model and its data.
        options: of these `lowering`, `target`, `costs`, `prefer`, `dtype` and `io_dtype`.
        progress: called before each way is tried.

    Raises:
        InputError: a file of costs that is none, or of another target's runtime.

    Examples:

        >>> from keras_tvscm.convert import plans
        >>> plan = next(plans(prepared, options))
        >>> plan.lowerings
        {'mixing': 'unrolled'}
    """
    if not options.is_automatic:
        yield Plan(prepared.lowerings)
        return
    few = prepared.calibration[:ROWS_TO_CHOOSE]
    offered = partial(_offered, options=options)
    reasons = [reason for place in prepared.placements for reason in offered(place).values()]
    announce = announcing(progress, reasons.count(None))

    def to_tflite(lowerings: Mapping[str, str]) -> bytes:
        announce(f"comparing {named(lowerings)}")
        if options.is_integer:
            return quantised_bytes(prepared, lowerings, options, few)
        return float_bytes(prepared, lowerings)

    orders, compared = rank(
        prepared.placements, to_tflite, _predictor(options), options.prefer, offered
    )
    for lowerings in orders:
        yield Plan(lowerings, tuple(compared))


def named(lowerings: Mapping[str, str]) -> str:
    """The names of the lowerings, each once, in one line."""
    return ", ".join(dict.fromkeys(lowerings.values())) or "the model"


def _offered(placement: Placement, options: Options) -> dict[str, str | None]:
    """Every lowering for a layer: None if `"auto"` may take it, else why not."""
    reasons = candidates(placement)
    if isinstance(placement.layer, TVSCMConv) and reasons["polyphase"] is None:
        # By name they may be had there, too.
        if options.target in ("tflm", *GENERATORS):
            reasons["polyphase"] = "blocks as channels are for kernels such as XNNPACK's"
        elif options.dtype == "int8x4":
            reasons["polyphase"] = "between the weights it has zeros, which take four bits each"
    return reasons


def _predictor(options: Options) -> Predict:
    """What gives a model's cost on the target, its bytes there, and an estimate of the cost."""
    if options.target in GENERATORS:

        def in_c(content: bytes) -> tuple[float | None, int, float | None]:
            source = GENERATORS[options.target](content)
            return source.instructions, source.constant_bytes, None

        return in_c
    costs = load(options.target, options.costs)

    def predict(content: bytes) -> tuple[float | None, int, float | None]:
        cost = costs.microseconds(content)
        return cost, len(content), costs.estimate(content) if cost is None else None

    return predict
