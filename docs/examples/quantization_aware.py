"""What int8 costs a trained network, as it is and trained on with and without int8's rounding.

tvscm train heartbeat --pattern complete --epochs 20 --seed 0 -o run
python docs/examples/quantization_aware.py heartbeat run --lowering dense
"""

import argparse
from pathlib import Path

import keras
import numpy as np

from keras_tvscm import datasets, fine_tune, quantization_aware
from keras_tvscm.convert.lower.model import lower
from keras_tvscm.convert.runtimes import load
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.models import loading
from keras_tvscm.models.cloning import clone_with

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("dataset", help="a data set's name, or an .npz file")
parser.add_argument("run", type=Path, help="a run folder, or a .keras file")
parser.add_argument("--lowering", default="unrolled")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--learning-rate", type=float, default=2e-3)
options = parser.parse_args()

data = datasets.load(options.dataset)
given = loading.load(options.run)
x, y = data.train.x, data.train.y
rows = np.random.default_rng(0).permutation(len(data.test.x))[:6000]
calibration = x[np.random.default_rng(0).permutation(len(x))[:500]]
settings = {"epochs": options.epochs, "learning_rate": options.learning_rate}


def report(name: str, model: keras.Model) -> None:
    """Agreement of the int8 model, checked or not, with the model itself; both accuracies."""
    content = to_int8(lower(model, options.lowering), calibration)
    integers = load("litert-builtin", content).predict(data.test.x[rows]).argmax(axis=1)
    floats = model.predict(data.test.x[rows], batch_size=1024, verbose=0).argmax(axis=1)
    agree, before, after = (
        100 * np.mean(one == other)
        for one, other in (
            (integers, floats),
            (floats, data.test.y[rows]),
            (integers, data.test.y[rows]),
        )
    )
    print(f"{name}: agreement {agree:.2f} %, accuracy {before:.2f} -> {after:.2f} %", flush=True)


report("as trained", given)
report("with rounding", quantization_aware(given, x, y, lowering=options.lowering, **settings))
# Cloned once more because the converter wants a model that is not compiled with fine_tune's loss.
report("without", clone_with(fine_tune(clone_with(given, {}), x, y, **settings), {}))
