"""Patterns: what they hold, how they are asked for, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.offsets import Symbol
from keras_tvscm.patterns.packing import pack
from keras_tvscm.patterns.pattern import Pattern, resolve
from keras_tvscm.patterns.spec import OPTIONS


@st.composite
def patterns(draw):
    n = draw(st.integers(1, 40))
    symbols = draw(st.lists(st.integers(0, 2), min_size=n // 2 + 1, max_size=n // 2 + 1))
    assume(any(symbols))
    a, b = ([k for k, symbol in enumerate(symbols) if symbol == value] for value in (1, 2))
    return Pattern(n, draw(st.permutations(a)), draw(st.permutations(b)))


def refused(call, *arguments, **options):
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    message = str(caught.value)
    assert message
    assert "\n" not in message
    return message


@given(patterns())
def test_offsets_symbols_and_shifts_say_the_same(pattern):
    n = pattern.n
    assert pattern.symbols.shape == (n // 2 + 1,)
    for value, offsets in ((Symbol.A, pattern.a), (Symbol.B, pattern.b)):
        assert np.flatnonzero(pattern.symbols == value).tolist() == list(offsets)
        assert list(offsets) == sorted(offsets)
        # An offset is the pair of shifts k and n - k: one shift where they are the same.
        assert set(pattern.shifts(value)) == {s % n for k in offsets for s in (k, n - k)}
    assert sorted(sum((pattern.shifts(symbol) for symbol in Symbol), ())) == list(range(n))


@given(patterns())
def test_config_and_spec_are_what_resolve_reads_back(pattern):
    config = json.loads(json.dumps(pattern.to_config()))
    assert resolve(config, pattern.n) == pattern
    assert resolve(pattern.spec, pattern.n) == pattern
    assert pattern.label == pattern.spec


@given(patterns())
def test_the_background_is_what_most_of_the_first_row_carries(pattern):
    counts = [pattern.row.tolist().count(symbol) for symbol in Symbol]
    assert counts[pattern.background] == max(counts)
    assert max(counts) not in counts[: pattern.background]


def test_what_a_pattern_is_called_does_not_tell_it_from_another():
    same = [Pattern(8, [0], [1], "mine"), Pattern.banded(8), resolve("offsets:b=1,a=0", 8)]
    assert len(set(same)) == 1
    assert [pattern.label for pattern in same] == ["mine", "banded", "offsets:a=0,b=1"]
    assert [pattern.spec for pattern in same] == ["offsets:a=0,b=1", "banded", "offsets:a=0,b=1"]
    assert same[0] != Pattern(9, [0], [1])


def test_a_config_of_before_0_2_reads_back():
    config = {"n": 8, "a": [0], "b": [1], "label": "offsets"}
    pattern = resolve(config, 8)
    assert (pattern, pattern.label, pattern.to_config()) == (Pattern.banded(8), "offsets", config)


@pytest.mark.parametrize(
    ("pattern", "a", "b", "label"),
    [
        (Pattern.banded(1), (0,), (), "banded"),
        (Pattern.banded(2), (0,), (1,), "banded"),
        (Pattern.banded(7), (0,), (1,), "banded"),
        (Pattern.banded(8, reach=4), (0,), (1, 2, 3, 4), "banded:reach=4"),
        (Pattern.banded(9, reach=4), (0,), (1, 2, 3, 4), "banded:reach=4"),
        (Pattern.complete(1), (0,), (), "complete"),
        (Pattern.complete(2), (0,), (1,), "complete"),
        (Pattern.complete(7), (0,), (1, 2, 3), "complete"),
        (Pattern.complete(8), (0,), (1, 2, 3, 4), "complete"),
        (Pattern(5, [2, 0], [1]), (0, 2), (1,), "offsets:a=0+2,b=1"),
        (Pattern(np.int64(5), np.array([2, 0]), ()), (0, 2), (), "offsets:a=0+2"),
    ],
)
def test_plain_kinds(pattern, a, b, label):
    assert (pattern.a, pattern.b, pattern.label) == (a, b, label)
    assert all(type(k) is int for k in (pattern.n, *a, *b))


@pytest.mark.parametrize(
    ("spec", "n", "a", "b"),
    [
        ("random:k=1,seed=0", 187, (2,), (30,)),
        ("random:k=2,seed=7", 64, (2, 28), (1, 9)),
        ("half:seed=0", 9, (0, 3), (1, 2, 4)),
        ("half:seed=3", 16, (0, 1, 4, 5, 6), (2, 3, 7, 8)),
    ],
)
def test_drawn_patterns_are_the_same_for_ever(spec, n, a, b):
    """Recorded results name patterns by kind and seed: their streams must not drift."""
    assert resolve(spec, n) == Pattern(n, a, b, spec)


@given(n=st.integers(2, 60), seed=st.integers(0, 2**32 - 1), data=st.data())
def test_random_draws_k_and_k_offsets(n, seed, data):
    k = data.draw(st.integers(1, (n // 2 + 1) // 2))
    pattern = Pattern.random(n, k, seed)
    assert (len(pattern.a), len(pattern.b)) == (k, k)
    assert pattern == Pattern.random(n, k, seed)


@given(n=st.integers(1, 60), seed=st.integers(0, 2**32 - 1))
def test_half_gives_every_offset_a_value(n, seed):
    pattern = Pattern.half(n, seed)
    assert sorted(pattern.a + pattern.b) == list(range(n // 2 + 1))
    assert pattern == Pattern.half(n, seed)


def test_drawn_patterns_differ_from_seed_to_seed():
    assert len({Pattern.random(187, 1, seed).symbols.tobytes() for seed in range(20)}) > 15
    assert len({Pattern.half(187, seed).symbols.tobytes() for seed in range(20)}) == 20
    share = np.mean([len(Pattern.half(187, seed).a) / 94 for seed in range(20)])
    assert share == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("banded", Pattern.banded(12)),
        ("banded:", Pattern.banded(12)),
        ("banded:reach=3", Pattern.banded(12, 3)),
        ("complete", Pattern.complete(12)),
        ("random", Pattern.random(12, 1, 5)),
        ("random:k=3", Pattern.random(12, 3, 5)),
        ("random:seed=2,k=3", Pattern.random(12, 3, 2)),
        ("half", Pattern.half(12, 5)),
        ("half:seed=0", Pattern.half(12, 0)),
        ("offsets:a=0+3,b=1+5", Pattern(12, [0, 3], [1, 5], "offsets:a=0+3,b=1+5")),
        ("offsets:b=6", Pattern(12, [], [6], "offsets:b=6")),
        ("random:k=2,reach=3", Pattern.random(12, 2, 5, reach=3)),
        ("random:window=3x1,columns=4", Pattern.random(12, 1, 5, window=(3, 1), columns=4)),
        ("half:reach=0", Pattern(12, [], [0], "half:seed=5,reach=0")),
        ({"packed": pack(np.arange(7) % 3)}, Pattern(12, [1, 4], [2, 5])),
        ({"packed": pack(np.array([2, 1])), "n": 12, "reach": 1}, Pattern(12, [1], [0])),
        ({"a": [0], "b": [4, 1]}, Pattern(12, [0], [1, 4])),
        ({"n": 12, "a": (), "b": [1], "label": "mine"}, Pattern(12, [], [1], "mine")),
        (Pattern(12, [3], []), Pattern(12, [3], [])),
    ],
)
def test_resolve(spec, expected):
    assert resolve(spec, 12, seed=5) == expected


@pytest.mark.parametrize("kind", ["random:k=2,", "half:"])
@pytest.mark.parametrize(
    ("n", "near", "offsets"),
    [
        (20, "reach=3", [0, 1, 2, 3]),
        (20, "window=3x3,columns=5", [0, 1, 4, 5, 6]),
        (25, "window=3", [0, 1, 4, 5, 6]),
    ],
)
def test_near_kinds_draw_from_the_neighbourhood_alone(kind, n, near, offsets):
    drawn = [resolve(kind + near, n, seed) for seed in range(30)]
    for value in ("a", "b"):
        assert sorted({k for one in drawn for k in getattr(one, value)}) == offsets


@pytest.mark.parametrize(
    "pattern",
    [
        Pattern.random(36, 2, 7, reach=9),
        Pattern.random(36, 2, 7, window=(3, 5)),
        Pattern.half(36, 7, window="3x5", columns=9),
        Pattern.half(36, 7, window=3),
    ],
)
def test_the_spec_names_the_neighbourhood_too(pattern):
    assert resolve(pattern.spec, 36) == pattern
    assert pattern.label == pattern.spec


@pytest.mark.parametrize("kind", sorted(OPTIONS.keys() - {"learned"}))
@pytest.mark.parametrize("n", [2, 3, 8])
def test_the_spec_asks_for_the_same_pattern_again(kind, n):
    pattern = resolve(kind, n, seed=4)
    assert pattern.spec.startswith(kind)
    assert resolve(pattern.spec, n) == pattern


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((8, [5], []), "Offset 5 is out of range: width 8 has offsets 0 to 4"),
        ((9, [], [-1]), "Offset -1 is out of range: width 9 has offsets 0 to 4"),
        ((1, [1], []), "Offset 1 is out of range: width 1 has offsets 0 to 0"),
        ((8, [0, 1], [1]), "Received offset 1 twice"),
        ((8, [2, 2], [1]), "Received offset 2 twice"),
        ((8, [], []), "at least one offset"),
        ((8, [1.0], []), "whole number. Received: 1.0"),
        ((8, [True], []), "whole number. Received: True"),
        ((8, ["1"], []), "whole number. Received: '1'"),
        ((8, [[1]], []), "whole number. Received: [1]"),
        ((8, "12", []), "Offsets of a must be a list. Received: '12'"),
        ((8, [0], None), "Offsets of b must be a list. Received: None"),
        ((0, [0], []), "width n of at least 1. Received: n=0"),
        ((8.0, [0], []), "Received: n=8.0"),
        (("8", [0], []), "Received: n='8'"),
    ],
)
def test_bad_offsets(arguments, message):
    assert message in refused(Pattern, *arguments)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            "",
            "Unknown pattern ''; expected one of banded, complete, random, half, learned or",
        ),
        ("Banded", "Unknown pattern 'Banded'"),
        ("stripes\nof two", "Unknown pattern 'stripes\\nof two'"),
        ("symbols", "Unknown pattern 'symbols'"),
        ("banded:width=2", "Pattern banded has no option 'width'; it has: reach"),
        ("complete:seed=1", "Pattern complete has no option 'seed'; it has: none"),
        ("random:k", "Pattern option k is a whole number. Received: ''"),
        ("random:k=1.5", "Pattern option k is a whole number. Received: '1.5'"),
        ("half:seed=x", "Pattern option seed is a whole number. Received: 'x'"),
        ("half:seed=-1", "seed is 0 to 4294967295. Received: -1"),
        (f"random:seed={2**32}", "seed is 0 to 4294967295. Received: 4294967296"),
        ("random:k=0", "draws 2k of the 7 offsets of width 12. Received: k=0"),
        ("random:k=-2", "Received: k=-2"),
        ("random:k=4", "draws 2k of the 7 offsets of width 12. Received: k=4"),
        ("random:reach=7", "Width 12 has offsets 0 to 6. Received: reach=7"),
        ("random:k=2,reach=2", "draws 2k of the 3 offsets of width 12. Received: k=2"),
        ("half:reach=2,window=3", "A neighbourhood is a reach or a window, not both"),
        ("half:window=3", "12 is no square, so give columns="),
        ("half:window=ax3,columns=4", "A window is written 7x7. Received: 'ax3'"),
        ("half:window=3x2,columns=4", "odd number of columns, 1 to 4 in an image of 3 x 4"),
        ("half:columns=4", "columns says how a window lies"),
        ("learned", "A learned pattern belongs to a layer; a fixed one was expected here"),
        ("banded:reach=0", "reach of at least 1. Received: 0"),
        ("banded:reach=7", "Width 12 has offsets up to 6. Received: reach=7"),
        ("banded:reach=1,reach=2", "takes each option once. Received: 'banded:reach=1,reach=2'"),
        ("offsets", "Offsets are written offsets:a=0+3,b=1+5. Received: 'offsets'"),
        ("offsets:a=0,3", "Received: 'offsets:a=0,3'"),
        ("offsets:a=0,a=3", "takes each option once. Received: 'offsets:a=0,a=3'"),
        ("offsets:a=0+x", "Pattern option offset of a is a whole number. Received: 'x'"),
        ("offsets:a=", "Received: ''"),
        ("offsets:a=7", "Offset 7 is out of range: width 12"),
        ("offsets:a=1,b=1", "Received offset 1 twice"),
        (None, "A pattern is a kind, offset lists or a Pattern. Received: None"),
        (["banded"], "Received: ['banded']"),
        (Pattern(8, [0], []), "The pattern has width 8, the layer's input 12"),
    ],
)
def test_bad_specs(spec, message):
    assert message in refused(resolve, spec, 12)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "need the lists a and b. Received: {}"),
        ({"a": [0]}, "need the lists a and b"),
        ({"a": [0], "b": [], "c": [1]}, "need the lists a and b"),
        ({"a": [0], "b": [], 7: None}, "need the lists a and b"),
        ({"a": 0, "b": [1]}, "Offsets of a must be a list. Received: 0"),
        ({"a": "0", "b": [1]}, "Offsets of a must be a list"),
        ({"a": None, "b": [1]}, "Offsets of a must be a list"),
        ({"a": [None], "b": [1]}, "whole number. Received: None"),
        ({"a": [{}], "b": [1]}, "whole number. Received: {}"),
        ({"a": [0.5], "b": [1]}, "whole number. Received: 0.5"),
        ({"a": [10**30], "b": [1]}, f"Offset {10**30} is out of range"),
        ({"a": [], "b": []}, "at least one offset"),
        ({"n": 8, "a": [0], "b": [1]}, "The pattern has width 8, the layer's input 12"),
        ({"n": None, "a": [0], "b": [1]}, "Received: n=None"),
        ({"n": [12], "a": [0], "b": [1]}, "Received: n=[12]"),
        ({"packed": None}, "The packed pattern is corrupted"),
        ({"packed": pack(np.zeros(9, np.uint8))}, "at least one offset"),
        ({"packed": pack(np.ones(40, np.uint8))}, "does not hold 7 symbols"),
        ({"packed": pack(np.ones(9, np.uint8)), "n": 16}, "width 16, the layer's input 12"),
        ({"packed": pack(np.ones(9, np.uint8)), "n": 10**30}, "the layer's input 12"),
        ({"packed": "", "a": [0]}, "need the lists a and b"),
        ({"packed": "", "reach": "1"}, "reach is a whole number. Received: reach='1'"),
        ({"packed": "", "window": 3.0}, "A window is written 7x7. Received: 3.0"),
    ],
)
def test_mappings_from_a_file_that_may_hold_anything(spec, message):
    assert message in refused(resolve, spec, 12)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


near = dict.fromkeys(("n", "reach", "window", "columns"), json_values)


@given(
    json_values
    | st.fixed_dictionaries({"a": json_values, "b": json_values})
    | st.fixed_dictionaries({"packed": json_values | st.just("p{A5?oDu")}, optional=near)
)
def test_whatever_json_holds_is_a_pattern_or_an_input_error(spec):
    try:
        assert isinstance(resolve(spec, 12), Pattern)
    except InputError as error:
        assert "\n" not in str(error)


@given(
    st.text(max_size=20)
    | st.from_regex(
        r"(banded|complete|random|half|learned|offsets):"
        r"((reach|k|seed|a|b|window|columns)=[-0-9+x]{0,4},?){0,3}",
        fullmatch=True,
    )
)
def test_any_text_is_a_pattern_or_one_line_of_refusal(spec):
    try:
        assert resolve(spec, 12).n == 12
    except InputError as error:
        assert "\n" not in str(error)


def test_the_narrowest_has_too_few_offsets_to_draw():
    assert "draws 2k of the 1 offsets of width 1" in refused(Pattern.random, 1)


def test_is_a_value():
    one, same, other = Pattern(8, [1, 0], [2]), Pattern(8, (0, 1), (2,)), Pattern(8, [0], [1, 2])
    assert one == same != other
    assert len({one, same, other}) == 2
    with pytest.raises(AttributeError):
        one.n = 9
