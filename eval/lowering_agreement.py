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
from keras_tvscm.convert.trial import Coarse
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

# What becomes of a form: it passes the gate; the lowering does not know such a layer; it is too
# coarse on training rows; the gate refuses what was offered.
VERIFIED, UNSUPPORTED, COARSE, REFUSED = "verified", "unsupported", "coarse", "refused"


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
            size = 2 if image == (8, 8) else 4
            hidden = [
                TVSCMHeads(HEADS, spec, activation="relu", seed=seed),
                layers.Reshape((*(image or (self.n,)), HEADS)),
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
                    raise InputError(
                        f"{path} is of other steps or another seed; choose another --out"
                    )
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
    except InputError as error:
        return {"status": UNSUPPORTED, "reason": str(error)}
    except Coarse as error:
        return {"status": COARSE, "reason": str(error)}
    except CheckError as error:
        return {"status": REFUSED, "reason": str(error)}
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


def as_markdown(results: dict[str, Any]) -> str:
    """What verified, a table a network and arithmetic, and why the rest did not."""
    cases = results["cases"]
    forms = [
        (case, name, dtype, form)
        for case in cases
        for name, both in case["lowerings"].items()
        for dtype, form in both.items()
    ]
    count = {
        status: sum(form["status"] == status for *_, form in forms)
        for status in (VERIFIED, UNSUPPORTED, COARSE, REFUSED)
    }
    done = [form for *_, form in forms if form["status"] == VERIFIED]
    integers = [form for *_, d, form in forms if d == "int8" and form["status"] == VERIFIED]
    floats = [form for *_, d, form in forms if d == "float32" and form["status"] == VERIFIED]
    lines = [
        "# Which lowerings verify",
        "",
        f"Networks trained for {results['steps']:,} batches of {BATCH} rows: one TVSCM layer, ReLU "
        f"and Dense; and {HEADS} heads, ReLU, max-pooling and Dense. Each is converted by "
        "every lowering, in float32 and int8, without collapsing layers that are linear, and "
        "verified on all validation and test rows on every runtime here.",
        "",
        f"Of {len(forms)} forms {count[UNSUPPORTED]} were not offered because the lowering does "
        f"not know such a layer, and {count[COARSE]} because in int8 they were too coarse on "
        f"training rows. Of the {len(done) + count[REFUSED]} that were offered {len(done)} "
        f"verified; the gate refused {count[REFUSED]}.",
    ]
    if floats and integers:
        loss = max(form["accuracy_keras"] - form["accuracy_converted"] for form in integers)
        lines += [
            "",
            f"Largest float32 error: {max(form['relative_error'] for form in floats):.0e} of the "
            f"largest output. Least int8 agreement: "
            f"{100 * min(form['agreement'] for form in integers):.2f} %. Largest loss of accuracy "
            f"by int8: {100 * loss:.2f} points.",
        ]
    for network in dict.fromkeys(case["network"] for case in cases):
        for dtype, what in (
            ("int8", "top-1 agreement in %, the least of the runtimes"),
            ("float32", "largest error over the largest output, of all runtimes"),
        ):
            lines += ["", f"## {network}, {dtype}: {what}", ""]
            lines += _table([case for case in cases if case["network"] == network], dtype)
    reasons: dict[str, list[str]] = {}
    for case, name, dtype, form in forms:
        if form["status"] != VERIFIED:
            place = f"{case['network']} {case['pattern']} {case['n']}"
            text = f"`{name}`, {dtype}: {_short(form['reason'])}"
            reasons.setdefault(text, []).append(place)
    lines += ["", "## Why the others did not", ""]
    lines += [f"- {text} ({', '.join(places)})" for text, places in reasons.items()]
    return "\n".join([*lines, "", *provenance(results)]) + "\n"


def _table(cases: list[dict[str, Any]], dtype: str) -> list[str]:
    names = list(cases[0]["lowerings"])
    lines = [
        f"| pattern | n | rows | accuracy % | {' | '.join(names)} |",
        f"| --- | ---: | --- | ---: |{' ---: |' * len(names)}",
    ]
    for case in cases:
        cells = []
        accuracy = ""
        for name in names:
            form = case["lowerings"][name][dtype]
            if form["status"] != VERIFIED:
                cells.append("" if form["status"] == UNSUPPORTED else form["status"])
                continue
            accuracy = f"{100 * form['accuracy_keras']:.2f}"
            figure = form["agreement"], form["relative_error"]
            cells.append(f"{100 * figure[0]:.2f}" if dtype == "int8" else f"{figure[1]:.0e}")
        lines.append(
            f"| {case['pattern']} | {case['n']} | {case['dataset']} | {accuracy} "
            f"| {' | '.join(cells)} |"
        )
    return lines


def _short(reason: str) -> str:
    """Without the layer's name and what is the same in all."""
    reason = reason.rpartition("does not do for layer ")[2]
    return reason.partition(": ")[2] if reason.startswith("'") else reason
