"""Gzipped IDX files of unsigned bytes, the form in which MNIST is published."""

import gzip
import math
import os
import zlib

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError

# MNIST's largest file holds 47 MB; a small file must not unpack to gigabytes.
MOST_BYTES = 1 << 28


def read_idx(path: str | os.PathLike[str], dimensions: int) -> NDArray[np.uint8]:
    """Read one file.

    The format is a big-endian magic number (two zero bytes, 8 for unsigned
    bytes, the number of dimensions), one 32-bit size for each dimension, then
    the bytes, last dimension fastest (yann.lecun.com/exdb/mnist).

    Args:
        path: the .gz file.
        dimensions: how many the file must have: 3 for images, 1 for labels.

    Returns:
        uint8, of the shape that the file declares.

    Raises:
        InputError: the file cannot be read, is not gzip, has another magic
            number, or holds more or fewer bytes than it declares.
    """
    try:
        with gzip.open(path) as file:
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
            if size > MOST_BYTES:
                raise InputError(
                    f"{path} declares {size:,} bytes; expected at most {MOST_BYTES:,}; "
                    "get the file again"
                )
            # One more than declared, to see whether the file ends there.
            content = file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot unpack {path}: {error}; get the file again") from error
    if len(content) != size:
        found = "more" if len(content) > size else f"{len(content):,}"
        raise InputError(f"{path} declares {size:,} bytes and holds {found}; get the file again")
    return np.frombuffer(content, np.uint8).reshape(shape)
