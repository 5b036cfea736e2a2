"""A drawing as an image of MNIST: the reference that the app's Java is compared with.

"The original black and white (bilevel) images from NIST were size normalized to fit in a 20x20
pixel box while preserving their aspect ratio. The resulting images contain grey levels as a result
of the anti-aliasing technique used by the normalization algorithm. The images were centered in a
28x28 image by computing the center of mass of the pixels, and translating the image so as to
position this point at the center of the 28x28 field." (Y. LeCun, C. Cortes, C. J. C. Burges, The
MNIST database of handwritten digits)

All of it is integer arithmetic, so that another language gives the same bytes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

INK_SIDE = 280  # pixels of the black and white image
UNIT = 16  # a pixel's width in the units of the drawing's coordinates
RADIUS = 10 * UNIT  # of the pen
BOX = 20
IMAGE_SIDE = 28

# The points of one line that the pen drew, int (points, 2): x and y in 0 .. INK_SIDE * UNIT.
Stroke = NDArray[np.int64]


def image_of(strokes: Sequence[Stroke]) -> NDArray[np.uint8]:
    """The 28 x 28 image of a drawing, uint8; zeros where nothing was drawn."""
    return normalised(ink_of(strokes))


def ink_of(strokes: Sequence[Stroke]) -> NDArray[np.bool_]:
    """Where the pen went, bool (280, 280): pixels whose centre is within its radius of a stroke."""
    centres = np.arange(INK_SIDE, dtype=np.int64) * UNIT + UNIT // 2
    x, y = np.meshgrid(centres, centres)
    ink = np.zeros(x.shape, bool)
    for stroke in strokes:
        # A stroke of one point is a dot.
        for start, end in zip(stroke, [*stroke[1:], stroke[-1]], strict=True):
            along_x, along_y = end - start
            length = along_x**2 + along_y**2
            along = (x - start[0]) * along_x + (y - start[1]) * along_y
            across = (x - start[0]) * along_y - (y - start[1]) * along_x
            beside = (along > 0) & (along < length) & (across**2 <= RADIUS**2 * length)
            at_start = (x - start[0]) ** 2 + (y - start[1]) ** 2 <= RADIUS**2
            at_end = (x - end[0]) ** 2 + (y - end[1]) ** 2 <= RADIUS**2
            ink |= beside | at_start | at_end
    return ink


def normalised(ink: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A black and white image as MNIST has it: 28 x 28, uint8."""
    image = np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    if not ink.any():
        return image
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.int64)
    # Each pixel of the box is the mean of the square of side / BOX pixels that it covers.
    side = max(cropped.shape)
    covered = _overlaps(cropped.shape[0], side) @ cropped @ _overlaps(cropped.shape[1], side).T
    grey = (2 * 255 * covered + side**2) // (2 * side**2)
    top, left = _start(grey.sum(axis=1)), _start(grey.sum(axis=0))
    image[top : top + grey.shape[0], left : left + grey.shape[1]] = grey
    return image


def _overlaps(pixels: int, side: int) -> NDArray[np.int64]:
    """How far each pixel of the box covers each of the crop, in 1 / BOX of a pixel of the crop."""
    count = -(-pixels * BOX // side)
    of_box = np.arange(count)[:, None] * side
    of_crop = np.arange(pixels)[None] * BOX
    return np.maximum(0, np.minimum(of_box + side, of_crop + BOX) - np.maximum(of_box, of_crop))


def _start(masses: NDArray[np.int64]) -> int:
    """Where the box starts, so that its centre of mass is nearest to the image's centre."""
    total = int(masses.sum())
    moment = int((masses * (2 * np.arange(len(masses)) + 1)).sum())
    start = ((IMAGE_SIDE + 1) * total - moment) // (2 * total)
    return min(max(start, 0), IMAGE_SIDE - len(masses))
