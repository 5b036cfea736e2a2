"""The result in a few plain sentences: which model to take, and by how much."""

from dataclasses import dataclass

from ..comparison import Comparison
from ..markdown import times
from ..measurement import Measurement
from ..statistics import NOISY, Interval
from .decision import BYTES, Beaten, Contender, Contest, Decision, alike, decide, ratio_to
from .measured import first, on, runtimes
from .table import Cell, Row, Table
from .text import SPACE, listed, microseconds, percent, points, share, span


@dataclass(frozen=True)
class Headline:
    """`decision` says which model to take; `beside` is what to hold against it."""

    decision: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        return self.decision + self.beside


def headline(comparison: Comparison) -> Headline:
    """The best of this library against the best of the others; without both, what there is."""
    decision = decide(comparison)
    floors = tuple(_floors(comparison))
    if not decision:
        return Headline((_without_rivals(comparison), *_noise(comparison)), floors)
    contests = [_contest(comparison, decision, contest) for contest in decision.contests]
    return Headline(
        (
            _leaders(comparison, decision),
            *_beaten(comparison, decision.beaten),
            _accuracy(comparison, decision),
            # The file's size and the first runtime; the others come after.
            *contests[:2],
            *_noise(comparison),
        ),
        (*contests[2:], *floors),
    )


def choices(comparison: Comparison) -> Table | None:
    """What each side's best takes, by what counts; None where there is one side alone."""
    decision = decide(comparison)
    if not decision:
        return None
    rows = comparison.dataset["rows"]
    ours, theirs = decision.ours, decision.theirs
    lines = [
        Row(
            "accuracy",
            "",
            (
                Cell(_or(decision.most_accurate)),
                *(Cell(c.model, (_percent(c.accuracy, rows),)) for c in (ours, theirs)),
                Cell(f"{points(ours.accuracy - theirs.accuracy, rows)} points"),
            ),
        )
    ]
    for contest in decision.contests:
        place = contest.place
        sides = [
            Cell(c.model, (f"{_amount(comparison, place, c.cost)}, {_percent(c.accuracy, rows)}",))
            for c in (contest.ours, contest.theirs)
        ]
        gain = _gain(comparison, place, contest.ratio, contest.interval)
        name = _what(comparison, place)[0] + _at(place)
        lines.append(Row(name, "", (Cell(_or(contest.winners)), *sides, Cell(gain))))
    bar = f"{decision.bar.model} ({_percent(decision.bar.accuracy, rows)})"
    caption = f"Which to take. Below accuracy: of those that are as accurate as {bar} or better"
    heads = ("take", "best TVSCM network", "best of the others", "TVSCM against the other")
    return Table(caption, "what counts", heads, tuple(lines), words=True)


def _leaders(comparison: Comparison, decision: Decision) -> str:
    """Who leads in what, and whether only one side leads at all."""
    winners = [("accuracy", "", decision.most_accurate)]
    winners += [(*_what(comparison, c.place), c.winners) for c in decision.contests]
    leads: dict[str, dict[str, list[str]]] = {}
    for what, place, contenders in winners:
        leads.setdefault(_or(contenders), {}).setdefault(what, []).append(place)
    taken = listed(
        [
            f"{model} for "
            + listed(
                [what + (places[0] and f" on {listed(places)}") for what, places in by.items()]
            )
            for model, by in leads.items()
        ]
    )
    ahead = {contender.model for *_, contenders in winners for contender in contenders}
    ours = {decision.ours.model, *(contest.ours.model for contest in decision.contests)}
    if not ahead & ours:
        return f"Take {taken}; no TVSCM network leads in any of these."
    if ahead <= ours:
        return f"Take {taken}; none of the other networks leads in any of these."
    return f"Take {taken}."


def _beaten(comparison: Comparison, pairs: tuple[Beaten, ...]) -> list[str]:
    """The most accurate one that is beaten in figures, and the others by name."""
    if not pairs:
        return []
    scores, rows = first(comparison), comparison.dataset["rows"]
    model, by = pairs[0].model, pairs[0].by
    higher, own = (percent(scores[name].accuracy, rows) for name in (by, model))
    level = f"the same accuracy ({own}{SPACE}%)"
    if higher != own:
        level = f"higher accuracy ({higher} against {own}{SPACE}%)"
    said = [
        f"{by} beats {model}: at {level} it {_saving(comparison, by, model)}, and is behind "
        "nowhere; take it instead."
    ]
    if others := [f"{pair.model} by {pair.by}" for pair in pairs[1:]]:
        said.append(f"So is beaten {listed(others)}.")
    return said


def _saving(comparison: Comparison, name: str, other: str) -> str:
    """What a model is and takes against another, in bytes and where the first of both ran."""
    places = [place for place in runtimes(comparison) if ratio_to(comparison, place, name, other)]
    said: list[str] = []
    for place in (BYTES, *places[:1]):
        if ratio := ratio_to(comparison, place, name, other):
            verb = "takes" if place in comparison.cores else "" if said else "is"
            said.append(f"{verb} {_gain(comparison, place, *ratio)}{_at(place)}".strip())
    return listed(said)


