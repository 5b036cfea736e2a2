"""Baselines are made once, and only those that the user did not bring."""

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from keras_tvscm import datasets
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.eval.baselines import baselines, chosen
from keras_tvscm.eval.model import Model, read_model
from keras_tvscm.models.networks import BASELINES
from keras_tvscm.training.run import train

from ..example_record import example


@contextmanager
def bar(total, label):
    yield lambda done, logs: None


def brought(dtype, network="dense"):
    return Model("mine", Path("mine.tflite"), example(network=network, dtype=dtype), b"")


def test_the_missing_one_is_trained_and_converted_then_kept(tmp_path, monkeypatch, eager):
    digits = datasets.load("digits")
    models = [brought("float32"), brought("int8"), brought("int8", "cnn-small")]
    options = {"networks": ["dense", "softmax", "cnn-small"], "epochs": 12, "bar": bar}
    (softmax,), _ = baselines(digits, tmp_path, models, **options)
    assert softmax.network == "softmax"
    assert softmax.record.parameters == 64 * 10 + 10
    assert softmax.record.verification.written.agreement >= 0.99

    def refuse(*arguments):
        raise AssertionError("trained again")

    monkeypatch.setattr("keras_tvscm.eval.baselines.train", refuse)
    (again,), _ = baselines(digits, tmp_path, models, **options)
    assert again.content == softmax.content
    # The same bytes again, from the run as it is, where the model or its record is not whole.
    record = softmax.path.with_name(f"{softmax.path.name}.json")
    monkeypatch.setattr("keras_tvscm.training.run.fit", refuse)
    monkeypatch.setattr("keras_tvscm.eval.baselines.train", train)
    left = softmax.path.with_name(".tvscm-01234567-int8.tflite")
    for break_it in (
        record.unlink,
        lambda: record.write_text("{"),
        lambda: softmax.path.write_bytes(softmax.content[:-8]),
        lambda: softmax.path.write_bytes(softmax.content + b"12345678"),
        lambda: left.write_text("half"),
    ):
        break_it()
        (again,), _ = baselines(digits, tmp_path, models, **options)
        assert again.content == softmax.content
        assert {**again.record, "sha256": ""} == {**softmax.record, "sha256": ""}
        assert read_model(softmax.path).record == again.record
        assert not left.exists()
    monkeypatch.setattr("keras_tvscm.eval.baselines.train", refuse)
    # Other rows or labels under the same name are other baselines.
    test = digits.test
    relabelled = replace(digits, test=datasets.Split(test.x, test.y[::-1].copy()))
    for changed in (datasets.load("digits", seed=1), relabelled, replace(digits, name="mine")):
        with pytest.raises(AssertionError, match="trained again"):
            baselines(changed, tmp_path, models, **options)


def test_one_that_does_not_convert_is_left_out_with_its_reason(tmp_path, monkeypatch):
    """The folder of a finished run stands for the training."""
    digits = datasets.load("digits")

    def refuse(model, dataset, *, dtype, **options):
        raise CheckError(f"too far apart in {dtype}")

    monkeypatch.setattr("keras_tvscm.eval.baselines.train", lambda *arguments: None)
    monkeypatch.setattr("keras_tvscm.eval.baselines.loading.load", lambda run: None)
    monkeypatch.setattr("keras_tvscm.eval.baselines.convert", refuse)
    networks = ["dense", "softmax", "cnn-small"]
    assert baselines(digits, tmp_path, [brought("float32")], networks=networks, bar=bar) == (
        [],
        {f"{network} int8": "too far apart in int8" for network in networks},
    )


def test_one_that_cannot_be_trained_here_is_left_out_with_what_brings_it(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_tvscm.extras.find_spec", lambda module: module != "tf_keras" or None)
    networks = ["dense-pruned", "dense-clustered"]
    beside, left_out = baselines(datasets.load("digits"), tmp_path, [], networks=networks, bar=bar)
    assert (beside, list(left_out)) == ([], ["dense-pruned int8", "dense-clustered int8"])
    assert left_out["dense-pruned int8"] == (
        "Training dense-pruned needs tf_keras, which is not installed: "
        "pip install 'keras-tvscm[qat]'"
    )


def test_a_forest_without_emlearn_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("keras_tvscm.extras.find_spec", lambda module: module != "emlearn" or None)
    digits = datasets.load("digits")
    assert baselines(digits, tmp_path, [], networks=["forest"], bar=bar) == (
        [],
        {
            "forest int16": "The C of a random forest needs emlearn, which is not installed: "
            "pip install 'keras-tvscm[peers]'"
        },
    )


def test_the_user_chooses_which():
    assert chosen(None) == BASELINES
    assert chosen(None, "mnist") == BASELINES
    assert chosen(None, "heartbeat-excerpt") == (*BASELINES, "forest")
    assert chosen(["forest"], "mine.npz") == ("forest",)
    with pytest.raises(InputError, match="Unknown baseline 'forest'"):
        chosen(["forest"])
    assert chosen(["none"]) == ()
    assert chosen(["softmax", "dense", "softmax"]) == ("softmax", "dense")
    for names in (["cnn"], ["none", "dense"]):
        with pytest.raises(InputError, match=f"Unknown baseline '{names[0]}'; expected none alone"):
            chosen(names)
