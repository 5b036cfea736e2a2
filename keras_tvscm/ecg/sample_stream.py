"""Samples from a pipe: whole numbers of two bytes, or a number a line."""

import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

FORMS = ("int16", "text")
BYTES = 1 << 16
# A line that is longer holds no number.
LONGEST_LINE = 1000


def blocks(descriptor: int, form: str, gain: float) -> Iterator[NDArray[np.float32]]:
    """What a pipe holds, as soon as it does, in mV: float32, (samples,).

    Args:
        descriptor: of the open file.
        form: "int16", little-endian, or "text", a number a line, `nan` for a missing sample.
        gain: what stands for a millivolt.

    Raises:
        InputError: a line is no number, or the last sample of int16 is cut in half.
    """
    rest, lines = b"", 0
    while content := os.read(descriptor, BYTES):
        content = rest + content
        if form == "int16":
            whole = len(content) - len(content) % 2
            rest = content[whole:]
            yield np.frombuffer(content[:whole], "<i2").astype(np.float32) / np.float32(gain)
        else:
            end = content.rfind(b"\n") + 1
            rest = content[end:]
            yield _numbers(content[:end], lines) / np.float32(gain)
            lines += content.count(b"\n", 0, end)
            if len(rest) > LONGEST_LINE:
                raise InputError(f"line {lines + 1} has no end; expected a number on each line")
    if rest and form == "int16":
        raise InputError("the last sample is cut: an odd number of bytes of int16")
    if rest:
        yield _numbers(rest, lines) / np.float32(gain)


def _numbers(text: bytes, before: int) -> NDArray[np.float32]:
    """A number of each line that is not empty."""
    numbers = []
    for number, line in enumerate(text.splitlines(), before + 1):
        try:
            if line.strip():
                numbers.append(float(line))
        except ValueError:
            shown = line[:40].decode("ascii", "replace")
            raise InputError(
                f"line {number} of standard input is {shown!r}; expected a number, or nan for a "
                "missing sample"
            ) from None
    return np.array(numbers, np.float32)
