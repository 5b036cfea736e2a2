"""What a pattern that is trained may become: as text says it, and its budget and start."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_tvscm import TVSCM, Pattern
from keras_tvscm.errors import InputError
from keras_tvscm.layers.trained_pattern import TrainedPattern, budget_at, trained_pattern
from keras_tvscm.patterns.neighbourhood import Neighbourhood
from keras_tvscm.patterns.pattern import resolve

# The first call of an operation takes its time.
untimed = settings(max_examples=50, deadline=None)


@untimed
@given(st.integers(1, 500), st.data())
def test_the_budget_falls_from_all_offsets_to_what_was_asked_for(most, data):
    nonzeros = data.draw(st.integers(1, most))
    budgets = [budget_at(step / 20, most, nonzeros) for step in range(21)]
    assert budgets[0] == most
    assert budgets[10:] == [nonzeros] * 11
    assert budgets == sorted(budgets, reverse=True)


def test_a_layer_without_a_budget_has_none_to_lower():
    layer = TVSCM("learned")
    layer.build((None, 8))
    before = layer.pattern
    layer.set_progress(0.5)
    assert layer.budget is None
    assert layer.pattern == before


@pytest.mark.parametrize(
    ("spec", "nonzeros", "expected"),
    [
        ("learned", None, TrainedPattern(Neighbourhood(16))),
        ("learned:", 3, TrainedPattern(Neighbourhood(16), 3)),
        ("learned:nonzeros=3", None, TrainedPattern(Neighbourhood(16), 3)),
        ("learned:reach=5", None, TrainedPattern(Neighbourhood(16, 5))),
        (
            "learned:window=3x1,nonzeros=2",
            None,
            TrainedPattern(Neighbourhood(16, window=(3, 1)), 2),
        ),
        ("learned:window=1x3,columns=8", 2, TrainedPattern(Neighbourhood(16, None, (1, 3), 8), 2)),
        ("learned:start=half", None, TrainedPattern(Neighbourhood(16), None, Pattern.half(16, 5))),
        (
            "learned:start=banded:reach=2,reach=2",
            1,
            TrainedPattern(Neighbourhood(16, 2), 1, Pattern.banded(16, 2)),
        ),
        ("banded", None, None),
        ({"a": [0], "b": []}, None, None),
        (Pattern(16, [0], []), None, None),
    ],
)
def test_what_a_pattern_asks_to_be_learned(spec, nonzeros, expected):
    assert trained_pattern(spec, 16, nonzeros, seed=5) == expected


@pytest.mark.parametrize(
    ("spec", "nonzeros", "message"),
    [
        ("banded", 2, "nonzeros= is the budget of a learned pattern; this one is fixed"),
        ({"a": [0], "b": []}, 2, "this one is fixed"),
        ("learned:nonzeros=2", 2, "The budget is given twice: nonzeros=2 and"),
        ("learned:nonzeros=x", None, "Pattern option nonzeros is a whole number. Received: 'x'"),
        ("learned:k=2", None, "Pattern learned has no option 'k'; it has: columns, nonzeros"),
        ("learned:reach=9", None, "Width 16 has offsets 0 to 8. Received: reach=9"),
        ("learned:reach=2,window=3", None, "a reach or a window, not both"),
        ("learned:window=3,columns=5", None, "16 is not a multiple of columns=5"),
        ("learned:start=stripes", None, "Unknown pattern 'stripes'"),
        ("learned:start=learned", None, "a fixed one was expected here"),
        ("learned:reach=2,start=offsets:a=5", None, "start=offsets:a=5 has offset 5, which the"),
        ("learner", None, "Unknown pattern 'learner'"),
    ],
)
def test_bad_specs(spec, nonzeros, message):
    with pytest.raises(InputError) as caught:
        trained_pattern(spec, 16, nonzeros)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("nonzeros", [0, -1, 10, 2.0, "2", True])
def test_budgets_that_a_width_does_not_have(nonzeros):
    message = f"A budget of nonzero offsets is 1 to 9 here. Received: {nonzeros!r}"
    with pytest.raises(InputError, match=message):
        TVSCM("learned", nonzeros=nonzeros).build((None, 16))


@pytest.mark.parametrize("nonzeros", [1, 2, 9])
def test_budgets_that_it_has(nonzeros):
    layer = TVSCM("learned", nonzeros=nonzeros)
    layer.build((None, 16))
    assert len(layer.pattern.a + layer.pattern.b) == nonzeros


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("start", ["half", "banded:reach=3", "offsets:b=40"])
def test_the_start_is_the_first_pattern(start, seed):
    layer = TVSCM(f"learned:start={start}", seed=seed)
    layer.build((None, 200))
    expected = resolve(start, 200, seed)
    assert (layer.pattern.a, layer.pattern.b) == (expected.a, expected.b)
    assert (np.array(layer.weights_of_offsets) != 0).all()


def test_the_seed_decides_the_start():
    def drawn(seed):
        layer = TVSCM("learned", seed=seed)
        layer.build((None, 64))
        return layer.pattern

    assert drawn(1) == drawn(1) != drawn(2)
