"""Patterns as text of at most two bits a symbol, for saved files.

Five symbols (`offsets.Symbol`, 0 to 2) make one byte in base 3, four bytes make five
characters, and a checksum of four bytes stands in front.
"""

import base64
import binascii
import zlib

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

POWERS = 3 ** np.arange(5)


def pack(symbols: NDArray[np.uint8]) -> str:
    """The text of an array of symbols of any shape."""
    flat = symbols.ravel()
    groups = np.pad(flat, (0, -flat.size % 5)).reshape(-1, 5)
    data = (groups @ POWERS).astype(np.uint8).tobytes()
    return base64.b85encode(zlib.crc32(data).to_bytes(4, "little") + data).decode()


def unpack(text: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The symbols of `text`, in an array of `shape`, uint8.

    Raises:
        InputError: text that `pack` has not written for this shape.
    """
    count = int(np.prod(shape))
    try:
        data = base64.b85decode(text)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InputError(f"The packed pattern is corrupted: {error}") from None
    codes = np.frombuffer(data[4:], np.uint8)
    if codes.size != packed_bytes(count):
        raise InputError(
            f"The packed pattern is corrupted: it does not hold {count} symbols of a, b or zero"
        )
    symbols = (codes[:, None] // POWERS % 3).astype(np.uint8).ravel()[:count]
    # Not of the bytes alone: some texts decode to the same bytes, some bytes to the same symbols.
    if pack(symbols) != text:
        raise InputError("The packed pattern is corrupted: its checksum does not match")
    return symbols.reshape(shape)


def packed_bytes(count: int) -> int:
    """What `count` symbols take on a device: five to a byte."""
    return -(-count // 5)
