"""How far a study is: it announces each step before it is taken."""

from collections.abc import Callable
from itertools import count

# Takes the number of steps that are done, that of all, and what comes next, in one line.
Progress = Callable[[int, int, str], None]


def silent(done: int, total: int, message: str) -> None:
    """Show nothing."""


def announcing(progress: Progress, total: int) -> Callable[[str], None]:
    """What is called once before each of `total` steps, with what comes next."""
    done = count()
    return lambda message: progress(next(done), total, message)
