"""Which pattern every filter and channel gets, and the values that go with it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from keras_tvscm import Pattern
from keras_tvscm.errors import InputError
from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.filter_patterns import FilterPatterns, resolve_filters
from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.packing import pack

# The first call of an operation takes its time.
untimed = settings(max_examples=50, deadline=None)


@st.composite
def filter_patterns(draw):
    n = draw(st.integers(1, 12))
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 2)), n // 2 + 1)
    count = int(np.prod(shape))
    symbols = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    return FilterPatterns(Neighbourhood(n), np.array(symbols, np.uint8).reshape(shape))


def matrices(patterns, a, b):
    """Shape (filters, channels, n, n): by `circulant`, or zeros where a pattern has no offset."""
    n = patterns.neighbourhood.n
    filters, channels, _ = patterns.symbols.shape
    dense = np.zeros((filters, channels, n, n))
    for filter, channel in np.ndindex(filters, channels):
        if patterns.symbols[filter, channel].any():
            row = circulant.first_row(patterns.pattern(filter, channel), a[filter], b[filter])
            dense[filter, channel] = circulant.matrix(row)
    return dense


@untimed
@given(filter_patterns())
def test_shifts_are_what_an_output_sums(patterns):
    filters = len(patterns.symbols)
    dense = matrices(patterns, np.full(filters, 1.0), np.full(filters, 2.0))
    for value in (1, 2):
        per_output = (dense == value).sum(axis=(1, 2))
        assert (per_output == patterns.shifts[:, value - 1 : value]).all()


@untimed
@given(filter_patterns())
def test_balanced_columns_of_all_channels_have_norm_one_and_sum_zero(patterns):
    a, b = patterns.balanced()
    dense = matrices(patterns, a, b)
    used = patterns.symbols.any(axis=(1, 2))
    both = (patterns.shifts > 0).all(axis=1)
    norms = np.sqrt((dense**2).sum(axis=(1, 2)))
    np.testing.assert_allclose(norms[used], 1, atol=1e-5)
    np.testing.assert_allclose(dense.sum(axis=(1, 2))[both], 0, atol=1e-5)
    assert (a > 0).all()
    assert (np.sign(b) == np.where(both, -1, 1)).all()


@untimed
@given(filter_patterns())
def test_values_are_the_first_rows_of_the_patterns(patterns):
    filters = len(patterns.symbols)
    a, b = (np.random.default_rng(seed).normal(size=filters).astype("float32") for seed in (1, 2))
    values = patterns.values(ops.convert_to_tensor(a), ops.convert_to_tensor(b))
    rows = matrices(patterns, a, b)[:, :, 0, : patterns.neighbourhood.n // 2 + 1]
    np.testing.assert_allclose(ops.convert_to_numpy(values), rows, atol=1e-6)


@pytest.mark.parametrize(("text", "first"), [("random:k=2", 5), ("random:k=2,seed=40", 40)])
def test_seeds_count_up_over_filters_and_channels(text, first):
    patterns = resolve_filters(text, 24, filters=3, channels=2, seed=5)
    for filter, channel in np.ndindex(3, 2):
        drawn = Pattern.random(24, 2, first + 2 * filter + channel)
        assert patterns.pattern(filter, channel) == drawn


@pytest.mark.parametrize(
    ("spec", "near"),
    [
        ("half:window=3x5,columns=6", Neighbourhood(24, window=(3, 5), columns=6)),
        ("random:k=1,reach=4", Neighbourhood(24, 4)),
        ("banded:reach=3", Neighbourhood(24, 3)),
        ("complete", Neighbourhood(24, 12)),
        ("offsets:a=0+7,b=2", Neighbourhood(24, 7)),
        ({"a": [1], "b": [5]}, Neighbourhood(24, 5)),
        (Pattern(24, [0], [2]), Neighbourhood(24, 2)),
        (["banded", "offsets:a=9"], Neighbourhood(24, 9)),
    ],
)
def test_the_neighbourhood_is_that_of_the_text_or_of_the_widest_pattern(spec, near):
    assert resolve_filters(spec, 24, filters=2, channels=1, seed=0).neighbourhood == near


def test_plain_patterns_are_the_same_in_every_filter_and_a_list_gives_one_each():
    same = resolve_filters("banded", 8, filters=2, channels=2, seed=0)
    assert same.symbols.tolist() == [[[1, 2]] * 2] * 2
    each = resolve_filters(
        [Pattern(8, [2], []), {"a": [0], "b": [1]}], 8, filters=2, channels=1, seed=0
    )
    assert each.symbols.tolist() == [[[0, 0, 1]], [[1, 2, 0]]]


def test_packed_symbols_come_back():
    symbols = np.random.default_rng(0).integers(3, size=(4, 2, 5)).astype(np.uint8)
    spec = {"packed": pack(symbols), "label": "learned", "window": [3, 3]}
    patterns = resolve_filters(spec, 36, filters=4, channels=2, seed=0)
    np.testing.assert_array_equal(patterns.symbols, symbols)
    assert patterns.neighbourhood == Neighbourhood(36, window=(3, 3))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (["banded"], "A list of patterns has one a filter, 2. Received: 1"),
        ([], "Received: 0"),
        (["banded", "stripes"], "Unknown pattern 'stripes'"),
        ("random:k=9", "draws 2k of the 5 offsets of width 8"),
        ("half:window=3", "8 is no square, so give columns="),
        ({"packed": "p{A5?oDu", "reach": 1}, "does not hold 4 symbols"),
        ({"packed": "p{A5?oDu", "reach": 9}, "Width 8 has offsets 0 to 4. Received: reach=9"),
        ({"a": [0]}, "Explicit offsets need the lists a and b"),
        (3, "A pattern is a kind, offset lists or a Pattern. Received: 3"),
    ],
)
def test_bad_filter_patterns(spec, message):
    with pytest.raises(InputError) as caught:
        resolve_filters(spec, 8, filters=2, channels=1, seed=0)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_filter_without_an_offset_has_no_pattern():
    with pytest.raises(InputError, match="at least one offset"):
        FilterPatterns(Neighbourhood(8), np.zeros((1, 1, 5), np.uint8)).pattern(0)
