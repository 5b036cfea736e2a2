"""`tvscm`: the whole line from a data set to a report, one command a stage."""

from .interrupt import leaving_at_once

__all__ = ["main"]


def main() -> None:
    """Run a command: 0 done, 1 a result failed its check, 2 bad input, 130 interrupted."""
    with leaving_at_once():
        from .commands import run

        run()
