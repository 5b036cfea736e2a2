"""Moved numbers, and the loops that copy them."""

import numpy as np
import pytest

from keras_tvscm.convert.c_source.moves import CONSTANT, MOST_LOOPS, _loops, copy, in_order
from keras_tvscm.convert.c_source.program import Program, View


def visited(view: View) -> list[tuple[int, int]]:
    """(buffer, place) of every number that the loops of a view copy, in order."""
    found = []
    for loop in _loops(view):
        places = np.array([loop.first])
        for count, stride in zip(loop.counts, loop.strides, strict=True):
            places = (places[:, None] + stride * np.arange(count)).ravel()
        found += [(loop.buffer, int(place)) for place in places]
    return found


def image() -> View:
    return View.of(0, (6, 8))


VIEWS = {
    "in order": (image(), 1),
    "transposed": (image().like(np.transpose), 1),
    "rolled": (image().like(lambda array: np.roll(array, 13)), 2),
    "extended": (image().like(lambda array: np.pad(array, 2, "wrap")), 30),
    "every third": (image().like(lambda array: array.ravel()[::3]), 1),
    "repeated": (image().like(lambda array: np.repeat(array, 3, axis=0)), 13),
    "three axes": (View.of(0, (4, 3, 5)).like(lambda array: np.transpose(array, (1, 2, 0))), 1),
    "shuffled": (View.of(0, (48,), np.random.default_rng(0).permutation(48)), 48),
}


@pytest.mark.parametrize("view, most", VIEWS.values(), ids=VIEWS)
def test_loops_visit_every_number_in_order(view, most):
    buffers, places = view.buffers.ravel().tolist(), view.places.ravel().tolist()
    assert visited(view) == list(zip(buffers, places, strict=True))
    assert len(_loops(view)) <= most


def test_constants_and_several_buffers():
    padded = View(
        np.pad(image().buffers, 1, constant_values=CONSTANT),
        np.pad(image().places, 1, constant_values=-7),
    )
    joined = View(
        np.concatenate([padded.buffers.ravel(), np.ones(4, np.int16)]),
        np.concatenate([padded.places.ravel(), np.arange(4)]),
    )
    found = visited(joined)
    # A row of ten constants, and one more before the image's first.
    assert found[:13] == [(CONSTANT, -7)] * 11 + [(0, 0), (0, 1)]
    assert found[-4:] == [(1, 0), (1, 1), (1, 2), (1, 3)]


def test_what_is_in_order_is_not_copied():
    program = Program("int8")
    buffer = program.buffer(48)
    part = View.of(buffer, (20,), np.arange(20) + 8)
    assert in_order(program, part) is part
    assert program.steps == []
    # Unless more is to be read than there is.
    assert in_order(program, part, spare=30) is not part
    assert len(program.steps) == 1


def test_what_is_beyond_loops_is_copied_by_a_table():
    program = Program("int8")
    buffer = program.buffer(80)
    shuffled = np.random.default_rng(0).permutation(80)
    view = View.of(buffer, (80,), shuffled)
    assert len(_loops(view)) > MOST_LOOPS
    copy(program, view, program.buffer(80))
    [step] = program.steps
    assert step.statement[0] == "pick("
    [table] = program.constants.values()
    assert [int(number) for number in table.partition("{")[2].strip("};\n ").split(",")[:-1]] == (
        shuffled.tolist()
    )
