"""Where in the caller's scratch memory each buffer lies; those that never meet share."""

from .program import INPUT, Program


def places(program: Program, target: int) -> tuple[dict[int, int], int]:
    """The place of every buffer but the input and the output, and how much there is of all.

    Larger buffers come first, each at the lowest place that is free as long as it lives
    (greedy by size: Pisarchyk and Lee, arXiv 2001.03288). Counted in numbers.
    """
    lives: dict[int, tuple[int, int]] = {}
    for time, step in enumerate(program.steps):
        for buffer in (*step.reads, step.writes):
            if buffer not in (INPUT, target):
                lives[buffer] = (lives.get(buffer, (time, time))[0], time)
    found: dict[int, int] = {}
    total = 0
    for buffer in sorted(lives, key=lambda one: -program.sizes[one]):
        size = program.aligned(buffer)
        first, last = lives[buffer]
        others = sorted(
            (found[one], found[one] + program.aligned(one))
            for one in found
            if lives[one][0] <= last and first <= lives[one][1]
        )
        place = 0
        for begin, end in others:
            if place + size <= begin:
                break
            place = max(place, end)
        found[buffer] = place
        total = max(total, place + size)
    return found, total
