"""Damaged files of every form through the loaders: a result, or one line."""

import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets import load
from keras_tvscm.datasets.beats import read_record
from keras_tvscm.errors import InputError

from ...damage import mutated
from .test_wfdb_files import record

COUNT = 16
PIXELS = np.random.default_rng(0).integers(0, 256, (60, 4, 6), dtype=np.uint8)
LABELS = (np.arange(60) % 3).astype(np.uint8)


def npz(folder: Path, pack: Callable[..., None]) -> Callable[[], object]:
    path = folder / "m.npz"
    x, y = PIXELS, LABELS
    pack(path, x_train=x, y_train=y, x_test=x[:12], y_test=y[:12], groups_train=np.arange(60) // 2)
    return lambda: load(str(path))


def idx(folder: Path) -> Callable[[], object]:
    for part, rows in (("train", 60), ("t10k", 12)):
        for kind, array in (("images-idx3", PIXELS[:rows]), ("labels-idx1", LABELS[:rows])):
            header = struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape)
            (folder / f"{part}-{kind}-ubyte").write_bytes(header + array.tobytes())
    return lambda: load(str(folder))


def table(folder: Path) -> Callable[[], object]:
    lines = [f"{i},{i / 7:.3f},{i // 3},{'nyz'[i % 3]}" for i in range(90)]
    (folder / "m.csv").write_text("\n".join(["a,b,group,label", *lines]))
    return lambda: load(str(folder / "m.csv"))


def wfdb(folder: Path) -> Callable[[], object]:
    path = record(folder, form="212", leads=("MLII", "V5"))
    return lambda: read_record(path)


WRITERS: dict[str, Callable[[Path], Callable[[], object]]] = {
    "npz": lambda folder: npz(folder, np.savez),
    "packed npz": lambda folder: npz(folder, np.savez_compressed),
    "idx": idx,
    "csv": table,
    "wfdb": wfdb,
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning:wfdb")
@pytest.mark.parametrize("form", WRITERS)
def test_damaged_files(tmp_path: Path, form: str) -> None:
    read = WRITERS[form](tmp_path)
    read()  # whole, it can be read
    files = sorted(path for path in tmp_path.iterdir() if path.is_file())
    draw = random.Random(form)
    refused = 0
    for _ in range(COUNT):
        path = draw.choice(files)
        whole = path.read_bytes()
        path.write_bytes(mutated(whole, draw))
        try:
            read()
        except InputError as error:
            refused += 1
            assert "\n" not in str(error) and len(str(error)) < 600
        path.write_bytes(whole)
    assert refused >= COUNT // 4
