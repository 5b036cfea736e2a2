"""Accuracy over a cost, as SVG that stands in the page: it takes the page's font and colours."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from .kinds import Kind
from .pictures import marker
from .text import plain

# Pixels: around the axes, of a letter of a label, and of a point.
LEFT, TOP, RIGHT, BOTTOM = 44, 8, 12, 40
LETTER, HEIGHT, POINT = 6.6, 14, 6
# Where a label may stand beside its point, the first that is free: offset, and which end is there.
PLACES = [
    (10, 0, "start"),
    (-10, 0, "end"),
    (0, -14, "middle"),
    (0, 14, "middle"),
    *((x, y, end) for y in (-14, 14, -28, 28) for x, end in ((10, "start"), (-10, "end"))),
]


class Point(NamedTuple):
    """A model: its cost, its accuracy in percent; hollow if its arithmetic is float32."""

    name: str
    kind: Kind
    hollow: bool
    cost: float
    accuracy: float


class Box(NamedTuple):
    """Edges, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


def scatter(points: list[Point], cost: str, title: str, size: tuple[int, int]) -> Markup:
    """The points on a logarithmic axis of cost, and the line of those that none beats in both.

    Args:
        points: at least one; costs above zero.
        cost: the axis label, with its unit.
        title: for who cannot see it.
        size: width and height in pixels.
    """
    width, height = size
    inside = Box(LEFT, TOP, width - RIGHT, height - BOTTOM)
    logs = _padded([math.log10(point.cost) for point in points], 0.1, 0.05)
    range_ = _padded([point.accuracy for point in points], 0.1, 0.1)

    def x(value: float) -> float:
        share = (math.log10(value) - logs[0]) / (logs[1] - logs[0])
        return inside.left + share * (inside.right - inside.left)

    def y(value: float) -> float:
        share = (value - range_[0]) / (range_[1] - range_[0])
        return inside.bottom - share * (inside.bottom - inside.top)

    middle = (inside.top + inside.bottom) / 2
    parts = [
        Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            width, height, plain(title)
        ),
        *(
            Markup('<path class="grid" d="M{0:.1f} {1}V{2}"/><text {3}>{4}</text>').format(
                x(tick), inside.top, inside.bottom, _at(x(tick), inside.bottom + 16), _short(tick)
            )
            for tick in _decades(*logs)
        ),
        *(
            Markup('<path class="grid" d="M{0} {1:.1f}H{2}"/><text {3}>{4:g}</text>').format(
                inside.left, y(tick), inside.right, _at(inside.left - 6, y(tick) + 4, "end"), tick
            )
            for tick in _steps(*range_)
        ),
        Markup("<text {}>{}</text>").format(
            _at((inside.left + inside.right) / 2, height - 6), cost
        ),
        Markup('<text {} transform="rotate(-90 10 {})">accuracy %</text>').format(
            _at(10, middle), middle
        ),
    ]
    corners = [(x(value), y(accuracy)) for value, accuracy in front(points)]
    line = "H".join(f"{right:.1f}V{up:.1f}" for right, up in corners)
    parts.append(Markup('<path class="front" d="M{:.1f} {:.1f}H{}"/>').format(*corners[0], line))
    spots = [(x(point.cost), y(point.accuracy)) for point in points]
    for point, (across, down) in zip(points, spots, strict=True):
        said = f"{plain(point.name)}: {point.accuracy:.2f} %, {point.cost:,.4g}"
        parts.append(
            Markup(
                '<polygon points="{}" transform="translate({:.1f} {:.1f}) scale({})" fill="{}" '
                'stroke="{}" stroke-width=".35"><title>{}</title></polygon>'
            ).format(
                marker(point.kind),
                across,
                down,
                POINT,
                "var(--card)" if point.hollow else point.kind.colour,
                point.kind.colour,
                said,
            )
        )
    parts += _labels(points, spots, inside)
    return Markup("").join([*parts, Markup("</svg>")])


def front(points: list[Point]) -> list[tuple[float, float]]:
    """Cost and accuracy of those that none beats in both, the cheapest first."""
    best: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda point: (point.cost, -point.accuracy)):
        if not best or point.accuracy > best[-1][1]:
            best.append((point.cost, point.accuracy))
    return best


def _labels(points: list[Point], spots: list[tuple[float, float]], inside: Box) -> Iterator[Markup]:
    """Each name beside its point where it covers neither a point nor a name, or nowhere."""
    taken = [Box(x - POINT, y - POINT, x + POINT, y + POINT) for x, y in spots]
    for i, (point, (x, y)) in enumerate(zip(points, spots, strict=True)):
        name = plain(point.name)
        name = name if len(name) <= 28 else f"{name[:27]}…"
        length = LETTER * len(name)
        for across, down, end in PLACES:
            left = x + across - {"start": 0, "middle": length / 2, "end": length}[end]
            box = Box(left, y + down - HEIGHT / 2, left + length, y + down + HEIGHT / 2)
            others = taken[:i] + taken[i + 1 :]
            if inside.holds(box) and not any(box.overlaps(other) for other in others):
                taken.append(box)
                yield Markup('<text class="name" {}>{}</text>').format(
                    _at(x + across, y + down + 4, end), name
                )
                break


def _at(x: float, y: float, anchor: str = "middle") -> Markup:
    return Markup(f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"')


def _padded(values: list[float], share: float, least: float) -> tuple[float, float]:
    """Least and greatest with room about them."""
    room = max(share * (max(values) - min(values)), least)
    return min(values) - room, max(values) + room


def _decades(low: float, high: float) -> list[float]:
    """Ticks between two powers of ten: those alone, or 2 and 5 times them as well."""
    exponents = range(math.floor(low), math.ceil(high) + 1)
    marks = (1,) if high - low > 2.5 else (1, 2, 5)
    ticks = [mark * 10.0**exponent for exponent in exponents for mark in marks]
    return [tick for tick in ticks if 10**low <= tick <= 10**high]


def _steps(low: float, high: float) -> list[float]:
    """Some five round ticks."""
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if (high - low) / s <= 6)
    return [round(i * step, 1) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _short(value: float) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"
