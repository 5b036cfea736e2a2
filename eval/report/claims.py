"""The paper's claims beside what this very comparison says of them."""

from collections.abc import Iterator

from ..comparison import Comparison
from ..markdown import MULTIPLIED, SPACE, bounds, printed, times
from ..measurement import Measurement
from ..paper import ACCURACY, TIMES_LESS
from .energy_table import figures
from .measured import first
from .table import Cell, Row, Table
from .text import percent, share

# The share of a figure that may be a matter of its rounding.
NEARLY = 0.95


def claims(comparison: Comparison) -> Table | None:
    """A claim a row; None of other data, or without the paper's networks."""
    if comparison.dataset["name"] not in ACCURACY:
        return None
    rows = tuple(Row(claim, "", cells) for claim, cells in _rows(comparison))
    heads = ("paper", "here", "which", "verdict")
    return Table("What the paper claims", "claim", heads, rows, words=True) if rows else None


def _rows(comparison: Comparison) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """A claim and its cells, for the best that the paper's network reaches here."""
    dataset = comparison.dataset["name"]
    for network, paper in ACCURACY[dataset].items():
        if found := _of(comparison, network):
            best = max(found, key=lambda m: m.accuracy)
            here = percent(best.accuracy, comparison.dataset["rows"])
            short = paper - 100 * best.accuracy
            verdict = f"does not hold here: {short:.2f} points short" if short > 0 else "holds"
            cells = (f"{paper:.2f}{SPACE}%", f"{here}{SPACE}%", best.model, verdict)
            yield f"accuracy, {network}", tuple(map(Cell, cells))
    paper_by_claim = TIMES_LESS[dataset]
    for claim, here, which, ratio in _ratios(comparison):
        paper = paper_by_claim[claim]
        cells = (f"{printed(paper)} less", here, which, _verdict(ratio / paper))
        yield claim, tuple(map(Cell, cells))


def _ratios(comparison: Comparison) -> Iterator[tuple[str, str, str, float]]:
    """Claim, figure, what it is of, and its number: the greatest that there is of each kind."""
    layers = _of(comparison, "tvscm")
    parameters = {
        network: comparison.model(found[0].model)["parameters"]
        for network in ("dense", "tvscm")
        if (found := _of(comparison, network))
    }
    if len(parameters) == 2 and all(parameters.values()):
        ratio = parameters["dense"] / parameters["tvscm"]
        yield "memory", times(ratio), "parameters, in any one arithmetic", ratio
    layer_names = {m.model for m in layers}
    everywhere = [m for m in comparison.measurements if m.model in layer_names]
    for dtype, counterpart in (
        ("int8", "int8 against int8"),
        ("float32", "dense float32 against it"),
    ):
        ratios = [
            (ratio, m)
            for m in everywhere
            if m.latency
            and (dtype == "float32" or comparison.model(m.model)["dtype"] == dtype)
            and (ratio := comparison.ratio(m, dtype))
        ]
        if ratios:
            ratio, m = max(ratios, key=lambda pair: pair[0])
            yield "latency", times(ratio), f"{counterpart}: {m.model} on {m.runtime}", ratio
    for figure in figures(comparison):
        if figure.model in layer_names and figure.less:
            text = f"{bounds(figure.less._asdict())}{MULTIPLIED}"
            how = f"{figure.energy.kind.replace('_', ', ')}: {figure.model}, {figure.energy.method}"
            yield "energy", text, how, figure.less.low


def _of(comparison: Comparison, network: str) -> list[Measurement]:
    return [
        m for name, m in first(comparison).items() if comparison.model(name)["network"] == network
    ]


def _verdict(part: float) -> str:
    if part >= 1:
        return "holds"
    return f"{'nearly' if part >= NEARLY else 'does not hold here'}: {share(part)} of it"
