"""A model need not be a classifier: what others give is verified by bounds of their own."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM
from keras_tvscm.convert import convert
from keras_tvscm.convert.runtimes import IN_PROCESS
from keras_tvscm.convert.verify.gate import Disagreement
from keras_tvscm.datasets import Split
from keras_tvscm.errors import InputError

L = keras.layers


def network(*layers):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((64,)), *layers])


def numeric(record, task):
    """It is verified as numbers, and says so."""
    verification = record["verification"]
    assert (verification["task"], verification["agreement"]) == (task, None)
    assert verification["cosine"] >= 0.99 and verification["relative_rmse"] <= 0.05
    assert record["runtimes"]["bounds"]["relative_rmse"] == 0.05
    for name in IN_PROCESS:
        assert record["runtimes"]["converted"][name]["relative_rmse"] <= 0.05
    return verification


def test_a_regression(digits):
    """Sums of few inputs: 1.6 % off in int8, far from the bound on any processor."""
    model = network(TVSCM("banded", activation="relu"), L.Dense(1))
    record = convert(model, digits, lowering="unrolled").record
    assert numeric(record, "regression")["target_rmse_keras"] is None
    assert record["screening"]["agreement"] is None and record["screening"]["cosine"] >= 0.99


def test_an_autoencoder_says_how_well_it_gives_its_input_again(digits):
    model = network(TVSCM("banded", activation="relu"), L.Dense(16, "relu"), L.Dense(64))
    verification = numeric(convert(model, digits, lowering="unrolled").record, "autoencoder")
    x = np.concatenate([digits.validation.x, digits.test.x])
    error = np.sqrt(np.mean((model.predict(x, verbose=0) - x) ** 2))
    assert verification["target_rmse_keras"] == pytest.approx(error, rel=1e-5)
    assert abs(verification["target_rmse_converted"] - error) < 0.02 * error


def test_one_sigmoid_is_a_decision_between_two_classes(digits):
    """Of rows that are not close to the threshold: the network is not trained."""
    hidden, decision = TVSCM("half:seed=1", activation="relu"), L.Dense(1)
    model = network(hidden, decision, L.Activation("sigmoid"))
    scores = np.asarray(hidden(digits.train.x) @ decision.kernel)[:, 0]
    decision.bias.assign([-np.median(scores)])

    def labelled(part):
        scores = np.asarray(decision(hidden(part.x)))[:, 0]
        rows = np.abs(scores) > scores.std() / 4
        return Split(part.x[rows], (scores[rows] > 0).astype(np.int32))

    parts = {name: labelled(getattr(digits, name)) for name in ("train", "validation", "test")}
    dataset = replace(digits, classes=("no", "yes"), **parts)
    verification = convert(model, dataset, lowering="fc-sum").record["verification"]
    assert (verification["task"], verification["accuracy_keras"]) == ("binary", 1.0)
    assert verification["agreement"] >= 0.99
    assert verification["accuracy_loss_allowed"] >= 0.005


def test_numbers_that_integers_lose_are_refused(digits):
    """TFLite's int16 SUM is wrong; a class might survive it, these numbers do not."""
    model = network(TVSCM("half:seed=1", activation="relu"), L.Dense(1))
    options = {"lowering": "unrolled", "dtype": "int16x8", "collapsing": False, "advising": False}
    with pytest.raises(Disagreement, match=r"cosine|standard deviation"):
        convert(model, digits, **options)


def test_android_s_labels_are_a_classifier_s(digits):
    with pytest.raises(InputError, match=r"android .* classifier.*Received a model for regression"):
        convert(network(L.Dense(1)), digits, target="android")


def test_outputs_that_are_nothing_known_need_a_declaration(digits):
    model = network(L.Dense(5))
    with pytest.raises(InputError, match="neither a score for each of the 10 classes"):
        convert(model, digits)
    assert numeric(convert(model, digits, task="regression").record, "regression")
