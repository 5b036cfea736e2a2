"""The callback that lowers budgets, and what training makes of a pattern under it."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_tvscm import TVSCM, BudgetSchedule, TVSCMConv


@pytest.mark.parametrize("jit_compile", [True, False])
def test_training_finds_the_pattern_that_made_the_targets(jit_compile):
    truth = TVSCM("offsets:a=3,b=7")
    x = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
    truth.build(x.shape)
    truth.a.assign(0.8)
    truth.b.assign(-0.5)
    layer = TVSCM("learned", nonzeros=2, seed=1)
    model = keras.Sequential([keras.Input((16,)), layer])
    model.compile(keras.optimizers.Adam(0.05), "mse", jit_compile=jit_compile)
    assert (layer.pattern.a, layer.pattern.b) != ((3,), (7,))
    y = ops.convert_to_numpy(truth(x))
    model.fit(x, y, epochs=30, batch_size=32, verbose=0, callbacks=[BudgetSchedule()])
    assert (layer.pattern.a, layer.pattern.b) == ((3,), (7,))
    assert [float(value) for value in layer.values] == pytest.approx([0.8, -0.5], abs=0.02)


def test_the_schedule_lowers_the_budget_epoch_by_epoch(eager):
    layer = TVSCM("learned", nonzeros=2)
    model = keras.Sequential([keras.Input((30,)), layer])
    model.compile("sgd", "mse")
    seen = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(float(ops.convert_to_numpy(layer.budget)))
    )
    x = np.ones((2, 30), "float32")
    model.fit(x, x, epochs=6, verbose=0, callbacks=[BudgetSchedule(), note])
    # 16 offsets, down to an eighth of them in three steps.
    assert seen == [16, 8, 4, 2, 2, 2]


def budgets_in_training(model, layers):
    seen = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(
            [float(ops.convert_to_numpy(layer.budget)) for layer in layers]
        )
    )
    model.compile("sgd", "mse")
    x = np.ones((2, *model.input_shape[1:]), "float32")
    y = np.ones((2, *model.output_shape[1:]), "float32")
    model.fit(x, y, epochs=2, verbose=0, callbacks=[BudgetSchedule(), note])
    return seen


def test_it_leaves_fixed_patterns_and_those_without_a_budget_alone(eager):
    """A fixed layer beside one under a budget stopped the training."""
    layer = TVSCM("learned", nonzeros=2)
    others = [TVSCM("banded"), TVSCM("learned"), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((14,)), layer, *others])
    assert budgets_in_training(model, [layer]) == [[8], [2]]
    assert [other.budget for other in others[:2]] == [None, None]


def test_it_reaches_layers_inside_models_and_wrappers(eager):
    inner, wrapped = TVSCM("learned", nonzeros=2), TVSCM("learned", nonzeros=1)
    filters = TVSCMConv(3, nonzeros=4)
    model = keras.Sequential(
        [
            keras.Input((5, 14)),
            keras.layers.TimeDistributed(wrapped),
            keras.Sequential([keras.Input((5, 14)), inner]),
            keras.Sequential([keras.Sequential([keras.layers.Permute((2, 1)), filters])]),
        ]
    )
    # 8 offsets of a width of 14; of the filters over all 5 channels.
    assert budgets_in_training(model, [wrapped, inner, filters]) == [[8, 8, 40], [1, 2, 4]]
