"""What the page's JavaScript makes of a drawing is what Python makes of it, byte by byte."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from drawings import drawing
from keras_tvscm.convert import wasm
from mnist_image import image_of

MODULE = Path(wasm.__file__).parent / "mnist.mjs"
PROGRAM = f"""
import {{ readFileSync }} from "node:fs";
import {{ emptyInk, imageOf, inkLine }} from "{MODULE}";
const images = JSON.parse(readFileSync(0)).map((strokes) => {{
  const ink = emptyInk();
  for (const stroke of strokes) {{
    stroke.forEach((point, i) => inkLine(ink, stroke[Math.max(0, i - 1)], point));
  }}
  return [...imageOf(ink)];
}});
console.log(JSON.stringify(images));
"""
# Of each digit one; a dot on the edge, half of which is cut off; a line along it; nothing.
DRAWINGS = [
    *(drawing(digit, digit) for digit in range(10)),
    [np.array([[0, 1000]])],
    [np.array([[4480, 0], [4480, 4480]]), np.array([[17, 4000], [19, 4003]])],
    [],
]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_images():
    given = json.dumps([[stroke.tolist() for stroke in strokes] for strokes in DRAWINGS])
    command = ["node", "--input-type=module", "-e", PROGRAM]
    done = subprocess.run(command, input=given, text=True, capture_output=True, check=True)
    images = json.loads(done.stdout)
    assert len(images) == len(DRAWINGS) and sum(images[0]) > 10_000 and sum(images[-1]) == 0
    for number, (image, strokes) in enumerate(zip(images, DRAWINGS, strict=True)):
        assert image == image_of(strokes).ravel().tolist(), f"drawing {number}"
