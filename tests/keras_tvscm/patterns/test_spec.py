"""Patterns as text: what is written is what is read."""

import pytest

from keras_tvscm.patterns.spec import Spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("banded", Spec("banded")),
        ("random:k=2,seed=7", Spec("random", {"k": 2, "seed": 7})),
        ("half:window=3x5,columns=9", Spec("half", {"window": "3x5", "columns": 9})),
        (
            "learned:start=banded:reach=2,reach=4",
            Spec("learned", {"start": "banded:reach=2", "reach": 4}),
        ),
        ("offsets:a=0+3,b=1", Spec("offsets", {"a": [0, 3], "b": [1]})),
    ],
)
def test_text_comes_back(text, spec):
    assert Spec.parse(text) == spec
    assert str(spec) == text


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (Spec("offsets", {"a": (2,), "b": ()}), "offsets:a=2"),
        (Spec("half", {"window": (3, 5)}), "half:window=3x5"),
        (Spec.parse("learned:"), "learned"),
        (Spec.parse("learned").with_options(nonzeros=4), "learned:nonzeros=4"),
        (
            Spec.parse("learned:window=13x13").with_options(nonzeros=4),
            "learned:window=13x13,nonzeros=4",
        ),
        (Spec.parse("random:seed=3,k=2").with_options(seed=5), "random:seed=5,k=2"),
    ],
)
def test_options_are_written_in_order(spec, text):
    assert str(spec) == text


def test_what_a_seed_decides_and_where_offsets_lie():
    drawn = [kind for kind in ("banded", "complete", "random", "half") if Spec(kind).is_drawn]
    assert drawn == ["random", "half"]
    assert Spec.parse("random:k=2,window=3x3,columns=6").near == {"window": "3x3", "columns": 6}
