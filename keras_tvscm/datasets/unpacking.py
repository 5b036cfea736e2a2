"""A small file must not unpack to gigabytes."""

import os

from keras_tvscm.errors import InputError

# Pixels of handwriting pack 5 times, sparse rows 20 times; zeros 1,000 times.
MOST_BYTES = 1 << 27
MOST_TIMES = 50


def check_unpacked(path: str | os.PathLike[str], packed: int, unpacked: int) -> None:
    """Refuse what was made to fill the memory, before anything is unpacked.

    Args:
        path: for the message.
        packed, unpacked: bytes of the file, and those that it declares to hold.

    Raises:
        InputError: more than `MOST_BYTES`, and more than `MOST_TIMES` the file.
    """
    if unpacked > max(MOST_BYTES, MOST_TIMES * packed):
        raise InputError(
            f"{path} has {packed:,} bytes and declares {unpacked:,}; expected at most "
            f"{MOST_BYTES:,}, or {MOST_TIMES} times the file; store it without compression"
        )
