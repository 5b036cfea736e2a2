"""Which products are found to be circulant, and what that saves."""

import numpy as np
import pytest

from keras_tvscm.convert.c_source import generate
from keras_tvscm.convert.c_source.translate import translate
from keras_tvscm.convert.c_source.two_valued import Arc, _changes
from keras_tvscm.convert.tflite.graph import read


def called(content: bytes) -> list[str]:
    """The kernels that the function calls, in order."""
    program, _ = translate(read(content))
    return [str(step.statement[0]).partition("(")[0] for step in program.steps]


@pytest.mark.parametrize(
    "name, kernels",
    {
        "matrix of two offsets": ["circulant_0", "fully_connected_5"],
        "even width": ["circulant_0", "fully_connected_5"],
        "gathered": ["circulant_0", "fully_connected_5"],
        "packed": ["circulant_0", "fully_connected_5"],
        "convolved": ["circulant_0", "fully_connected_5"],
        "complete": ["circulant_0", "fully_connected_5"],
        "wide band": ["wrap", "running", "fully_connected_5"],
        "polyphase": ["circulant_0", "fully_connected_5"],
        "half": ["wrap", "two_valued", "fully_connected_5"],
    }.items(),
)
def test_the_form_does_not_matter(make, name, kernels):
    assert called(make(name).content) == kernels


@pytest.mark.parametrize("name", ["image heads", "signal heads"])
def test_heads_are_summed_after_any_layer(make, name):
    found = called(make(name).content)
    assert found.count("two_valued") == {"image heads": 2, "signal heads": 1}[name]
    assert found[-1].startswith("fully_connected")


@pytest.mark.parametrize("name", ["linear", "unrolled", "transform", "other layers"])
def test_other_products_are_computed_as_they_stand(make, name):
    assert not {"two_valued", "circulant_0", "running"} & set(called(make(name).content))


def test_a_matrix_is_kept_as_a_few_numbers(make):
    matrix = make("many terms")
    assert len(matrix.content) > 700**2
    assert generate(matrix.content).constant_bytes < 6000


@pytest.mark.parametrize("seed", range(5))
def test_an_arc_takes_in_all_shifts_and_cannot_be_shorter(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 40))
    shifts = np.unique(rng.integers(0, n, rng.integers(1, 8)))
    arc = Arc.of(shifts, n)
    assert ((shifts - arc.first) % n <= arc.length).all()
    lengths = [int(((shifts - first) % n).max()) for first in shifts]
    assert arc.length == min(lengths)


def test_changes_make_the_next_sum_from_the_one_before():
    kernel = np.array([5, -1, -1, 0, 0, -1, -1])
    x = np.random.default_rng(0).integers(-9, 9, 7)
    sums = [int(kernel @ np.roll(x, -i)) for i in range(7)]
    gains = [
        sum(weight * int(x[(i + shift) % 7]) for weight, shift in _changes(kernel))
        for i in range(7)
    ]
    assert [sums[i] + gains[i] for i in range(6)] == sums[1:]
