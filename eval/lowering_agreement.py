"""Every lowering against trained networks and real rows: which verify, and which refuse.

For each kind of pattern and width a network of one TVSCM layer, and one of heads with pooling,
is trained for a while and converted in every way that there is. What the gate finds is written
down; so is why it, or the lowering itself, refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_tvscm import datasets
from keras_tvscm.convert import convert
from keras_tvscm.convert.lower import KNOWN, kind
from keras_tvscm.convert.sites import sites
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import make_folder, read_json, write_json
from keras_tvscm.freezing import freeze, learned_layers
from keras_tvscm.heads import TVSCMHeads
from keras_tvscm.layer import TVSCM
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.training import BATCH, LEARNING_RATE, compile_for

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
NETWORKS = ("layer", "heads")
DTYPES = ("float32", "int8")
HEADS = 8
POOL = 4

VERIFIED, DECLINED, REFUSED = "verified", "declined", "refused"


@dataclass(frozen=True)
class Case:
    """A network of one TVSCM layer or of heads, by its pattern, and the width of its rows."""

    n: int
    network: str
    pattern: str

    @property
    def name(self) -> str:
        return f"{self.n}-{self.network}-{self.pattern}"

    def build(self, classes: int, image: tuple[int, int] | None, seed: int) -> keras.Model:
        """Untrained: ReLU after the layer, in the network of heads max-pooling, then Dense."""
        layers = keras.layers
        if self.network == "layer":
            options = {"random": "random:k=1,seed=15", "half": "half:seed=3"}
            spec = options.get(self.pattern, self.pattern)
            hidden = [TVSCM(spec, activation="relu", seed=seed)]
        else:
            near = "window=5x5" if image else "reach=7"
            options = {"banded": "banded:reach=2", "complete": "complete", "random": "random:k=4,"}
            spec = options.get(self.pattern, f"{self.pattern}:")
            spec += near if spec[-1] in ":," else ""
            pooling = layers.MaxPooling2D if image else layers.MaxPooling1D
            hidden = [
                TVSCMHeads(HEADS, spec, activation="relu", seed=seed),
                layers.Reshape((*(image or (self.n,)), HEADS)),
                pooling(POOL),
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

    parts = {one: wider(getattr(data, one)) for one in ("train", "validation", "test")}
    source = f"{data.source}, extended with zeros {extended}"
    return replace(data, source=source, image_shape=image, **parts)


def trained(case: Case, data: Dataset, steps: int, seed: int) -> keras.Model:
    """Trained for that many batches; a learned pattern is frozen for the last quarter."""
    keras.utils.set_random_seed(seed)
    model = case.build(len(data.classes), data.image_shape, seed)
    first = steps * 3 // 4 if learned_layers(model) else steps
    rng = np.random.default_rng(seed)
    for count in (first, steps - first):
        if not count:
            continue
        if count < steps and count != first:
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


def study(
    folder: Path,
    *,
    widths: Sequence[int] = WIDTHS,
    patterns: Sequence[str] = PATTERNS,
    networks: Sequence[str] = NETWORKS,
    steps: int = 2000,
    seed: int = 0,
    data_dir: Path | None = None,
    progress: Callable[[str], None] = lambda message: None,
    command: str = "",
) -> dict[str, Any]:
    """Convert every case in every way; after a kill the same call goes on with the next case.

    Args:
        folder: keeps the finished cases, under `cases`.
        widths, patterns, networks: of the cases: any of `WIDTHS`, `PATTERNS`, `NETWORKS`.
        steps: batches of training.
        seed: of weights, batches, drawn patterns of heads and calibration rows.
        data_dir: where the published files are.
        progress: called with one line before each step.
        command: the command line to record.

    Returns:
        A JSON-ready record with machine and versions.

    Raises:
        InputError: no such case, or the folder holds cases of other steps or seed.
    """
    for known, asked in ((WIDTHS, widths), (PATTERNS, patterns), (NETWORKS, networks)):
        for one in asked:
            if one not in known:
                raise InputError(f"Unknown {one!r}; expected one of {', '.join(map(str, known))}")
    make_folder(folder / "cases")
    rows = []
    for n in widths:
        data = None
        for case in (Case(n, network, pattern) for network in networks for pattern in patterns):
            path = folder / "cases" / f"{case.name}.json"
            if path.exists():
                found = read_json(path)
                if (found["steps"], found["seed"]) != (steps, seed):
                    raise InputError(f"{path} is of other steps or another seed; choose another --out")
            else:
                data = data or rows_of(n, data_dir)
                found = {"steps": steps, "seed": seed, **_case(case, data, steps, seed, progress)}
                write_json(path, found)
            rows.append(found)
    return {
        "command": command,
        "steps": steps,
        "seed": seed,
        "cases": rows,
        "machine": machine(),
        "versions": versions(),
    }


def _case(
    case: Case, data: Dataset, steps: int, seed: int, progress: Callable[[str], None]
) -> dict[str, Any]:
    progress(f"{case.name}: training")
    model = trained(case, data, steps, seed)
    site = sites(model)[0]
    lowerings = {}
    for name in KNOWN[kind(site)]:
        progress(f"{case.name}: {name}")
        lowerings[name] = {dtype: _tried(model, data, name, dtype, seed) for dtype in DTYPES}
    return {
        **asdict(case),
        "dataset": data.name,
        "source": data.source,
        "values": {
            value: np.ravel(keras.ops.convert_to_numpy(getattr(site.layer, value))).tolist()
            for value in ("a", "b")
        },
        "lowerings": lowerings,
    }


def _tried(
    model: keras.Model, data: Dataset, lowering: str, dtype: str, seed: int
) -> dict[str, Any]:
    """What the gate found of one form, or why there is none."""
    try:
        record = convert(
            model, data, lowering=lowering, dtype=dtype, seed=seed, collapsing=False
        ).record
    except CheckError as error:
        return {"status": REFUSED, "reason": str(error)}
    except InputError as error:
        return {"status": DECLINED, "reason": str(error)}
    ran = [one for one in record["runtimes"]["converted"].values() if "agreement" in one]
    found = record["verification"]
    return {
        "status": VERIFIED,
        "bytes": record["bytes"],
        "relative_error": max(one["relative_error"] for one in ran),
        "agreement": min(one["agreement"] for one in ran),
        "accuracy_keras": found["accuracy_keras"],
        "accuracy_converted": found["accuracy_converted"],
        "runtimes": {
            name: {key: one[key] for key in ("rows", "relative_error", "agreement")}
            if "agreement" in one
            else one
            for name, one in record["runtimes"]["converted"].items()
        },
    }
