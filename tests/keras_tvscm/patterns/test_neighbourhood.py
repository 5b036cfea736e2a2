"""Neighbourhoods: the offsets that a reach or a window leaves."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.neighbourhood import Neighbourhood


@st.composite
def windows(draw):
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    down, right = (draw(st.integers(0, (size - 1) // 2)) for size in (rows, columns))
    return Neighbourhood(rows * columns, window=(2 * down + 1, 2 * right + 1), columns=columns)


@given(st.integers(1, 40), st.data())
def test_a_reach_leaves_the_nearest_offsets(n, data):
    assert Neighbourhood(n).offsets.tolist() == list(range(n // 2 + 1))
    reach = data.draw(st.integers(0, n // 2))
    assert Neighbourhood(n, reach).offsets.tolist() == list(range(reach + 1))


@given(windows())
def test_a_window_leaves_the_distances_between_its_pixels_and_its_middle(near):
    """Counted from every pixel: the way to a pixel of its window is one of the offsets."""
    rows, columns = near.image
    down, right = (size // 2 for size in near.window)
    seen = set()
    for pixel in range(near.n):
        for i in range(-down, down + 1):
            for j in range(-right, right + 1):
                other = (pixel + columns * i + j) % near.n
                distance = abs(other - pixel)
                seen.add(min(distance, near.n - distance))
                assert near.taps[i + down, j + right] == min(distance, near.n - distance)
    assert near.offsets.tolist() == sorted(seen)
    assert rows * columns == near.n


@given(windows())
def test_the_window_is_symmetric_and_holds_no_offset_more_than_twice(near):
    np.testing.assert_array_equal(near.taps, near.taps[::-1, ::-1])
    assert 2 * len(near.offsets) - 1 == near.taps.size


def test_the_seven_by_seven_window_of_mnist():
    near = Neighbourhood(784, window=(7, 7))
    assert near.image == (28, 28)
    assert near.offsets.tolist() == [
        *[0, 1, 2, 3],
        *range(28 - 3, 28 + 4),
        *range(56 - 3, 56 + 4),
        *range(84 - 3, 84 + 4),
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, Neighbourhood(36)),
        ({"reach": 0}, Neighbourhood(36, 0)),
        ({"window": "3x5"}, Neighbourhood(36, window=(3, 5))),
        ({"window": "3"}, Neighbourhood(36, window=(3, 3))),
        ({"window": 3}, Neighbourhood(36, window=(3, 3))),
        ({"window": [3, 1]}, Neighbourhood(36, window=(3, 1))),
        ({"window": "1x5", "columns": 12}, Neighbourhood(36, window=(1, 5), columns=12)),
    ],
)
def test_options_and_back(options, expected):
    near = Neighbourhood.from_options(36, options)
    assert near == expected
    assert Neighbourhood.from_options(36, json.loads(json.dumps(near.to_config()))) == near


@pytest.mark.parametrize(
    ("n", "options", "message"),
    [
        (36, {"reach": 19}, "Width 36 has offsets 0 to 18. Received: reach=19"),
        (36, {"reach": -1}, "Received: reach=-1"),
        (36, {"reach": 1.5}, "reach is a whole number. Received: reach=1.5"),
        (36, {"reach": "1"}, "Received: reach='1'"),
        (36, {"reach": True}, "Received: reach=True"),
        (36, {"reach": 1, "window": 3}, "A neighbourhood is a reach or a window, not both"),
        (36, {"columns": 6}, "columns says how a window lies; give window=7x7 or leave it out"),
        (36, {"side": 6}, "A neighbourhood has no option 'side'"),
        (36, {"window": 4}, "odd number of rows, 1 to 6 in an image of 6 x 6. Received: 4x4"),
        (36, {"window": "3x0"}, "odd number of columns, 1 to 6"),
        (36, {"window": "3x7"}, "odd number of columns, 1 to 6"),
        (36, {"window": "5x3", "columns": 9}, "odd number of rows, 1 to 4 in an image of 4 x 9"),
        (37, {"window": 3}, "an image of 37 pixels: 37 is no square, so give columns="),
        (36, {"window": 3, "columns": 7}, "36 is not a multiple of columns=7"),
        (36, {"window": 3, "columns": 0}, "36 is not a multiple of columns=0"),
        (36, {"window": 3, "columns": -6}, "36 is not a multiple of columns=-6"),
        (36, {"window": 3, "columns": "6"}, "columns is a whole number. Received: columns='6'"),
        *(
            (36, {"window": window}, f"A window is written 7x7. Received: {window!r}")
            for window in ("", "7x", "axb", "3x3x3", [], [3, 3, 3], [3.5, 3], 3.0, {"a": 1})
        ),
    ],
)
def test_what_a_width_does_not_have(n, options, message):
    with pytest.raises(InputError) as caught:
        Neighbourhood.from_options(n, options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_a_window_has_taps():
    with pytest.raises(ValueError, match="only a window has taps"):
        _ = Neighbourhood(36, 3).taps
