"""What the app's Java is compared with: against MNIST's own description, and the data set."""

import json

import numpy as np
import pytest

from keras_tvscm.datasets.beats import CLASSES, read_record
from keras_tvscm.datasets.fetching import fetch
from keras_tvscm.errors import InputError
from make_ecg import PATH, RATE, RECORD, START
from make_golden import beat_rows
from mnist_image import RADIUS, UNIT, image_of, ink_of, normalised


def test_ink_is_scaled_into_the_box_and_centred_by_its_mass():
    ink = np.zeros((280, 280), bool)
    ink[:100, 30:80] = True
    image = normalised(ink)
    # 20 pixels high, 10 wide.
    assert image[4:24, 9:19].tolist() == np.full((20, 10), 255).tolist()
    assert image.sum() == 255 * 200
    # A heavy foot pulls it up, and a grey edge is as grey as it is covered.
    ink[80:100, 80:130] = True
    image = normalised(ink)
    assert image[:3].sum() == 0 and image[3, 7:17].tolist() == [255] * 10
    ink[:] = False
    ink[:40, :50] = True
    ink[39, 25:] = True
    assert set(normalised(ink).ravel().tolist()) > {0, 255}


def test_nothing_drawn_is_an_empty_image():
    assert not image_of([]).any()


def test_a_dot_is_as_wide_as_the_pen():
    ink = ink_of([np.array([[2240, 2240]])])
    assert ink.any(axis=0).sum() == ink.any(axis=1).sum() == 2 * RADIUS // UNIT
    assert abs(ink.sum() - np.pi * (RADIUS / UNIT) ** 2) < 5


def test_the_strip_has_the_data_set_s_beats():
    try:
        whole = read_record(fetch("mitdb", None) / RECORD)
    except InputError as error:
        pytest.skip(f"no records: {error}")
    strip = json.loads(PATH.read_text())
    starts = whole.origin[:, 1] - START * RATE
    for beat, row in zip(strip["beats"], beat_rows(), strict=True):
        (number,) = np.flatnonzero(starts == beat["start"])
        assert row.tolist() == whole.x[number].tolist()
        assert beat["label"] == CLASSES[whole.y[number]]
