"""The two ways in which a command ends without doing what it was asked."""


class InputError(ValueError):
    """What the user gave cannot be used (exit code 2).

    The message is one line: what was wrong, what was expected, what to do.
    """


class CheckError(Exception):
    """A result failed its own check, so nothing was written (exit code 1)."""
