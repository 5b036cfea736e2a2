"""A dense network as anybody would train it with Keras: what `tvscm compress` starts from.

python docs/examples/dense_network.py mnist dense.keras --seed 0
"""

import argparse

import keras

from keras_tvscm import datasets

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("dataset", help="a data set's name, or an .npz file")
parser.add_argument("output", help="the .keras file to write")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--epochs", type=int, default=15)
options = parser.parse_args()

keras.utils.set_random_seed(options.seed)
data = datasets.load(options.dataset)  # from $TVSCM_DATA, or downloaded
n = data.features
model = keras.Sequential(
    [
        keras.Input((n,)),
        keras.layers.Dense(n, "relu"),
        keras.layers.Dense(n, "relu"),
        keras.layers.Dense(len(data.classes), "softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(data.train.x, data.train.y, batch_size=128, epochs=options.epochs, verbose=2)
model.save(options.output)
