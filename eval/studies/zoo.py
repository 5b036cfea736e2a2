"""The networks of the zoo, made again: trained, converted, counted, and their cards written."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from keras_tvscm.convert import convert
from keras_tvscm.datasets import Dataset, load
from keras_tvscm.errors import CheckError
from keras_tvscm.files import Outputs
from keras_tvscm.models import loading
from keras_tvscm.training.fit import Progress
from keras_tvscm.training.recipe import Recipe, recipe_for
from keras_tvscm.training.run import train
from keras_tvscm.zoo.card import Card, Counted
from keras_tvscm.zoo.shelf import NETWORKS

from ..counted import on_core
from ..model import Model

CORE = "cortex-m4"


def make(
    output: Path,
    *,
    names: Sequence[str],
    runs: Path,
    data_dir: Path | None = None,
    bar: Callable[[int, str], AbstractContextManager[Progress]],
) -> list[Card]:
    """Train, convert and count networks of the zoo, and write each one's folder.

    Args:
        output: a folder a network is made in it.
        names: out of `zoo.NAMES`.
        runs: the run folders; a finished one is not trained again.
        data_dir: see `datasets.load`.
        bar: shows each training's progress; called with the epochs and a label.

    Raises:
        CheckError: a network does not agree with its conversion, or cannot be counted.
        InputError: see `train` and `load`.
    """
    cards = []
    for dataset, networks in NETWORKS.items():
        wanted = [network for network in networks if f"{dataset}-{network}" in names]
        if not wanted:
            continue
        data = load(dataset, data_dir)
        for network in wanted:
            recipe = recipe_for(dataset, network)
            run = runs / f"{dataset}-{network}"
            with bar(recipe.epochs, f"training {run.name}") as progress:
                metrics = train(recipe, data, run, progress)
            card = _card(run, recipe, data, metrics)
            _write(output / card.name, run, card)
            cards.append(card)
    return cards


def _card(run: Path, recipe: Recipe, data: Dataset, metrics: dict[str, Any]) -> Card:
    trained = loading.load(run)
    size = convert(trained, data).record.bytes
    for_c = convert(trained, data, target="c")
    counted = on_core(CORE, Model(run.name, run, for_c.record, for_c.content), data)
    if counted.counts is None:
        raise CheckError(f"{run.name} cannot be counted: {counted.reason}")
    return Card(
        name=run.name,
        network=recipe.network,
        dataset=recipe.dataset,
        command=f"tvscm train {recipe.dataset} --network {recipe.network}"
        + (f" --pattern {recipe.pattern}" if recipe.pattern else ""),
        seed=recipe.seed,
        epochs=recipe.epochs,
        parameters=metrics["parameters"],
        accuracy=metrics["test"]["accuracy"],
        macro_f1=metrics["test"]["macro_f1"],
        int8_accuracy=counted.accuracy,
        bytes=size,
        counted=Counted(**counted.counts),
        machine=metrics["machine"],
        versions=metrics["versions"],
    )


def _write(folder: Path, run: Path, card: Card) -> None:
    with Outputs() as outputs:
        shutil.copyfile(run / "model.keras", outputs.file(folder / "model.keras"))
        outputs.json(folder / "card.json", card.to_json())
