"""The two ways in which a command ends without doing what it was asked."""

import re


class InputError(ValueError):
    """What the user gave cannot be used (exit code 2).

    The message is one line: what was wrong, what was expected, what to do.
    """


class CheckError(Exception):
    """A result failed its own check, so nothing was written (exit code 1)."""


def reason_of(error: BaseException) -> str:
    """The first sentence of an exception that may print a page, at most 200 characters."""
    text = re.sub(r"\x1b\[\d*m", "", str(error))
    # Keras says first where it was, or repeats a whole configuration, and gives the reason last.
    text = re.split(r"Exception encountered(?: when calling \S+)?[:.]\s", text)[-1]
    return (" ".join(text.split()) or type(error).__name__).split(". ")[0][:200]
