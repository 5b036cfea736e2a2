"""One HTML file that runs a network, without a network connection."""

import base64
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..c_source import CSource
from ..c_source.native import compared
from ..record import Record
from ..tflite.graph import read
from .exhibit import Exhibit
from .node import checked_module

FOLDER = Path(__file__).parent
# Operators that make probabilities of scores; one that changes their type may follow.
PROBABILITIES = ("SOFTMAX", "LOGISTIC")


def network_text() -> str:
    """The JavaScript that loads a module, with a line that says who wrote it."""
    return f"// Written by keras-tvscm.\n{_text('network.mjs')}"


def page(source: CSource, content: bytes, record: Record, exhibit: Exhibit) -> str:
    """The page.

    Args:
        source: C that computes the model.
        content: the model.
        record: of its conversion.
        exhibit: what else is shown.

    Raises:
        InputError: the C does not compile; see `module`.
        CheckError: what is compiled differs from the model; see `node.check`.
    """
    networks = [
        _network(
            source,
            content,
            record.name,
            record.parameters,
            record.verification.written.accuracy,
            record.c.equality if record.c else None,
        )
    ]
    if other := exhibit.beside:
        networks.append(
            _network(other.source, other.content, other.name, other.parameters, other.accuracy)
        )
    data = {**exhibit.data, "networks": networks}
    parts = {
        "title": html.escape(f"{exhibit.data['title']}: {record.name}"),
        "style": _text("page.css"),
        # Within a script element, only what would end it has to be written otherwise.
        "data": json.dumps(data).replace("<", "\\u003c"),
        "script": "\n".join(map(_text, ("network.mjs", "mnist.mjs", "page.mjs"))),
    }
    # In one pass, as any of it may hold such a name.
    return re.sub("@([a-z]+)@", lambda place: parts[place[1]], _text("page.html"))


def _network(
    source: CSource,
    content: bytes,
    name: str,
    parameters: int | None,
    accuracy: float | None,
    equality: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the page is given of a network; `equality` where it was compared before."""
    compiled, drawn = checked_module(source, content)
    last = read(content).operators[-2:]
    return {
        "name": name,
        "wasm": base64.b64encode(compiled).decode(),
        "bytes": len(compiled),
        "parameters": parameters,
        "accuracy": accuracy,
        "givesProbabilities": any(operator.name in PROBABILITIES for operator in last),
        "compared": compared(dict(equality or drawn)),
    }


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
