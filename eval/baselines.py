"""The networks that comparisons hold beside the user's: what an engineer would pick instead."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from keras_tvscm.convert import convert
from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.extras import MissingExtra
from keras_tvscm.files import sweep
from keras_tvscm.models import loading
from keras_tvscm.models.networks import BASELINES
from keras_tvscm.training.fit import Progress
from keras_tvscm.training.recipe import recipe_for
from keras_tvscm.training.run import train

from .forest import NETWORK as FOREST
from .forest import combinations, forest, is_kept
from .model import Model, read_model

HEARTBEATS = ("heartbeat", "heartbeat-interpatient", "heartbeat-excerpt")
# The dense network is compared in both arithmetics, the others in int8.
DTYPES = {"dense": ("float32", "int8")}


def chosen(names: Sequence[str] | None, dataset: str | None = None) -> tuple[str, ...]:
    """The baselines of these names; all for None, none for `none`.

    Args:
        names: what the user asks for.
        dataset: where a forest may be among them, the name of the data set: for None there is one
            of heartbeats alone.

    Raises:
        InputError: there is no such baseline, or `none` is beside another.
    """
    if names is None:
        return (*BASELINES, FOREST) if dataset in HEARTBEATS else BASELINES
    if list(names) == ["none"]:
        return ()
    offered = BASELINES if dataset is None else (*BASELINES, FOREST)
    for name in names:
        if name not in offered:
            raise InputError(
                f"Unknown baseline {name!r}; expected none alone, or out of {', '.join(offered)}"
            )
    return tuple(dict.fromkeys(names))


def baselines(
    dataset: Dataset,
    folder: Path,
    models: list[Model],
    *,
    networks: Sequence[str] = BASELINES,
    epochs: int | None = None,
    bar: Callable[[int, str], AbstractContextManager[Progress]],
) -> tuple[list[Model], dict[str, str]]:
    """The baselines that `models` lack, trained and converted once, then kept in `folder`.

    Args:
        dataset: the loaded data set.
        folder: where run folders and `.tflite` files are kept from one call to the next, by the
            data set's name and content.
        models: what the user compares; a baseline among them is not made again.
        networks: out of `BASELINES`, and `"forest"`.
        epochs: instead of the project's recipe.
        bar: shows each training's progress; called with the epochs and a label.

    Returns:
        The baselines; and by name, why another is left out: it does not convert, or the packages
        that train it are not installed, which is no reason not to measure the user's models.
    """
    given = {(model.network, model.dtype) for model in models}
    # By content, as the user's own files change under one name; by name, which decides recipes.
    name = hashlib.blake2b(f"{dataset.fingerprint} {dataset.name}".encode(), digest_size=8)
    data = f"{Path(dataset.name).stem}-{name.hexdigest()}"
    beside, left_out = list[Model](), dict[str, str]()
    wanted = [
        (network, dtype)
        for network in networks
        if network != FOREST
        for dtype in DTYPES.get(network, ("int8",))
        if (network, dtype) not in given
    ]
    for network, dtype in wanted:
        recipe = recipe_for(dataset.name, network, epochs=epochs)
        run = folder / f"{data}-{network}-{recipe.epochs}-epochs"
        path = run / f"{dtype}.tflite"
        if not _complete(path):
            number = list(networks).index(network) + 1
            label = f"training the baseline {network} ({number} of {len(networks)})"
            try:
                # Nothing to show of a training that is finished: another arithmetic is asked for.
                finished = (run / "metrics.json").exists()
                with nullcontext() if finished else bar(recipe.epochs, label) as progress:
                    train(recipe, dataset, run, progress)
                # It may be poor: that is what the comparison says.
                conversion = convert(
                    loading.load(run), dataset, dtype=dtype, accept_any_accuracy=True
                )
            except (CheckError, MissingExtra) as error:
                left_out[f"{network} {dtype}"] = str(error)
                continue
            # In this folder everything was made here.
            conversion.save(path, overwrite=True)
        # What a kill after its last file left.
        sweep(run)
        beside.append(read_model(path))
    if FOREST in networks:
        run, forests = folder / f"{data}-{FOREST}", len(combinations())
        label = f"growing the baseline {FOREST}, the best of {forests}"
        try:
            # Nothing to show of one that is kept.
            kept = nullcontext(lambda done, logs: None)
            with kept if is_kept(run) else bar(forests, label) as progress:
                beside.append(forest(dataset, run, progress))
        except (CheckError, MissingExtra, Unavailable) as error:
            left_out[f"{FOREST} int16"] = str(error)
    return beside, left_out


def _complete(path: Path) -> bool:
    """Whether a model stands there with the record of just these bytes."""
    try:
        return bool(read_model(path).record)
    except InputError:
        return False
