"""Which beats are the test part of the published "heartbeat" data set.

The split was drawn at random over all beats, so only a list can say it. Packed,
it is a bit for each beat in the order of `all_beats`, most significant first,
then zlib: `heartbeat_test_split.bin`.
"""

import zlib
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


def pack_split(in_test: NDArray[np.bool_]) -> bytes:
    """Pack a mask, (beats,), into the bytes that `unpack_split` reads."""
    return zlib.compress(np.packbits(in_test).tobytes(), level=9)


def unpack_split(packed: bytes, beats: int) -> NDArray[np.bool_]:
    """Return the mask, (beats,), that was packed."""
    bits = np.unpackbits(np.frombuffer(zlib.decompress(packed), np.uint8), count=beats)
    return bits.astype(bool)


def published_test(beats: int) -> NDArray[np.bool_]:
    """Return the mask, (beats,), of the published test part."""
    packed = files("keras_tvscm.datasets").joinpath("heartbeat_test_split.bin").read_bytes()
    return unpack_split(packed, beats)
