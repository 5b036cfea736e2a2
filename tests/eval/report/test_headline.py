"""Which model to take, and by how much, in words and as a table."""

from dataclasses import replace

import pytest

from keras_tvscm.eval.latency import Latency
from keras_tvscm.eval.measurement import Measurement
from keras_tvscm.eval.report.decision import BYTES, decide
from keras_tvscm.eval.report.headline import choices, headline
from keras_tvscm.eval.report.html import html

from ..conftest import invented, measured, model_facts, scored

X = "\N{MULTIPLICATION SIGN}"


def said(comparison):
    """The first paragraph and the second, with plain spaces."""
    found = headline(comparison)
    return tuple(
        " ".join(sentences).replace("\N{NO-BREAK SPACE}", " ")
        for sentences in (found.decision, found.beside)
    )


def of(models, **changes):
    """Models by name: network, bytes, right of 100, microseconds on one runtime."""
    facts = [
        model_facts(name, network, "int8", size) for name, (network, size, *_) in models.items()
    ]
    runs = [measured(name, right, 1000.0 * us) for name, (_, _, right, us) in models.items()]
    return invented(facts, runs, **changes)


DENSE = {"d": ("dense", 4000, 95, 8.0)}


def test_a_cnn_that_beats_ours_is_named_in_the_first_paragraph():
    models = {"f": ("fast", 400, 96, 10.0), "cnn": ("cnn-operations", 200, 97, 2.5)}
    first, _ = said(of(DENSE | models))
    assert first == (
        "Take cnn for accuracy, bytes and time on litert-xnnpack; no TVSCM network leads in any of "
        "these. "
        f"cnn beats f: at higher accuracy (97.0 against 96.0 %) it is 2.0{X} smaller and 4.0{X} "
        "faster on litert-xnnpack, and is behind nowhere; take it instead. "
        "The most accurate is cnn with 97.0 %, 1.0 points above f, the best TVSCM network, which "
        f"is 2.0{X} larger and 4.0{X} slower on litert-xnnpack; "
        "100 test rows do not tell the two apart. "
        "Of those that are as accurate as d (95.0 %) or better, the smallest is cnn with 200 "
        f"bytes, 2.0{X} smaller than f, the best TVSCM network. "
        f"The fastest of those on litert-xnnpack is cnn with 2.50 µs, 4.0{X} faster than f, the "
        "best TVSCM network."
    )


def test_a_network_that_leads_nowhere_is_told_so():
    models = {"f": ("fast", 400, 50, 10.0), "cnn": ("cnn-small", 200, 97, 2.5)}
    first, _ = said(of(DENSE | models))
    assert first.startswith(
        "Take cnn for accuracy, bytes and time on litert-xnnpack; no TVSCM network leads in any "
        "of these. cnn beats f: at higher accuracy"
    )
    # Nothing of ours reaches the dense network, so the bar is what ours reaches.
    assert "Of those that are as accurate as f (50.0 %) or better" in first


def test_what_ours_wins_is_said_as_plainly():
    models = {
        "d": ("dense", 4000, 80, 8.0),
        "f": ("fast", 400, 99, 2.0),
        "theirs": (None, 800, 70, 1.0),
    }
    first, beside = said(of(models))
    assert first.startswith("Take f for accuracy, bytes and time on litert-xnnpack; none of the ")
    # theirs is faster, but less accurate than the dense network: it is no choice.
    assert f"is f with 2.00 µs, 4.0{X} faster than d, the best of the others." in first
    assert "beats" not in first and "right for 50.0 %" in beside


def test_the_smallest_rival_is_enough_to_beat_a_network():
    models = {
        "f": ("fast", 400, 90, 10.0),
        "low": ("low-rank", 300, 90, 8.0),
        "pruned": ("dense-pruned", 200, 90, 10.1),
        "slow": ("cnn-small", 100, 90, 20.0),
        "t": ("tvscm", 350, 80, 9.0),
    }
    decision = decide(of(DENSE | models))
    # The smallest is slower, and the next one is about as fast and no faster.
    assert [(pair.model, pair.by) for pair in decision.beaten] == [
        ("f", "low"),
        ("t", "low"),
    ]
    assert decision.contests[0].place == BYTES and decision.contests[0].theirs.model == "slow"
    assert (
        f"low beats f: at the same accuracy (90.0 %) it is 1.3{X} smaller and 1.2{X} faster on "
        "litert-xnnpack, and is behind nowhere; take it instead. So is beaten t by low."
    ) in said(of(DENSE | models))[0]


