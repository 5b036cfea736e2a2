"""IDX files of unsigned bytes, the form in which MNIST and its kin are published."""

import gzip
import math
import os
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

from .unpacking import check_unpacked

GZIP = b"\x1f\x8b"


def read_idx(path: str | os.PathLike[str], dimensions: int) -> NDArray[np.uint8]:
    """Read one file.

    The format is a big-endian magic number (two zero bytes, 8 for unsigned
    bytes, the number of dimensions), one 32-bit size for each dimension, then
    the bytes, last dimension fastest (yann.lecun.com/exdb/mnist).

    Args:
        path: the file, gzipped or not.
        dimensions: how many the file must have: 3 for images, 1 for labels.

    Returns:
        uint8, of the shape that the file declares.

    Raises:
        InputError: the file cannot be read or unpacked, has another magic
            number, declares far more than it could hold, or holds more or fewer
            bytes than it declares.
    """
    try:
        with Path(path).open("rb") as plain:
            gzipped = plain.read(2) == GZIP
            packed = os.fstat(plain.fileno()).st_size
        with gzip.open(path) if gzipped else Path(path).open("rb") as file:
            header = file.read(4 + 4 * dimensions)
            magic = int.from_bytes(header[:4], "big")
            expected = 0x800 + dimensions
            if magic != expected or len(header) != 4 + 4 * dimensions:
                raise InputError(
                    f"{path} is not an IDX file of bytes in {dimensions} dimensions: "
                    f"magic number {magic}, expected {expected}; get the file again"
                )
            shape = tuple(np.frombuffer(header, ">u4", offset=4).tolist())
            size = math.prod(shape)
            if not size:
                raise InputError(f"{path} declares no content: sizes {shape}; get the file again")
            check_unpacked(path, packed, size)
            # One more than declared, to see whether the file ends there.
            content = file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot read {path}: {error}; get the file again") from error
    if len(content) != size:
        held = "more" if len(content) > size else f"{len(content):,}"
        raise InputError(f"{path} declares {size:,} bytes and holds {held}; get the file again")
    return np.frombuffer(content, np.uint8).reshape(shape)
