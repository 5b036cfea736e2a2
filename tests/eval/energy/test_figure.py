"""A figure says its kind, and a ratio has one kind and one method."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm.errors import InputError
from keras_tvscm.eval.energy import Energy, Range, ratio
from keras_tvscm.eval.energy.figure import KINDS

KNOWN = [kind for kind in KINDS if kind != "unavailable"]
positive = st.floats(1e-6, 1e6)


def energy(low, high, kind="modelled", method="counts x table"):
    return Energy(kind, Range(low, high), method, "a table")


def test_the_kinds_are_the_four_of_the_design():
    assert KINDS == ("measured_external", "measured_counter", "modelled", "unavailable")


def test_a_ratio_of_modelled_figures_divides_low_by_low_and_high_by_high():
    assert ratio(energy(10, 60), energy(2, 10)) == (5, 6)


@pytest.mark.parametrize("kind", ["measured_external", "measured_counter"])
def test_a_ratio_of_measurements_reaches_as_far_as_both_intervals(kind):
    assert ratio(energy(10, 60, kind), energy(2, 10, kind)) == (1, 30)


def test_a_ratio_s_bounds_are_in_order_also_where_the_high_ends_are_closer():
    assert ratio(energy(10, 20), energy(1, 4)) == (5, 10)


@given(positive, st.floats(1, 100), st.floats(1e-3, 1e3))
def test_a_program_that_takes_k_times_less_has_the_ratio_k(low, width, k):
    dense = energy(low, low * width)
    found = ratio(dense, energy(low / k, low * width / k))
    assert found.low == pytest.approx(k) and found.high == pytest.approx(k)


@pytest.mark.parametrize("other", KNOWN)
@pytest.mark.parametrize("kind", KNOWN)
def test_no_ratio_of_two_kinds(kind, other):
    if kind == other:
        return
    with pytest.raises(InputError, match=rf"no ratio between energy {kind} .* and {other}"):
        ratio(energy(1, 1, kind), energy(1, 1, other))


def test_no_ratio_of_two_methods():
    with pytest.raises(InputError, match=r"no ratio between .*one part.*another part"):
        ratio(energy(1, 2, method="one part"), energy(1, 2, method="another part"))


def test_no_ratio_with_an_unavailable_figure():
    none = Energy("unavailable", None, "does not fit", "")
    for pair in ((none, energy(1, 2)), (energy(1, 2), none), (none, none)):
        with pytest.raises(InputError, match="unknown or zero: does not fit"):
            ratio(*pair)


def test_no_ratio_to_zero():
    with pytest.raises(InputError, match="unknown or zero"):
        ratio(energy(1, 2), energy(0, 2))


@pytest.mark.parametrize(
    ("kind", "bounds", "message"),
    [
        ("guessed", Range(1, 2), "of kind 'guessed'; expected one of measured_external"),
        ("modelled", None, "of kind modelled has the value None"),
        ("unavailable", Range(1, 2), "of kind unavailable has the value"),
        ("modelled", Range(2, 1), "expected 0 <= low <= high"),
        ("modelled", Range(-1, 1), "expected 0 <= low <= high"),
    ],
)
def test_a_figure_that_contradicts_itself_is_refused(kind, bounds, message):
    with pytest.raises(InputError, match=message):
        Energy(kind, bounds, "method", "source")


def test_the_record():
    assert energy(1, 2).to_json() == {
        "kind": "modelled",
        "microjoules": {"low": 1, "high": 2},
        "method": "counts x table",
        "source": "a table",
    }
    none = Energy("unavailable", None, "why", "")
    assert none.to_json()["microjoules"] is None
    for figure in (energy(1, 2), none):
        assert Energy.from_json(figure.to_json() | {"more": 1}) == figure