def _accuracy(comparison: Comparison, decision: Decision) -> str:
    """How far the most accurate of both sides are apart, and what the second saves."""
    rows = comparison.dataset["rows"]
    best, second = sorted((decision.ours, decision.theirs), key=lambda c: -c.accuracy)
    side = "of the others" if best is decision.ours else "TVSCM network"
    gap = points(best.accuracy - second.accuracy, rows)[1:]
    chance = ""
    if decision.not_told_apart:
        chance = f"; {rows:,} test rows do not tell the two apart"
    saving = _saving(comparison, second.model, best.model)
    return (
        f"The most accurate is {best.model} with {_percent(best.accuracy, rows)}, {gap} points "
        f"above {second.model}, the best {side}, which {saving}{chance}."
    )


def _contest(comparison: Comparison, decision: Decision, contest: Contest) -> str:
    place = contest.place
    best, second = sorted((contest.ours, contest.theirs), key=lambda c: c.cost)
    ratio, interval = contest.ratio, contest.interval
    side = "of the others"
    if best is contest.theirs:
        ratio, interval, side = 1 / ratio, _inverse(interval), "TVSCM network"
    gain = _gain(comparison, place, ratio, interval, second.model)
    amount = f"{best.model} with {_amount(comparison, place, best.cost)}, {gain}, the best {side}"
    if place == BYTES:
        bar = _percent(decision.bar.accuracy, comparison.dataset["rows"])
        return (
            f"Of those that are as accurate as {decision.bar.model} ({bar}) or better, the "
            f"smallest is {amount}."
        )
    if place in comparison.cores:
        return f"The fewest instructions of those{_at(place)} takes {amount}."
    return f"The fastest of those{_at(place)} is {amount}."


def _gain(
    comparison: Comparison, place: str, ratio: float, interval: Interval | None, than: str = ""
) -> str:
    """In words, how many times less it takes; more where the ratio is below 1."""
    more, less, same = _words(comparison, place)
    if alike(ratio, interval):
        return f"about as {same}" + (f" as {than}" if than else "")
    if ratio < 1:
        ratio, interval, more = 1 / ratio, _inverse(interval), less
    bounds = f" ({span(interval)})" if interval else ""
    return f"{times(ratio)}{bounds} {more}" + (f" than {than}" if than else "")


def _words(comparison: Comparison, place: str) -> tuple[str, str, str]:
    if place == BYTES:
        return "smaller", "larger", "large"
    if place in comparison.cores:
        return "fewer instructions", "more instructions", "many instructions"
    return "faster", "slower", "fast"


def _inverse(interval: Interval | None) -> Interval | None:
    return interval and Interval(1 / interval.high, 1 / interval.low)


def _what(comparison: Comparison, place: str) -> tuple[str, str]:
    """What counts, and where."""
    if place == BYTES:
        return BYTES, ""
    return "instructions" if place in comparison.cores else "time", place


def _at(place: str) -> str:
    return "" if place == BYTES else f" on {place}"


def _amount(comparison: Comparison, place: str, cost: float) -> str:
    if place == BYTES:
        return f"{cost:,.0f} bytes"
    if place in comparison.cores:
        return f"{cost:,.0f}"
    return f"{microseconds(cost)}{SPACE}µs"


def _or(contenders: tuple[Contender, ...]) -> str:
    return " or ".join(contender.model for contender in contenders)


def _percent(accuracy: float, rows: int) -> str:
    return f"{percent(accuracy, rows)}{SPACE}%"


def _noise(comparison: Comparison) -> list[str]:
    noise = max(comparison.noise.values(), default=0.0)
    if noise <= NOISY:
        return []
    return [
        f"This run was noisy: the time of a fixed piece of work varied by up to ±{share(noise)}, "
        f"and ±{share(NOISY)} is the limit; its times are rough."
    ]


def _floors(comparison: Comparison) -> list[str]:
    """What the head alone and the commonest class reach: the figures to beat."""
    rows = comparison.dataset["rows"]
    said = []
    layer, head = (_best_of(comparison, network) for network in ("tvscm", "softmax"))
    if head:
        said.append(
            f"The head alone ({head.model}: the same network without the TVSCM layer) "
            f"reaches {_percent(head.accuracy, rows)}"
            + (
                ", so the TVSCM layer adds no accuracy here."
                if layer and layer.accuracy <= head.accuracy
                else "."
            )
        )
    majority = comparison.majority
    said.append(
        f"Always answering “{majority['class']}” is right for "
        f"{_percent(majority['accuracy'], rows)} of the test rows."
    )
    return said


def _best_of(comparison: Comparison, network: str) -> Measurement | None:
    found = [
        m for name, m in first(comparison).items() if comparison.model(name)["network"] == network
    ]
    return max(found, key=lambda m: m.accuracy, default=None)


def _without_rivals(comparison: Comparison) -> str:
    for runtime in runtimes(comparison):
        measured = on(comparison, runtime)
        if measured:
            judged = [m for m in measured if m.score]
            fastest = min(measured, key=lambda m: m.cost or 0)
            ran = f"{len(measured)} of {len(comparison.models)} models ran on {runtime}"
            if not judged:
                return f"{ran}: {fastest.model} is the fastest; none could be judged."
            best = judged[0]
            accuracy = _percent(best.accuracy, comparison.dataset["rows"])
            return (
                f"{ran}: {best.model} is the most accurate ({accuracy}), "
                f"{fastest.model} the fastest."
            )
    return "No model could be run on any of the runtimes; the tables give the reasons."
