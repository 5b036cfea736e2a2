"""What a model holds and computes, against counts made by hand."""

import io
import math

import keras
import pytest
from keras import layers
from rich.console import Console

from keras_tvscm.errors import InputError
from keras_tvscm.layers.symmetric_circulant import SymmetricCirculant
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.models import networks, summary
from keras_tvscm.models.freezing import freeze
from keras_tvscm.patterns.circulant import Operations


def model_of(shape, *parts):
    return keras.Sequential([keras.Input(shape), *parts], name="model")


def row_of(shape, layer):
    (row,) = summary.rows(model_of(shape, layer))
    return row


def shown(model, width=80):
    sent = io.StringIO()
    Console(file=sent, width=width).print(summary.table(model))
    return sent.getvalue().splitlines()


def test_the_paper_s_dense_network():
    # 784 x 784 + 784 x 10 products; each sum starts from a bias.
    model = networks.build("dense", "mnist")
    assert summary.operations(model) == Operations(622_496, 622_496)
    assert [row.parameters for row in summary.rows(model)] == [615_440, 7_850]
    assert [row.dense_parameters for row in summary.rows(model)] == [615_440, 7_850]


def test_dense_without_a_bias_and_on_the_last_axis():
    row = row_of((3, 4), layers.Dense(5, use_bias=False))
    assert row.output_shape == (3, 5)
    assert row.operations == Operations(3 * 4 * 5, 3 * 3 * 5)


@pytest.mark.parametrize(
    ("shape", "options", "operations", "parameters", "dense"),
    [
        # An output sums one input times a and two times b.
        ((8,), {}, (2 * 8, 2 * 8), 2, 64),
        ((8,), {"use_bias": True}, (2 * 8, 3 * 8), 2 + 8, 64 + 8),
        ((5, 8), {}, (5 * 2 * 8, 5 * 2 * 8), 2, 64),
    ],
)
def test_tvscm(shape, options, operations, parameters, dense):
    row = row_of(shape, TVSCM("banded", **options))
    assert row.operations == Operations(*operations)
    assert (row.parameters, row.dense_parameters) == (parameters, dense)
    # Offsets 0 to 4: five symbols, one byte.
    assert (row.nonzeros, row.pattern_bytes) == (2, 1)


def test_heads():
    """Of width 6, where offsets 0 and 3 stand for one shift each, 1 and 2 for two."""
    row = row_of((6,), TVSCMConv(2, ["offsets:a=0+1,b=3", "offsets:a=2"]))
    # Shifts 3 + 1 and 2: one addition less than that, and one bias, an output; a and b, or a.
    assert row.operations == Operations(6 * (2 + 1), 6 * (3 + 1 + 1 + 1))
    assert (row.parameters, row.nonzeros) == (2 * 3, 4)
    # Two heads of four offsets.
    assert row.pattern_bytes == math.ceil(2 * 4 / 5)
    assert row.dense_parameters == 6 * 12 + 12

    row = row_of((6,), TVSCMConv(2, ["offsets:a=0+1,b=3", "offsets:a=2"], use_bias=False))
    assert row.operations == Operations(6 * 3, 6 * (3 + 1))
    assert (row.parameters, row.dense_parameters) == (4, 6 * 12)


def test_heads_sum_over_their_channels():
    row = row_of((6, 2), TVSCMConv(1, "offsets:a=0+1,b=3"))
    assert row.operations == Operations(6 * 2, 6 * (8 - 1 + 1))
    assert (row.nonzeros, row.dense_parameters) == (6, 12 * 6 + 6)


def test_other_layers():
    # Five free values an output; the two inputs that share one are added first.
    row = row_of((8,), SymmetricCirculant())
    assert (row.operations, row.parameters) == (Operations(8 * 5, 8 * 7), 5)
    assert row.dense_parameters == 64
    assert row_of((8, 3), layers.AveragePooling1D(4)).operations == Operations(6, 3 * 6)
    assert row_of((4, 4, 1), layers.AveragePooling2D(2)).operations == Operations(4, 3 * 4)
    assert row_of((4, 3), layers.BatchNormalization()).operations == Operations(12, 12)


def test_layers_that_compute_nothing_are_left_out():
    parts = [layers.Reshape((8, 1)), layers.MaxPooling1D(2), layers.ReLU(), layers.Flatten()]
    model = model_of((8,), *parts, layers.Dropout(0.5), layers.Dense(2), layers.Softmax())
    assert [row.kind for row in summary.rows(model)] == ["Dense"]
    assert summary.operations(model) == Operations(8, 8)


def test_a_shared_layer_computes_at_each_of_its_places():
    inputs, dense = keras.Input((4,)), layers.Dense(4)
    joined = layers.Concatenate()([dense(dense(inputs)), inputs])
    model = keras.Model(inputs, layers.Dense(1)(joined))
    first, second = summary.rows(model)
    assert (first.parameters, first.operations) == (20, Operations(32, 32))
    assert second.operations == Operations(8, 8)