def test_counted_instructions_have_their_sentence_and_their_row():
    models = [model_facts("d", "dense", "int8", 4000), model_facts("f", "fast", "int8", 100)]
    counts = {"d": 8000, "f": 2000}
    runs = [
        Measurement(
            name,
            "cortex-m4",
            "measured",
            score=scored(95),
            counts={"instructions": count, "flash_bytes": 1, "sram_bytes": 2},
        )
        for name, count in counts.items()
    ]
    compared = invented(models, runs, cores=["cortex-m4"], calls={})
    assert (
        "The fewest instructions of those on cortex-m4 takes f with 2,000, "
        f"4.0{X} fewer instructions than d, the best of the others." in said(compared)[0]
    )
    table = choices(compared)
    assert [row.name for row in table.rows] == ["accuracy", "bytes", "instructions on cortex-m4"]
    assert [cell.text for cell in table.rows[2].cells] == [
        "f",
        "f",
        "d",
        f"4.0{X} fewer instructions",
    ]


def timed(name, windows):
    return Measurement(
        name, "litert-xnnpack", "measured", score=scored(95), latency=Latency.of(windows, 100)
    )


@pytest.mark.parametrize(
    "ours, words, taken",
    [
        ([[500.0], [540.0], [460.0]], f"2.0{X} (1.9 to 2.2) faster than d", "f"),
        ([[2000.0], [2200.0], [1800.0]], f"2.0{X} (1.8 to 2.2) faster than f", "d"),
        # The median alone would say 1.1 times faster.
        ([[900.0], [1200.0], [800.0]], "about as fast as d", "f or d"),
    ],
)
def test_a_ratio_has_its_interval_and_none_that_holds_1_is_a_gain(ours, words, taken):
    models = [model_facts("d", "dense", "int8", 4000), model_facts("f", "fast", "int8", 100)]
    runs = [timed("d", [[1000.0], [1010.0], [990.0]]), timed("f", ours)]
    compared = invented(models, runs, windows=3)
    assert words in said(compared)[0]
    assert choices(compared).rows[2].cells[0].text == taken


def test_a_noisy_run_says_so_first():
    quiet = of(DENSE | {"f": ("fast", 400, 96, 10.0)}, spins={"litert-xnnpack": [[1.0, 1.01]]})
    noisy = replace(quiet, spins={"litert-xnnpack": [[1.0, 2.0]]})
    assert "noisy" not in said(quiet)[0]
    assert (
        "This run was noisy: the time of a fixed piece of work varied by up to ±30"
        in said(noisy)[0]
    )


def test_the_floors_follow(comparison):
    _, beside = said(comparison)
    assert "The head alone (softmax int8: the same network without the TVSCM layer)" in beside
    assert "reaches 90.0 %." in beside and "right for 50.0 %" in beside
    useless = of(DENSE | {"t": ("tvscm", 101, 90, 2.0), "s": ("softmax", 90, 90, 0.9)})
    assert "so the TVSCM layer adds no accuracy here" in said(useless)[1]


def test_without_rivals_and_without_anything():
    models = [model_facts("one", None, None, 10), model_facts("two", None, None, 20)]
    runs = [measured("one", 80, 2000.0), measured("two", 70, 1000.0)]
    alone = invented(models, runs)
    assert said(alone)[0] == (
        "2 of 2 models ran on litert-xnnpack: one is the most accurate (80.0 %), two the fastest."
    )
    assert choices(alone) is None
    none = [Measurement("one", "tflm", "unavailable", "not installed")]
    assert "No model could be run" in said(invented(models[:1], none))[0]
    assert "Nothing ran here: not installed." in html(invented(models[:1], none))
    unjudged = [replace(run, score=None) for run in runs]
    assert "two is the fastest; none could be judged" in said(invented(models, unjudged))[0]
