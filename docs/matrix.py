"""Draw `matrix.svg`: a dense matrix beside two-valued symmetric circulant ones.

python docs/matrix.py
"""

from pathlib import Path

import matplotlib
import numpy as np

from keras_tvscm import Pattern
from keras_tvscm.patterns import circulant

matplotlib.use("svg")
# The same text each time: names drawn from a fixed salt, and no date.
matplotlib.rcParams["svg.hashsalt"] = "matrix"

from matplotlib import pyplot  # noqa: E402 - with the settings above

N = 16
dense = np.random.default_rng(0).normal(size=(N, N))
patterns = {
    "banded": Pattern.banded(N),
    "random": Pattern.random(N, k=1, seed=3),
    "complete": Pattern.complete(N),
}
matrices = {"Dense: 256 weights": dense} | {
    f"{name}: 2 weights": circulant.matrix(circulant.first_row(pattern, 1.0, -0.6))
    for name, pattern in patterns.items()
}
figure, axes = pyplot.subplots(1, len(matrices), figsize=(10, 2.9), layout="constrained")
for axis, (title, matrix) in zip(axes, matrices.items(), strict=True):
    axis.imshow(matrix, cmap="PuOr", vmin=-1.8, vmax=1.8, interpolation="none")
    axis.set(title=title, xticks=[], yticks=[])
    axis.title.set_fontsize(11)
path = Path(__file__).with_suffix(".svg")
figure.savefig(path, metadata={"Date": None})