def test_a_layer_that_is_not_known_says_so():
    model = model_of((6,), layers.Reshape((6, 1)), layers.LSTM(2, name="memory"), layers.Dense(3))
    assert summary.operations(model) is None
    assert [row.operations for row in summary.rows(model)] == [None, Operations(6, 6)]
    lines = [line.split() for line in shown(model)]
    assert ["memory", "(LSTM)", "2", "32", "32", "?", "?"] in lines
    assert ["total", "41", "41", ">=", "6", ">=", "6"] in lines
    assert summary.notes(model)[-1] == "The operations of memory are not known, so not counted."


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (keras.Sequential([layers.Dense(2)]), "The model is not built: give it an Input"),
        (type("Own", (keras.Model,), {})(), "Only Sequential and functional Keras models"),
    ],
)
def test_models_without_a_graph(model, message):
    with pytest.raises(InputError, match=message):
        summary.rows(model)


def test_the_table():
    model = networks.build("tvscm", "mnist", pattern="random:k=1,seed=15")
    assert [line.rstrip() for line in shown(model)] == [
        "                                              pattern  multipli-",
        "layer           output  parameters  as Dense    bytes    cations  additions",
        "─" * 76,
        "tvscm              784           2   614,656       79      1,568      2,352",
        "head (Dense)        10       7,850     7,850               7,840      7,840",
        "",
        "total                        7,852   622,506       79      9,408     10,192",
    ]
    assert summary.notes(model) == [
        "The parameters take 31,408 bytes as float32, the patterns 79 bytes.",
        "With dense layers in their place: 622,506 parameters, 79.3 times as many.",
        "Operations are those of plain sums over a pattern's offsets; the operators that convert "
        "takes may come to others, which tvscm inspect counts.",
    ]


@pytest.mark.parametrize("network", networks.NAMES)
def test_a_terminal_of_80_columns_shows_every_figure(network):
    task = "heartbeat-rhythm" if network.startswith("rhythm") else "mnist"
    model = networks.build(network, task)
    lines = shown(model)
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)
    words = set(" ".join(lines).split())
    for row in summary.rows(model):
        assert f"{row.dense_parameters:,}" in words
        if row.operations:  # not of layers that only move numbers
            assert f"{row.operations.additions:,}" in words


def test_a_layer_s_name_is_no_markup():
    lines = shown(model_of((2,), layers.Dense(1, name="[red]x")))
    assert any(line.startswith("[red]x (Dense)") for line in lines)


def test_patterns_still_learned_are_counted_as_frozen_and_said_to_be_learned():
    hidden = [TVSCMConv(3, "learned:reach=2", name="heads"), layers.Flatten()]
    model = model_of((8,), *hidden, layers.Dense(2, name="head"))
    # Three offsets and a bias a head are trained; two values and the bias are left.
    assert summary.notes(model)[-1] == (
        "Not frozen yet: heads. The patterns are still learned, with 12 weights in these "
        "layers; the table counts what keras_tvscm.freeze(model) leaves of them."
    )
    assert summary.rows(model) == summary.rows(freeze(model))
    assert summary.rows(model)[0].parameters == 9
    assert not any("frozen" in note for note in summary.notes(freeze(model)))


def test_layers_of_models_inside_the_model_have_rows_of_their_own():
    inner = model_of((8,), TVSCM("banded", name="ours"), layers.Dense(4, name="theirs"))
    model = model_of((8,), inner, layers.Dense(2, name="last"))
    found = {row.name: row.operations for row in summary.rows(model)}
    assert found == {
        "ours": Operations(16, 16),
        "theirs": Operations(32, 32),
        "last": Operations(8, 8),
    }
    assert summary.rows(model_of((3, 8), layers.TimeDistributed(inner)))[0].name == "ours"


def test_a_learned_pattern_inside_is_named_as_not_frozen():
    model = model_of((8,), model_of((8,), TVSCM("learned", name="ours")))
    assert "Not frozen yet: ours" in summary.notes(model)[-1]


def test_an_input_of_no_fixed_length_has_unknowns_that_are_marked():
    model = model_of(
        (None, 4), layers.Dense(3, name="step"), layers.GlobalMaxPooling1D(), layers.Dense(2)
    )
    step, last = summary.rows(model)
    assert (step.output_shape, step.parameters, step.operations) == ((None, 3), 15, None)
    assert last.operations == Operations(6, 6)
    assert summary.operations(model) is None
    lines = shown(model)
    assert lines[3].split()[-5:] == ["?x3", "15", "15", "?", "?"]
    assert lines[-1].split()[-2:] == [">=", "6"]
    assert summary.notes(model)[-1] == (
        "The input's length is not fixed, so the operations of step are not counted."
    )
