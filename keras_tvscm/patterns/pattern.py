"""Which offsets of a symmetric circulant matrix carry `a`, and which carry `b`.

An offset k, 0 <= k <= n // 2, stands for the pair of shifts k and n - k, so the
matrix is symmetric whatever the pattern. Offsets in neither list hold zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .neighbourhood import Neighbourhood
from .packing import unpack

KINDS = ("banded", "complete", "random", "half")
NEAR = {"reach", "window", "columns"}
OPTIONS = {
    "banded": {"reach"},
    "complete": set(),
    "random": {"k", "seed"} | NEAR,
    "half": {"seed"} | NEAR,
    "learned": {"nonzeros", "start"} | NEAR,
}


@dataclass(frozen=True)
class Pattern:
    """The offsets of an n x n matrix that carry `a` and those that carry `b`.

    Args:
        n: width of the matrix, at least 1.
        a, b: offsets, each 0 <= k <= n // 2, in any order; no offset in both.
        label: how the pattern was asked for, for people to read.

    Raises:
        InputError: n < 1, an offset out of range, one named twice, or none at all.

    Example:

        >>> Pattern(8, a=[0], b=[1, 4]).symbols.tolist()
        [1, 2, 0, 0, 2]

    Reference: arXiv 2605.16443, section 3.
    """

    n: int
    a: tuple[int, ...]
    b: tuple[int, ...]
    label: str

    def __init__(self, n: int, a: Iterable[int], b: Iterable[int], label: str = "offsets") -> None:
        if not isinstance(n, int | np.integer) or n < 1:
            raise InputError(f"A pattern needs a width n of at least 1. Received: n={n!r}")
        lists = {}
        for name, offsets in (("a", a), ("b", b)):
            if isinstance(offsets, str) or not isinstance(offsets, Iterable):
                raise InputError(f"Offsets of {name} must be a list. Received: {offsets!r}")
            lists[name] = tuple(_offset(k, int(n)) for k in offsets)
        both = lists["a"] + lists["b"]
        if not both:
            raise InputError("A pattern needs at least one offset. Received: none")
        if len(set(both)) < len(both):
            twice = next(k for k in both if both.count(k) > 1)
            raise InputError(f"An offset carries one value, a or b. Received offset {twice} twice")
        object.__setattr__(self, "n", int(n))
        object.__setattr__(self, "a", tuple(sorted(lists["a"])))
        object.__setattr__(self, "b", tuple(sorted(lists["b"])))
        object.__setattr__(self, "label", label)

    @classmethod
    def banded(cls, n: int, reach: int = 1) -> "Pattern":
        """`a` on the diagonal, `b` on the `reach` nearest offsets that n has."""
        if reach < 1:
            raise InputError(f"A banded pattern needs a reach of at least 1. Received: {reach}")
        if reach > max(1, n // 2):
            raise InputError(f"Width {n} has offsets up to {n // 2}. Received: reach={reach}")
        label = "banded" if reach == 1 else f"banded:reach={reach}"
        return cls(n, [0], range(1, min(reach, n // 2) + 1), label)

    @classmethod
    def complete(cls, n: int) -> "Pattern":
        """`a` on the diagonal, `b` everywhere else: y = (a - b) x + b sum(x)."""
        return cls(n, [0], range(1, n // 2 + 1), "complete")

    @classmethod
    def random(cls, n: int, k: int = 1, seed: int = 0, **near: Any) -> "Pattern":
        """k offsets for `a` and k others for `b`, drawn without replacement.

        `near` takes `reach`, `window` and `columns`: see `Neighbourhood`.
        """
        offsets = Neighbourhood.from_options(n, near).offsets
        if not 1 <= 2 * k <= len(offsets):
            raise InputError(
                f"A random pattern draws 2k of the {len(offsets)} offsets of width {n}. "
                f"Received: k={k}"
            )
        drawn = offsets[_stream(seed).permutation(len(offsets))[: 2 * k]].tolist()
        return cls(n, drawn[:k], drawn[k:], _label("random", k=k, seed=seed, **near))

    @classmethod
    def half(cls, n: int, seed: int = 0, **near: Any) -> "Pattern":
        """Every offset (of those that `near` leaves) is `a` or `b` by a coin."""
        offsets = Neighbourhood.from_options(n, near).offsets
        coin = _stream(seed).randint(2, size=len(offsets))
        label = _label("half", seed=seed, **near)
        return cls(n, offsets[coin == 0], offsets[coin == 1], label)

    @property
    def symbols(self) -> NDArray[np.uint8]:
        """Per offset 0..n // 2: 0 for zero, 1 for `a`, 2 for `b`."""
        symbols = np.zeros(self.n // 2 + 1, np.uint8)
        symbols[list(self.a)] = 1
        symbols[list(self.b)] = 2
        return symbols

    def shifts(self, value: int) -> tuple[int, ...]:
        """Columns j with c[j] of the given symbol (0 zero, 1 `a`, 2 `b`) in the first row c."""
        row = self.symbols[np.minimum(np.arange(self.n), self.n - np.arange(self.n))]
        return tuple(np.flatnonzero(row == value).tolist())

    def to_config(self) -> dict[str, Any]:
        """A JSON-ready description that `resolve` reads back."""
        return {"n": self.n, "a": list(self.a), "b": list(self.b), "label": self.label}


def resolve(spec: Any, n: int, seed: int = 0) -> Pattern:
    """The pattern of width n that `spec` asks for.

    Args:
        spec: a `Pattern`; a mapping with the offset lists `a` and `b`; or text: a kind,
            with options after a colon, as in `banded:reach=2`, `complete`,
            `random:k=2,seed=7`, `half:seed=3`, `half:window=7x7`, `offsets:a=0+3,b=1+5`.
        n: width of the layer.
        seed: for the kinds that are drawn, where the text gives none.

    Raises:
        InputError: unknown kind or option, or a pattern that width n does not have.
    """
    if isinstance(spec, Mapping):
        spec = _from_mapping(dict(spec), n)
    if isinstance(spec, Pattern):
        if spec.n != n:
            raise InputError(f"The pattern has width {spec.n}, the layer's input {n}")
        return spec
    if not isinstance(spec, str):
        raise InputError(f"A pattern is a kind, offset lists or a Pattern. Received: {spec!r}")
    kind, options = options_of(spec)
    if kind == "offsets":
        return Pattern(n, options.get("a", []), options.get("b", []), spec)
    if kind == "learned":
        raise InputError("A learned pattern belongs to a layer; a fixed one was expected here")
    if "seed" in OPTIONS[kind]:
        options.setdefault("seed", seed)
    pattern: Pattern = getattr(Pattern, kind)(n, **options)
    return pattern


def options_of(spec: str) -> tuple[str, dict[str, Any]]:
    """The kind and the options of a pattern's text; whole numbers are read as such.

    Raises:
        InputError: unknown kind or option, one given twice, or no whole number.
    """
    kind, _, text = spec.partition(":")
    items = [item.partition("=")[::2] for item in text.split(",") if item]
    pairs = dict(items)
    if len(pairs) < len(items):
        raise InputError(f"A pattern takes each option once. Received: {spec!r}")
    if kind == "offsets":
        if not pairs or not set(pairs) <= {"a", "b"}:
            raise InputError(f"Offsets are written offsets:a=0+3,b=1+5. Received: {spec!r}")
        return kind, {
            name: [_integer(f"offset of {name}", k) for k in value.split("+")]
            for name, value in pairs.items()
        }
    if kind not in OPTIONS:
        raise InputError(
            f"Unknown pattern {spec!r}; expected one of {', '.join(OPTIONS)} or offsets:a=0+3,b=1"
        )
    unknown = set(pairs) - OPTIONS[kind]
    if unknown:
        known = ", ".join(sorted(OPTIONS[kind])) or "none"
        raise InputError(f"Pattern {kind} has no option {min(unknown)!r}; it has: {known}")
    return kind, {
        name: value if name in ("window", "start") else _integer(name, value)
        for name, value in pairs.items()
    }


def _from_mapping(spec: dict[str, Any], n: int) -> Pattern:
    """Offset lists, or the packed symbols that a frozen layer saves."""
    label = str(spec.pop("label", None) or "offsets")
    width = spec.pop("n", n)
    if set(spec) == {"a", "b"}:
        return Pattern(width, spec["a"], spec["b"], label)
    if not {"packed"} <= set(spec) <= {"packed"} | NEAR:
        raise InputError(f"Explicit offsets need the lists a and b. Received: {spec!r}")
    if width != n:
        raise InputError(f"The pattern has width {width!r}, the layer's input {n}")
    packed = spec.pop("packed")
    offsets = Neighbourhood.from_options(n, spec).offsets
    symbols = unpack(packed, offsets.shape)
    return Pattern(n, offsets[symbols == 1], offsets[symbols == 2], label)


def _offset(k: Any, n: int) -> int:
    if isinstance(k, bool) or not isinstance(k, int | np.integer):
        raise InputError(f"An offset is a whole number. Received: {k!r}")
    if not 0 <= k <= n // 2:
        raise InputError(f"Offset {k} is out of range: width {n} has offsets 0 to {n // 2}")
    return int(k)


def _label(kind: str, **options: Any) -> str:
    window = options.get("window")
    if isinstance(window, list | tuple):
        options["window"] = "x".join(map(str, window))
    return f"{kind}:" + ",".join(f"{name}={value}" for name, value in options.items())


def _integer(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise InputError(f"Pattern option {name} is a whole number. Received: {value!r}") from None


def _stream(seed: int) -> np.random.RandomState:
    # The older generator: NumPy keeps its stream fixed for ever (NEP 19), so that a
    # kind and a seed name the same pattern on every machine, whatever its version.
    if not 0 <= seed < 2**32:
        raise InputError(f"A pattern's seed is 0 to 4294967295. Received: {seed}")
    return np.random.RandomState(seed)
