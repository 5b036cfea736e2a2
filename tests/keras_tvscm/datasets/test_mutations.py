"""Damaged files of every form through the loaders: a result, or one line."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm.datasets import load
from keras_tvscm.datasets.beats import read_record
from keras_tvscm.errors import InputError

from ...failing.damaged import idx, mutated, npz
from .test_wfdb_files import record

COUNT = 16


def arrays(folder: Path, pack: Callable[..., None]) -> Callable[[], object]:
    npz(folder / "m.npz", pack)
    return lambda: load(str(folder / "m.npz"))


def images(folder: Path) -> Callable[[], object]:
    idx(folder)
    return lambda: load(str(folder))


def table(folder: Path) -> Callable[[], object]:
    lines = [f"{i},{i / 7:.3f},{i // 3},{'nyz'[i % 3]}" for i in range(90)]
    (folder / "m.csv").write_text("\n".join(["a,b,group,label", *lines]))
    return lambda: load(str(folder / "m.csv"))


def wfdb(folder: Path) -> Callable[[], object]:
    path = record(folder, form="212", leads=("MLII", "V5"))
    return lambda: read_record(path)


WRITERS: dict[str, Callable[[Path], Callable[[], object]]] = {
    "npz": lambda folder: arrays(folder, np.savez),
    "packed npz": lambda folder: arrays(folder, np.savez_compressed),
    "idx": images,
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
