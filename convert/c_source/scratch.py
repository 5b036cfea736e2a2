"""Where in the caller's scratch memory each buffer lies; those that never meet share."""

from .program import INPUT, Program


def places(program: Program, target: int) -> tuple[dict[int, int], int]:
    """The place of every buffer but the input and the output, and how much there is of all.

    Larger buffers come first, each at the lowest place that is free as long as it lives
    (greedy by size: Pisarchyk and Lee, arXiv 2001.03288). Counted in numbers.
    """
    lives: dict[int, tuple[int, int]] = {}
    for time, step in enumerate(program.steps):
        for buffer in step.buffers:
            if buffer not in (INPUT, target):
                lives[buffer] = (lives.get(buffer, (time, time))[0], time)
    starts: dict[int, int] = {}
    total = 0
    for buffer in sorted(lives, key=lambda other: -program.sizes[other]):
        size = program.aligned(buffer)
        first, last = lives[buffer]
        others = sorted(
            (starts[other], starts[other] + program.aligned(other))
            for other in starts
            if lives[other][0] <= last and first <= lives[other][1]
        )
        place = 0
        for begin, end in others:
            if place + size <= begin:
                break
            place = max(place, end)
        starts[buffer] = place
        total = max(total, place + size)
    return starts, total
