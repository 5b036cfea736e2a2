"""`compare`: what changed between two sessions of `evaluate`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import read_json

from .console import out
from .start import start

# Of what only one session has.
SHOWN = 3

if TYPE_CHECKING:
    from keras_tvscm.eval.changes import Change, Changes


def compare(
    before: Annotated[Path, typer.Argument(help="report.json of the earlier session.")],
    after: Annotated[Path, typer.Argument(help="report.json of the later one.")],
    fail_if_slower: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE",
            help="End with exit code 1 if a model is surely slower by more than this, as in 10%.",
        ),
    ] = None,
) -> None:
    """Say what changed between two sessions of evaluate, beyond what chance changes.

    Models are matched by name, on each runtime, and shown with the 95 % interval of their change;
    what chance does not explain is bold, with a word. Times are divided by what a fixed piece of
    work took in the same process, so that a machine which was slower as a whole makes no
    difference.

    \b
    Examples:
      tvscm compare main/report.json branch/report.json
      tvscm compare main/report.json branch/report.json --fail-if-slower 10%
    """
    start("eval")
    share = None if fail_if_slower is None else _share(fail_if_slower)
    from keras_tvscm.eval.changes import changes
    from keras_tvscm.eval.comparison import Comparison

    sessions = []
    for path in (before, after):
        try:
            sessions.append(Comparison.from_json(read_json(path)))
        except InputError as error:
            text = str(error)
            raise InputError(text if str(path) in text else f"{path}: {text}") from error
    found = changes(*sessions)
    for runtime in dict.fromkeys(change.runtime for change in found.changes):
        out.print(_table(runtime, [each for each in found.changes if each.runtime == runtime]))
    for line in _beside(found):
        out.print(line)
    out.result(found.to_json())
    slower = found.slower_than(share) if share is not None else []
    if slower:
        worst = max(slower, key=lambda change: change.ratio)
        raise CheckError(
            f"{len(slower)} of {len(found.changes)} are more than {fail_if_slower} slower; most: "
            f"{worst.model} on {worst.runtime}, {_percent(worst.ratio)}"
        )


def _share(text: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", text)
    if not match:
        raise InputError(f"--fail-if-slower takes a percentage such as 10%. Received: {text}")
    return float(match[1]) / 100


def _table(runtime: str, found: "list[Change]") -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(runtime, overflow="fold", min_width=20)
    for head in ("before", "after", "change", "accuracy"):
        table.add_column(head, justify="right", no_wrap=True)
    for change in found:
        low, high = change.interval or (None, None)
        # What chance explains has its interval, and no word.
        within = "" if low is None or high is None else f"{_percent(low)} to {_percent(high)}"
        table.add_row(
            change.model,
            _cost(change.before, change.unit),
            _cost(change.after, change.unit),
            f"{_percent(change.ratio)} {change.verdict}" if change.sure else within or "none",
            f"{change.accuracy:+.2f}" if change.accuracy else "",
            style="bold" if change.sure else None,
        )
    return table


def _cost(value: float, unit: str) -> str:
    return f"{value / 1000:,.2f} µs" if unit == "ns" else f"{value:,.0f}"


def _percent(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.1f} %"


def _beside(found: "Changes") -> list[str]:
    lines = [
        f"{runtime}: a fixed piece of work took {_percent(ratio)} of time, which is left out above"
        for runtime, ratio in found.machine.items()
        if abs(ratio - 1) > 0.02
    ]
    if found.ratios:
        lines.append(
            f"{found.agreeing} of {found.ratios} ratios to the dense int8 network are the same in "
            "both, but for chance"
        )
    timed = [change for change in found.changes if change.interval]
    if timed and any(change.sure for change in timed):
        lines.append(f"of {len(timed)} intervals, chance alone leaves out zero in 1 of 20")
    if len(timed) < sum(change.unit == "ns" for change in found.changes):
        lines.append("a session of fewer than two windows gives no interval: measure it again")
    for session, names in (("before", found.before), ("after", found.after)):
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            lines.append(f"only {session}: {', '.join(names[:SHOWN])}{more}")
    return lines
