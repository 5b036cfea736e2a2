"""`tvscm`: the whole line from a data set to a report, one command a stage."""

from .interrupt import LeavingAtOnce

__all__ = ["main"]


def main() -> None:
    """Run a command: 0 done, 1 a result failed its check, 2 bad input, 130 interrupted."""
    with LeavingAtOnce():
        from .commands import run

        run()
