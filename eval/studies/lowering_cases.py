"""Networks and rows to try lowerings on: every kind of pattern, at widths that real data has."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from keras_tvscm import datasets
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.models.freezing import freeze, trained_pattern_layers
from keras_tvscm.patterns.spec import Spec
from keras_tvscm.training.fit import BATCH, compile_for
from keras_tvscm.training.recipe import LEARNING_RATE

# By width, the rows that have it: a data set, and how its images are extended with zeros.
ROWS = {
    64: ("digits", None),
    187: ("heartbeat", None),
    784: ("mnist", None),
    1000: ("mnist", "as pixels in a row"),
    1024: ("mnist", "to 32 x 32"),
}
WIDTHS = tuple(ROWS)
PATTERNS = ("banded", "complete", "random", "half", "learned")
NETWORKS = ("layer", "heads", "averaged")
FILTERS = 8


@dataclass(frozen=True)
class Case:
    """A network of one TVSCM layer or of filters, by its pattern, and the width of its rows.

    `"averaged"` is `"heads"` on means of two samples, or of 2 x 2 pixels.
    """

    n: int
    network: str
    pattern: str

    @property
    def name(self) -> str:
        return f"{self.n}-{self.network}-{self.pattern}"

    def build(self, classes: int, image: tuple[int, int] | None, seed: int) -> keras.Model:
        """Untrained: ReLU after the layer, in the networks of filters max-pooling, then Dense."""
        layers = keras.layers
        if self.network == "layer":
            options = {"random": "random:k=1,seed=15", "half": "half:seed=3"}
            spec = options.get(self.pattern, self.pattern)
            hidden = [TVSCM(spec, activation="relu", seed=seed)]
        else:
            pooling = layers.MaxPooling2D if image else layers.MaxPooling1D
            size = 2 if image == (8, 8) else 4
            shape: tuple[int, ...] = image or (self.n,)
            means: list[keras.layers.Layer] = []
            if self.network == "averaged":
                average = layers.AveragePooling2D if image else layers.AveragePooling1D
                means = [layers.Reshape((*shape, 1)), average(2, padding="same")]
                shape = tuple(-(-side // 2) for side in shape)
                means.append(layers.Reshape((math.prod(shape), 1)))
            # A window of 3 x 3 has five offsets.
            side = min(5, shape[0] - 1)
            texts = {"banded": "banded:reach=2", "random": f"random:k={2 if side == 3 else 4}"}
            parsed = Spec.parse(texts.get(self.pattern, self.pattern))
            if self.pattern not in ("banded", "complete"):
                near = {"window": f"{side}x{side}"} if image else {"reach": 7}
                parsed = parsed.with_options(**near)
            hidden = [
                *means,
                TVSCMConv(FILTERS, str(parsed), activation="relu", seed=seed),
                layers.Reshape((*shape, FILTERS)),
                pooling(size),
                layers.Flatten(),
            ]
        return keras.Sequential([keras.Input((self.n,)), *hidden, layers.Dense(classes)])


def rows_of(n: int, data_dir: Path | None = None) -> Dataset:
    """The data set whose rows have this width, or are extended to it.

    Raises:
        InputError: there is none.
    """
    if n not in ROWS:
        raise InputError(f"There are rows of width {', '.join(map(str, WIDTHS))}. Received: {n}")
    name, extended = ROWS[n]
    data = datasets.load(name, data_dir)
    if extended is None:
        return data
    image = (32, 32) if n == 32 * 32 else None

    def wider(part: datasets.Split) -> datasets.Split:
        if image is None:
            x = np.pad(part.x, [(0, 0), (0, n - part.x.shape[1])])
        else:
            x = np.pad(part.x.reshape(-1, 28, 28), [(0, 0), (2, 2), (2, 2)]).reshape(-1, n)
        return datasets.Split(x, part.y)

    return replace(
        data,
        train=wider(data.train),
        validation=wider(data.validation),
        test=wider(data.test),
        image_shape=image,
        source=f"{data.source}, extended with zeros {extended}",
    )


def trained(case: Case, data: Dataset, steps: int, seed: int) -> keras.Model:
    """Trained for that many batches; a learned pattern is frozen for the last quarter."""
    keras.utils.set_random_seed(seed)
    model = case.build(len(data.classes), data.image_shape, seed)
    last = steps // 4 if trained_pattern_layers(model) else 0
    rng = np.random.default_rng(seed)
    for count in [steps - last, last] if last else [steps]:
        if trained_pattern_layers(model) and count == last:
            model = freeze(model)
        drawn = np.concatenate(
            [rng.permutation(len(data.train)) for _ in range(-(-count * BATCH // len(data.train)))]
        )[: count * BATCH]
        compile_for(model, LEARNING_RATE, count, count)
        model.fit(
            data.train.x[drawn],
            data.train.y[drawn],
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
        )
    return model
