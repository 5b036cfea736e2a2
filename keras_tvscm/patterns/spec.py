"""Patterns as text, a kind and its options, as in `random:k=2,seed=7`.

Text of patterns is read and written here alone; `pattern.resolve` makes the pattern of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_tvscm.errors import InputError

NEAR = {"reach", "window", "columns"}
OPTIONS = {
    "banded": {"reach"},
    "complete": set(),
    "random": {"k", "seed"} | NEAR,
    "half": {"seed"} | NEAR,
    "learned": {"nonzeros", "start"} | NEAR,
}
# What stands between the numbers of an option that has several.
JOINTS = {"window": "x", "a": "+", "b": "+"}


@dataclass(frozen=True)
class Spec:
    """A kind of pattern and its options.

    Attributes:
        kind: one of `OPTIONS`, or `offsets`, whose options are the lists `a` and `b`.
        options: whole numbers, but for `window` (text or numbers), `start` (text), `a` and `b`.
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Spec":
        """What a text says.

        Raises:
            InputError: unknown kind or option, one given twice, or no whole number.
        """
        kind, _, rest = text.partition(":")
        items = [item.partition("=")[::2] for item in rest.split(",") if item]
        pairs = dict(items)
        if len(pairs) < len(items):
            raise InputError(f"A pattern takes each option once. Received: {text!r}")
        if kind == "offsets":
            if not pairs or not set(pairs) <= {"a", "b"}:
                raise InputError(f"Offsets are written offsets:a=0+3,b=1+5. Received: {text!r}")
            return cls(
                kind,
                {
                    name: [_integer(f"offset of {name}", offset) for offset in value.split("+")]
                    for name, value in pairs.items()
                },
            )
        if kind not in OPTIONS:
            raise InputError(
                f"Unknown pattern {text!r}; expected one of {', '.join(OPTIONS)} "
                "or offsets:a=0+3,b=1"
            )
        unknown = set(pairs) - OPTIONS[kind]
        if unknown:
            known = ", ".join(sorted(OPTIONS[kind])) or "none"
            raise InputError(f"Pattern {kind} has no option {min(unknown)!r}; it has: {known}")
        return cls(
            kind,
            {
                name: value if name in ("window", "start") else _integer(name, value)
                for name, value in pairs.items()
            },
        )

    def __str__(self) -> str:
        """The text that `parse` reads back."""
        options = []
        for name, value in self.options.items():
            if isinstance(value, list | tuple):
                value = JOINTS[name].join(map(str, value))
            if value != "":
                options.append(f"{name}={value}")
        return f"{self.kind}:{','.join(options)}" if options else self.kind

    def with_options(self, **options: Any) -> "Spec":
        """The same with these options added, or in the place of its own."""
        return Spec(self.kind, {**self.options, **options})

    @property
    def is_drawn(self) -> bool:
        """Whether a seed decides the pattern."""
        return "seed" in OPTIONS.get(self.kind, ())

    @property
    def near(self) -> dict[str, Any]:
        """The options that `Neighbourhood.from_options` takes."""
        return near_of(self.options)


def near_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that name a neighbourhood, of a pattern's text or of a saved mapping."""
    return {name: value for name, value in options.items() if name in NEAR}


def _integer(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise InputError(f"Pattern option {name} is a whole number. Received: {value!r}") from None
