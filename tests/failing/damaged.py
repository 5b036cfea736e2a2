"""Small data sets as files, and damage to them."""

import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 4, 6), dtype=np.uint8)
LABELS = (np.arange(60) % 3).astype(np.uint8)


def mutated(content: bytes, draw: random.Random) -> bytes:
    """Bits turned over, a piece lost, put in or doubled, or a size made huge."""
    damaged = bytearray(content)
    at = draw.randrange(len(damaged))
    match draw.randrange(5):
        case 0:
            damaged[at] ^= 1 << draw.randrange(8)
        case 1:
            del damaged[at:]
        case 2:
            del damaged[at : at + draw.randrange(1, 40)]
        case 3:
            damaged[at:at] = damaged[: draw.randrange(1, 40)]
        case 4:
            at = draw.randrange(min(len(damaged), 100))
            damaged[at : at + 4] = draw.choice([b"\xff" * 4, bytes(4), b"9999"])
    return bytes(damaged)


def npz(path: Path, pack: Callable[..., None]) -> None:
    """Images, labels and groups, by `np.savez` or `np.savez_compressed`."""
    x, y = PIXELS, LABELS
    pack(path, x_train=x, y_train=y, x_test=x[:12], y_test=y[:12], groups_train=np.arange(60) // 2)


def idx(folder: Path) -> None:
    """The same images and labels as four files."""
    for part, rows in (("train", 60), ("t10k", 12)):
        for kind, array in (("images-idx3", PIXELS[:rows]), ("labels-idx1", LABELS[:rows])):
            header = struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape)
            (folder / f"{part}-{kind}-ubyte").write_bytes(header + array.tobytes())
