"""Make the excerpts again from the official files: the same rows, and the same bytes."""

import argparse
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from .dataset import Split
from .excerpt import SIZES, as_bytes, packed
from .loading import load

SEED = 0


def drawn(part: Split, rows: int) -> Split:
    """So many rows of a part in their order, the same share of every class; samples as bytes."""
    numbers = np.arange(len(part))
    chosen, _ = train_test_split(numbers, train_size=rows, stratify=part.y, random_state=SEED)
    chosen = np.sort(chosen)
    return Split(as_bytes(part.x[chosen]), part.y[chosen])


def excerpt_of(name: str, data_dir: str | None) -> bytes:
    """The file of one of `excerpt.NAMES`, from the whole data set."""
    whole = load(name.removesuffix("-excerpt"), data_dir)
    parts = (whole.train, whole.validation, whole.test)
    return packed([drawn(part, rows) for part, rows in zip(parts, SIZES[name], strict=True)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", help="folder with the official files; else as tvscm data")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "excerpts")
    options = parser.parse_args()
    for name in SIZES:
        path = options.out / f"{name}.npz.xz"
        path.write_bytes(excerpt_of(name, options.data_dir))
        print(f"{path} {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
