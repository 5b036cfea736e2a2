"""What a bank of filters adds: pairs once for all filters, and sums that several have in common."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from .filter_bank import FilterBank

# A sum of two entries is worth an entry of its own if so many filters have it.
LEAST_SHARED = 3
# Pairs that are looked at each time; beyond them nothing is shared.
MOST_PAIRS = 30_000


@dataclass(frozen=True)
class Sums:
    """The table of entries, and the entries that each filter adds.

    Attributes:
        groups: shifts whose inputs are one entry together; each plane has an entry of each, those
            of plane 0 first.
        shared: further entries, each the sum of two before it.
        filters: of each filter the entries for its first and for its second value.
    """

    groups: tuple[tuple[int, ...], ...]
    shared: tuple[tuple[int, int], ...]
    filters: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]

    @property
    def additions(self) -> int:
        """Of all filters, without those of the groups."""
        return len(self.shared) + sum(
            max(len(entries) - 1, 0) for one in self.filters for entries in one
        )


def sums(bank: FilterBank) -> Sums:
    """The additions of a bank, shared greedily: first the pair that most filters have."""
    planes, n = bank.places.shape
    shifts = bank.shifts
    groups: list[tuple[int, ...]]
    if bank.is_symmetric:
        groups = [
            (shift,) if shift == 0 or 2 * shift == n else (shift, -shift)
            for shift in shifts
            if shift >= 0
        ]
    else:
        groups = [(shift,) for shift in shifts]
    number = {shift: index for index, group in enumerate(groups) for shift in group}

    def entries(planes_of: Iterable[int], shifts_of: Iterable[int]) -> set[int]:
        return {
            int(plane) * len(groups) + number[int(shift if shift <= n // 2 else shift - n)]
            for plane, shift in zip(planes_of, shifts_of, strict=True)
        }

    sets = [entries(term.planes, term.shifts) for one in bank.filters for term in one.terms]
    shared: list[tuple[int, int]] = []
    while sum(len(one) * (len(one) - 1) // 2 for one in sets) <= MOST_PAIRS:
        count = Counter(pair for one in sets for pair in combinations(sorted(one), 2))
        if not count:
            break
        pair, times = count.most_common(1)[0]
        if times < LEAST_SHARED:
            break
        entry = planes * len(groups) + len(shared)
        shared.append(pair)
        for one in sets:
            if one.issuperset(pair):
                one.difference_update(pair)
                one.add(entry)
    ordered = [tuple(sorted(one)) for one in sets]
    pairs = tuple(zip(ordered[::2], ordered[1::2], strict=True))
    return Sums(tuple(groups), tuple(shared), pairs)
