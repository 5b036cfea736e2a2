"""What the classes of a recording's beats come to, as numbers and in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .classification import UNREADABLE, Classified, clock
from .ec57 import NOTICE, figures

NORMAL = "N"
MEANT = {"S": "supraventricular", "V": "ventricular", "F": "fusion"}


def summarize(
    found: Classified, model: str, error_rates: Mapping[str, float | None] | None
) -> dict[str, Any]:
    """The numbers, JSON-ready.

    Args:
        found: the beats.
        model: the network's name.
        error_rates: of the beats of other classes that the network met in its test, the share
            that it called S, V; None where it brings none.

    Returns:
        `burden_percent`: of the beats that were read, those of each class but N.
        `false_alarms_an_hour`: by `error_rates`, at this heart rate. `ec57`: the `figures`
        against the annotations, and the `confusion`, `[annotated][given]`.
    """
    gap_samples = found.gaps.samples - found.gaps.readable
    counts = {name: int((found.labels == name).sum()) for name in found.classes}
    read = sum(counts.values())
    known = np.flatnonzero(np.isfinite(found.rr))
    rate = longest = None
    if len(known):
        rate = float(60_000 / found.rr[known].mean())
        at = known[found.rr[known].argmax()]
        longest = {"ms": round(float(found.rr[at])), "until": clock(found.seconds[at])}
    confusion = found.confusion()
    return {
        "record": found.name,
        "lead": found.lead,
        "rate": found.rate,
        "model": model,
        "seconds": round(found.length / found.rate, 3),
        "seconds_not_read": round(gap_samples / found.rate, 3),
        "beats": len(found.labels),
        "beats_not_read": int((found.labels == UNREADABLE).sum()),
        "classes": counts,
        "burden_percent": {
            name: round(100 * count / max(read, 1), 3)
            for name, count in counts.items()
            if name != NORMAL
        },
        "mean_heart_rate": rate and round(rate, 1),
        "longest_rr": longest,
        "false_alarms_an_hour": None
        if error_rates is None or rate is None
        else {
            name: round(60 * rate * share, 1)
            for name, share in error_rates.items()
            if share is not None
        },
        "error_rates": None if error_rates is None else dict(error_rates),
        "ec57": None
        if confusion is None
        else figures(confusion).to_json() | {"confusion": confusion.tolist()},
        "notes": list(found.notes),
        "notice": NOTICE,
    }


def lines(document: Mapping[str, Any]) -> list[str]:
    """The same in words, a line each."""
    counts, burden = document["classes"], document["burden_percent"]
    shares = ", ".join(
        f"{name} {count:,}" + (f" ({burden[name]:.2f} %)" if name in burden else "")
        for name, count in counts.items()
    )
    longest, rate = document["longest_rr"], document["mean_heart_rate"]
    text = [
        f"record {document['record']}, lead {document['lead']}, {document['rate']:g} samples a "
        f"second, {clock(document['seconds'])}, of which {document['seconds_not_read']:.1f} s "
        "could not be read",
        f"{document['beats']:,} beats: {shares}",
    ]
    if document["beats_not_read"]:
        text.append(
            f"{document['beats_not_read']:,} beats are in or beside gaps: {UNREADABLE}, in no share"
        )
    if longest:
        text.append(
            f"mean heart rate {rate:.0f} a minute; longest RR {longest['ms'] / 1000:.2f} s, until "
            f"{longest['until']}"
        )
    if document["ec57"]:
        text += _annotated(document["ec57"])
    return [*text, _alarms(document), *document["notes"], NOTICE]


def _annotated(ec57: Mapping[str, Any]) -> list[str]:
    found = [
        f"{name} {_percent(ec57['sensitivity'][name])} found, "
        f"{_percent(ec57['predictivity'][name])} of those called so right"
        for name in ("S", "V")
    ]
    rows = [
        f"annotated {name}: " + "  ".join(f"{given} {count:,}" for given, count in pairs)
        for name, row in zip("NSVF", ec57["confusion"], strict=True)
        for pairs in [list(zip("NSVF", row, strict=True))]
    ]
    return [
        f"against the annotations: {'; '.join(found)}; j-kappa {ec57['j_kappa']:.3f}",
        *rows,
    ]


def _alarms(document: Mapping[str, Any]) -> str:
    alarms, rates = document["false_alarms_an_hour"], document["error_rates"]
    if not alarms:
        return (
            "how many of these are false alarms is not known: the model brings no error rates (a "
            "run folder has them)"
        )
    shares = " and ".join(
        f"{_percent(rates[name])} {MEANT.get(name, name)} ({name})" for name in alarms
    )
    an_hour = " and ".join(f"{count:,.0f} false {name}" for name, count in alarms.items())
    return (
        f"false alarms: of the other beats of its test patients the network calls {shares}; at "
        f"this heart rate {an_hour} beats an hour, on patients like those"
    )


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f} %"
