"""Freezing: the same outputs from two trained values a pattern."""

import json
import zipfile

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_tvscm import TVSCM, TVSCMConv, freeze
from keras_tvscm.errors import InputError
from keras_tvscm.models.freezing import trained_pattern_layers
from keras_tvscm.models.graph import all_layers
from keras_tvscm.patterns.packing import packed_bytes


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def outputs(model, x):
    found = model(x)
    return [ops.convert_to_numpy(one) for one in (found if isinstance(found, list) else [found])]


def settled(model):
    """Other statistics, factors and biases than those of a new model."""
    rng = np.random.default_rng(5)
    for layer in all_layers(model):
        if isinstance(layer, layers.BatchNormalization):
            for weight in layer.weights:
                weight.assign(rng.uniform(0.5, 2, weight.shape))
        elif getattr(layer, "bias", None) is not None:
            layer.bias.assign(rng.normal(size=layer.bias.shape))
    return model


def frozen_gives_the_same(model, *shape):
    x = draw(4, *shape)
    settled(model)
    before = [np.array(weight) for weight in model.weights]
    expected = outputs(model, x)
    frozen = freeze(model)
    for ours, theirs in zip(outputs(frozen, x), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(np.array(weight), value)
    assert frozen.name == model.name
    assert not frozen.compiled
    assert trained_pattern_layers(frozen) == []
    return frozen


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


@pytest.mark.parametrize("spec", ["learned", "learned:reach=4", "learned:nonzeros=3"])
@pytest.mark.parametrize("units", [None, 7, 21])
def test_one_layer(spec, units):
    layer = TVSCM(spec, units, "relu", use_bias=True)
    frozen = frozen_gives_the_same(keras.Sequential([keras.Input((12,)), layer]), 12)
    assert frozen.count_params() == 2 + (units or 12)
    assert frozen.layers[0].pattern == layer.pattern
    np.testing.assert_allclose(frozen.layers[0].kernel, layer.kernel, atol=1e-6)


def test_a_sequential_network_with_fixed_and_other_layers():
    model = keras.Sequential(
        [
            keras.Input((12,)),
            TVSCM("half"),
            TVSCMConv(3, "learned:reach=4"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling1D(2),
            TVSCMConv(2, "random:k=1"),
            layers.Dropout(0.5),
            layers.Flatten(),
            TVSCM("learned", activation="tanh"),
            layers.Dense(3),
        ],
        name="ours",
    )
    frozen = frozen_gives_the_same(model, 12)
    assert kinds(frozen) == [kind for kind in kinds(model) if kind != "BatchNormalization"]
    assert frozen.count_params() == 2 + 9 + 6 + 2 + 12 * 3 + 3


def test_a_functional_network_with_branches():
    inputs = keras.Input((12,))
    wide = TVSCM("learned", 20, name="wide")(inputs)
    heads = TVSCMConv(3, "learned:nonzeros=2", name="heads")(inputs)
    normal = layers.BatchNormalization(name="normal")(heads)
    both = layers.Concatenate()([layers.Flatten()(normal), wide])
    model = keras.Model(inputs, [layers.Dense(3)(both), wide])
    frozen = frozen_gives_the_same(model, 12)
    assert "BatchNormalization" not in kinds(frozen)
    assert frozen.get_layer("heads").count_params() == 9


def test_a_layer_used_twice_stays_one_layer():
    inputs = keras.Input((12,))
    layer = TVSCM("learned", activation="relu", name="twice")
    model = keras.Model(inputs, layer(layer(inputs)))
    assert frozen_gives_the_same(model, 12).count_params() == 2


@pytest.mark.parametrize("options", [{}, {"center": False}, {"scale": False}, {"axis": 2}])
def test_a_normalization_is_folded(options):
    heads = TVSCMConv(3, "learned:reach=2")
    normal = layers.BatchNormalization(epsilon=0.1, **options)
    frozen = frozen_gives_the_same(keras.Sequential([keras.Input((12, 2)), heads, normal]), 12, 2)
    assert kinds(frozen) == ["TVSCMConv"]
    assert frozen.count_params() == 9


def after(heads, inputs):
    """Networks in which a normalization is more than a factor and a bias of its heads."""
    normal = layers.BatchNormalization
    found = heads(inputs)
    return {
        "the heads are an output too": lambda: [normal()(found), found],
        "something else reads them": lambda: [normal()(found), layers.ReLU()(found)],
        "another axis": lambda: normal(axis=1)(found),
        "something stands between": lambda: normal()(layers.ReLU()(found)),
        "it reads other heads too": lambda: (lambda one: [one(found), one(heads(found))])(normal()),
    }


@pytest.mark.parametrize("case", after(lambda inputs: None, None))
def test_a_normalization_that_stays(case):
    inputs = keras.Input((12, 3))
    model = keras.Model(inputs, after(TVSCMConv(3, "learned:reach=2"), inputs)[case]())
    assert "BatchNormalization" in kinds(frozen_gives_the_same(model, 12, 3))


def test_a_normalization_of_two_layers_of_heads_stays():
    inputs, normal = keras.Input((12,)), layers.BatchNormalization()
    found = [normal(TVSCMConv(3, "learned:reach=2", seed=seed)(inputs)) for seed in (1, 2)]
    assert "BatchNormalization" in kinds(frozen_gives_the_same(keras.Model(inputs, found), 12))


@pytest.mark.parametrize("options", [{"use_bias": False}, {"activation": "relu"}])
def test_a_normalization_of_heads_that_cannot_take_it_stays(options):
    heads = TVSCMConv(3, "learned:reach=2", **options)
    model = keras.Sequential([keras.Input((12,)), heads, layers.BatchNormalization()])
    assert kinds(frozen_gives_the_same(model, 12)) == kinds(model)


def nested(*after):
    return keras.Sequential(
        [
            keras.Input((12,)),
            keras.Sequential(
                [
                    keras.Input((12,)),
                    TVSCMConv(3, "learned:reach=2", name="filters"),
                    layers.BatchNormalization(),
                    layers.Flatten(),
                ]
            ),
            *after,
            layers.Dense(2),
        ]
    )


@pytest.mark.parametrize("after", [[], [TVSCM("learned", activation="relu")]])
def test_layers_of_models_inside_the_model(after):
    frozen = frozen_gives_the_same(nested(*after), 12)
    assert "BatchNormalization" not in kinds(frozen)
    assert frozen.get_layer("filters").count_params() == 9


def test_a_layer_per_step():
    steps = layers.TimeDistributed(TVSCM("learned", activation="relu"))
    model = keras.Sequential([keras.Input((12,)), layers.Reshape((2, 6)), steps, layers.Flatten()])
    assert frozen_gives_the_same(model, 12).count_params() == 2


def test_filters_per_step_are_refused_by_name():
    steps = layers.TimeDistributed(TVSCMConv(2, "learned", name="filters"), name="steps")
    model = keras.Sequential([keras.Input((2, 6)), steps, layers.Flatten(), TVSCM("learned")])
    with pytest.raises(InputError, match=r"'filters' \(TVSCMConv\) is inside of layer 'steps'.*fr"):
        freeze(model)


def test_what_is_frozen_trains_on_with_the_same_patterns(eager):
    model = keras.Sequential(
        [
            keras.Input((12,)),
            TVSCM("learned", activation="relu", name="one"),
            TVSCMConv(3, "learned", nonzeros=2, name="heads"),
        ]
    )
    frozen = freeze(model)
    frozen.compile("sgd", "mse")
    one, heads = frozen.get_layer("one"), frozen.get_layer("heads")
    pattern, symbols = one.pattern, heads.filter_patterns.symbols
    before = [np.array(weight) for weight in frozen.trainable_weights]
    frozen.train_on_batch(draw(8, 12), draw(8, 12, 3))
    assert one.pattern == pattern
    assert heads.filter_patterns.symbols is symbols
    assert len(before) == 5
    for weight, value in zip(frozen.trainable_weights, before, strict=True):
        assert not np.array_equal(np.array(weight), value), weight.name


def test_saves_two_bits_an_offset(tmp_path):
    model = keras.Sequential([keras.Input((784,)), TVSCMConv(8, "learned:window=7x7")])
    frozen = freeze(model)
    frozen.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        config = json.loads(archive.read("config.json"))
    spec = config["config"]["layers"][1]["config"]["pattern"]
    symbols = 8 * 25
    assert 8 * (len(spec["packed"]) - 5) == 2 * symbols
    assert packed_bytes(symbols) == 40
    loaded = keras.models.load_model(tmp_path / "m.keras")
    x = draw(2, 784)
    np.testing.assert_allclose(outputs(loaded, x), outputs(frozen, x), atol=1e-6)


def test_a_frozen_model_stays_frozen():
    frozen = freeze(keras.Sequential([keras.Input((12,)), TVSCM("learned")]))
    fixed = keras.Sequential([keras.Input((12,)), TVSCM("half")])
    for model in (frozen, fixed):
        with pytest.raises(InputError, match="no learned pattern to freeze; one that was frozen"):
            freeze(model)


def test_a_model_without_a_graph():
    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = TVSCM("learned")

        def call(self, inputs):
            return self.one(inputs)

    model = Mine()
    model(draw(2, 12))
    with pytest.raises(InputError, match="Only Sequential and functional Keras models"):
        freeze(model)
    with pytest.raises(InputError, match="The model is not built: give it an Input, or call it"):
        freeze(keras.Sequential([TVSCM("learned")]))
