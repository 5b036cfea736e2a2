"""Drawings and beats with what Python makes of them, for the tests of the app's preprocessing.

    python android_demo/tools/make_golden.py

Written to `android_demo/build/test/preprocessing`: `drawings.txt`, a digit and its strokes a line,
and their images (`drawings.images`, 784 bytes each); `ecg.rows`, the beats of the app's ECG as the
data set has them (187 little-endian float32 each).
"""

import json
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drawings import drawing
from mnist_image import image_of

DEMO = Path(__file__).parents[1]
FOLDER = DEMO / "build" / "test" / "preprocessing"
STRIP = DEMO / "ecg" / "strip.json"
HANDS = 12  # of each digit


def drawings() -> tuple[str, bytes]:
    """The text of `drawings.txt`, and the bytes of the images."""
    lines, images = [], []
    for digit in range(10):
        for hand in range(HANDS):
            strokes = drawing(digit, hand)
            texts = [" ".join(f"{x},{y}" for x, y in stroke) for stroke in strokes]
            lines.append(f"{digit} {';'.join(texts)}\n")
            images.append(image_of(strokes).tobytes())
    return "".join(lines), b"".join(images)


def beat_rows() -> NDArray[np.float32]:
    """The beats of the strip, (beats, 187), by the recipe of `keras_tvscm.datasets.beats`."""
    strip = json.loads(STRIP.read_text(encoding="utf-8"))
    signal = np.array(strip["samples"])
    rows = np.zeros((len(strip["beats"]), 187), np.float32)
    for row, beat in zip(rows, strip["beats"], strict=True):
        samples = signal[beat["start"] : beat["start"] + beat["length"] : 3]
        low, high = samples.min(), samples.max()
        scaled = (samples - low).astype(np.float32) / np.float32(high - low)
        row[: len(scaled)] = scaled[:187]
    return rows


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    text, images = drawings()
    (FOLDER / "drawings.txt").write_text(text, encoding="utf-8")
    (FOLDER / "drawings.images").write_bytes(images)
    (FOLDER / "ecg.rows").write_bytes(beat_rows().astype("<f4").tobytes())


if __name__ == "__main__":
    main()
