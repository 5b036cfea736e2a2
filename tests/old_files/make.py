"""Wrote `files.zip` beside it, with the code of commit d82ab1e: `python tests/old_files/make.py`.

Before TVSCMHeads was renamed to TVSCMConv; `test_old_files.py` reads them.
"""

import contextlib
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np

from keras_tvscm import TVSCM, Pattern, TVSCMHeads, datasets, freeze, networks
from keras_tvscm.free import SymmetricCirculant
from keras_tvscm.search import search
from keras_tvscm.training import recipe_for, train

WIDTH = 24


class Killed(Exception):
    """In place of a kill after the first epoch: its checkpoint is written by then."""


def models():
    window = "random:k=2,window=3x3,columns=6"
    budget = TVSCMHeads(3, "learned:reach=4", nonzeros=3, seed=2)
    fixed = {
        "fixed": [TVSCM("random:k=1,seed=5", activation="relu")],
        "mapping": [TVSCM({"a": [0, 3], "b": [1]}, activation="relu")],
        "pattern": [TVSCM(Pattern(WIDTH, [0], [1, 4]), activation="relu")],
        "units": [
            TVSCM("half:seed=3", 30, "relu", use_bias=True),
            TVSCM("banded:reach=2", 10, "tanh", use_bias=True),
        ],
        "learned": [TVSCM("learned:reach=6,nonzeros=3", activation="relu")],
        "circulant": [SymmetricCirculant("relu")],
        "heads": [TVSCMHeads(3, window, "relu"), keras.layers.Flatten()],
        "heads-learned": [TVSCMHeads(3, "learned:reach=4", "relu"), keras.layers.Flatten()],
        "heads-budget": [budget, keras.layers.ReLU(), keras.layers.Flatten()],
    }
    for name, hidden in fixed.items():
        yield name, keras.Sequential([keras.Input((WIDTH,)), *hidden, keras.layers.Dense(3)])
    yield (
        "frozen",
        freeze(
            keras.Sequential(
                [keras.Input((WIDTH,)), TVSCM("learned", seed=4), keras.layers.Dense(3)]
            )
        ),
    )
    yield "stack-frozen", freeze(networks.build("heads=4,near=2,pool=9", "ecg-synthetic"))
    yield "stack-image", freeze(networks.build("heads=4,near=3,pool=4", "digits"))


def write(folder):
    rng = np.random.default_rng(0)
    predictions = {}
    for name, model in models():
        for weight in model.weights:
            if weight.name == "bias":
                weight.assign(rng.uniform(0.01, 0.1, weight.shape))
        x = rng.uniform(0, 1, (5, *model.input_shape[1:])).astype(np.float32)
        predictions |= {f"{name}/x": x, f"{name}/y": model.predict(x, verbose=0)}
        model.save(folder / f"{name}.keras")
    np.savez_compressed(folder / "predictions.npz", **predictions)

    data = datasets.load("digits")
    stack = recipe_for("digits", "heads=4,near=3,pool=2", epochs=2)
    train(recipe_for("digits", "tvscm", pattern="random:k=1", epochs=2), data, folder / "run-tvscm")
    train(stack, data, folder / "run-stack")

    def killed(epochs, logs):
        raise Killed

    learned = recipe_for("digits", "tvscm", pattern="learned:nonzeros=4", epochs=2)
    for name, recipe in {"half-done-tvscm": learned, "half-done-stack": stack}.items():
        with contextlib.suppress(Killed):
            train(recipe, data, folder / name, killed)
    search(data, 2, folder / "search.json", tries=3)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        write(Path(name))
        shutil.make_archive(str(Path(__file__).with_name("files")), "zip", name)
