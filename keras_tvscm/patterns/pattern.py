"""Which offsets of a symmetric circulant matrix carry `a`, and which carry `b`.

An offset k, 0 <= k <= n // 2, stands for the pair of shifts k and n - k, so the
matrix is symmetric whatever the pattern. Offsets in neither list hold zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .neighbourhood import Neighbourhood
from .offsets import Symbol, offset_of
from .packing import unpack
from .spec import NEAR, Spec


@dataclass(frozen=True)
class Pattern:
    """The offsets of an n x n matrix that carry `a` and those that carry `b`.

    Args:
        n: width of the matrix, at least 1.
        a: offsets, each 0 <= k <= n // 2, in any order.
        b: the same; no offset is in both.
        label: what to call it for people; by default its `spec`.

    Attributes:
        spec: text that `resolve` reads back as an equal pattern.

    Two patterns are equal if n and the offsets are, whatever they are called.

    Raises:
        InputError: n < 1, an offset out of range, one named twice, or none at all.

    Examples:

        >>> from keras_tvscm import Pattern
        >>> Pattern(8, a=[0], b=[1, 4]).symbols.tolist()
        [1, 2, 0, 0, 2]

    Reference: arXiv 2605.16443, section 3.
    """

    n: int
    a: tuple[int, ...]
    b: tuple[int, ...]
    label: str = field(compare=False)
    spec: str = field(compare=False)

    def __init__(
        self, n: int, a: Iterable[int], b: Iterable[int], label: str | None = None
    ) -> None:
        if not isinstance(n, int | np.integer) or n < 1:
            raise InputError(f"A pattern needs a width n of at least 1. Received: n={n!r}")
        lists = {}
        for name, offsets in (("a", a), ("b", b)):
            if isinstance(offsets, str) or not isinstance(offsets, Iterable):
                raise InputError(f"Offsets of {name} must be a list. Received: {offsets!r}")
            lists[name] = tuple(sorted(_offset(k, int(n)) for k in offsets))
        both = lists["a"] + lists["b"]
        if not both:
            raise InputError("A pattern needs at least one offset. Received: none")
        if len(set(both)) < len(both):
            twice = next(k for k in both if both.count(k) > 1)
            raise InputError(f"An offset carries one value, a or b. Received offset {twice} twice")
        spec = str(Spec("offsets", lists))
        fields = {"n": int(n), **lists, "label": label or spec, "spec": spec}
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def _of_kind(cls, spec: Spec, n: int, a: Iterable[int], b: Iterable[int]) -> "Pattern":
        pattern = cls(n, a, b, label=str(spec))
        object.__setattr__(pattern, "spec", pattern.label)
        return pattern

    @classmethod
    def banded(cls, n: int, reach: int = 1) -> "Pattern":
        """`a` on the diagonal, `b` on the `reach` nearest offsets that n has."""
        if reach < 1:
            raise InputError(f"A banded pattern needs a reach of at least 1. Received: {reach}")
        if reach > max(1, n // 2):
            raise InputError(f"Width {n} has offsets up to {n // 2}. Received: reach={reach}")
        spec = Spec("banded", {"reach": reach} if reach > 1 else {})
        return cls._of_kind(spec, n, [0], range(1, min(reach, n // 2) + 1))

    @classmethod
    def complete(cls, n: int) -> "Pattern":
        """`a` on the diagonal, `b` everywhere else: y = (a - b) x + b sum(x)."""
        return cls._of_kind(Spec("complete"), n, [0], range(1, n // 2 + 1))

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
        spec = Spec("random", {"k": k, "seed": seed, **near})
        return cls._of_kind(spec, n, drawn[:k], drawn[k:])

    @classmethod
    def half(cls, n: int, seed: int = 0, **near: Any) -> "Pattern":
        """Every offset (of those that `near` leaves) is `a` or `b` by a coin."""
        offsets = Neighbourhood.from_options(n, near).offsets
        coin = _stream(seed).randint(2, size=len(offsets))
        spec = Spec("half", {"seed": seed, **near})
        return cls._of_kind(spec, n, offsets[coin == 0], offsets[coin == 1])

    @property
    def symbols(self) -> NDArray[np.uint8]:
        """What each offset 0..n // 2 carries, as the numbers of `Symbol`."""
        symbols = np.full(self.n // 2 + 1, Symbol.ZERO, np.uint8)
        symbols[list(self.a)] = Symbol.A
        symbols[list(self.b)] = Symbol.B
        return symbols

    @property
    def row(self) -> NDArray[np.uint8]:
        """The same for each place of the first row c, shape (n,)."""
        return self.symbols[offset_of(np.arange(self.n), self.n)]

    def shifts(self, symbol: Symbol) -> tuple[int, ...]:
        """The places of the first row c that carry a symbol: which inputs output 0 sums for it."""
        return tuple(np.flatnonzero(self.row == symbol).tolist())

    @property
    def background(self) -> Symbol:
        """What most places of the first row carry; of equals, the first of zero, `a` and `b`.

        A product takes it as one sum over all inputs, and adds the others' differences from it.
        """
        return max(Symbol, key=lambda symbol: len(self.shifts(symbol)))

    def to_config(self) -> dict[str, Any]:
        """A JSON-ready description that `resolve` reads back."""
        return {"n": self.n, "a": list(self.a), "b": list(self.b), "label": self.label}


def resolve(spec: Any, n: int, seed: int = 0) -> Pattern:
    """The pattern of width n that `spec` asks for.

    Args:
        spec: a `Pattern`; a mapping with the offset lists `a` and `b`; or a `Spec` or its text:
            a kind, with options after a colon, as in `banded:reach=2`, `complete`,
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
    if isinstance(spec, str):
        spec = Spec.parse(spec)
    if not isinstance(spec, Spec):
        raise InputError(f"A pattern is a kind, offset lists or a Pattern. Received: {spec!r}")
    if spec.kind == "offsets":
        return Pattern(n, spec.options.get("a", []), spec.options.get("b", []))
    if spec.kind == "learned":
        raise InputError("A learned pattern belongs to a layer; a fixed one was expected here")
    options = {"seed": seed, **spec.options} if spec.is_drawn else spec.options
    pattern: Pattern = getattr(Pattern, spec.kind)(n, **options)
    return pattern


def _from_mapping(spec: dict[str, Any], n: int) -> Pattern:
    """Offset lists, or the packed symbols that a frozen layer saves."""
    label = spec.pop("label", None)
    label = str(label) if label else None
    width = spec.pop("n", n)
    if set(spec) == {"a", "b"}:
        return Pattern(width, spec["a"], spec["b"], label)
    near = {name: value for name, value in spec.items() if name != "packed"}
    if "packed" not in spec or not set(near) <= NEAR:
        raise InputError(f"Explicit offsets need the lists a and b. Received: {spec!r}")
    if width != n:
        raise InputError(f"The pattern has width {width!r}, the layer's input {n}")
    offsets = Neighbourhood.from_options(n, near).offsets
    symbols = unpack(spec["packed"], offsets.shape)
    return Pattern(n, offsets[symbols == Symbol.A], offsets[symbols == Symbol.B], label)


def _offset(k: Any, n: int) -> int:
    if isinstance(k, bool) or not isinstance(k, int | np.integer):
        raise InputError(f"An offset is a whole number. Received: {k!r}")
    if not 0 <= k <= n // 2:
        raise InputError(f"Offset {k} is out of range: width {n} has offsets 0 to {n // 2}")
    return int(k)


def _stream(seed: int) -> np.random.RandomState:
    # The older generator: NumPy keeps its stream fixed for ever (NEP 19), so that a
    # kind and a seed name the same pattern on every machine, whatever its version.
    if not 0 <= seed < 2**32:
        raise InputError(f"A pattern's seed is 0 to 4294967295. Received: {seed}")
    return np.random.RandomState(seed)
