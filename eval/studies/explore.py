"""The most accurate network of filters within a size: drawn, trained and ranked.

All on the training and the validation part. Every candidate is trained for a third of the
epochs; the best quarter of them in full, over several seeds.
"""

import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.files import Outputs, locked, read_json
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.models import stacks
from keras_tvscm.models.networks import Task
from keras_tvscm.models.stacks import Stack, Stage
from keras_tvscm.training.fit import Progress
from keras_tvscm.training.parallel import train_all
from keras_tvscm.training.recipe import recipe_for, run_name, task_for

FIRST_SHARE = 1 / 3
KEPT_SHARE = 1 / 4
# A drawn network is tried if it uses this share of one of the limits.
LEAST_USED = 0.75
# After so many draws in a row that bring nothing there is hardly a network left.
MOST_IN_VAIN = 20_000

Bar = Callable[[int, str], AbstractContextManager[Progress]]


@dataclass(frozen=True)
class Limits:
    """What a network may have at most: parameters, and operations of one inference."""

    parameters: int
    operations: int | None = None

    def used(self, stack: Stack, task: Task) -> float:
        """The larger share of the limits that the stack takes; above 1 it does not fit."""
        parameters, operations = stacks.most(stack, task.features, task.image, task.classes)
        return max(parameters / self.parameters, operations / (self.operations or float("inf")))


def candidates(task: Task, limits: Limits, count: int, seed: int) -> list[str]:
    """Up to `count` networks that fit: those with a name first, then drawn ones.

    Raises:
        InputError: no drawn network fits.
    """
    kinds = stacks.IMAGE if task.image else stacks.SIGNAL
    networks = [name for name, stack in kinds.items() if limits.used(stack, task) <= 1][:count]
    rng = np.random.default_rng(seed)
    in_vain = 0
    while len(networks) < count and in_vain < MOST_IN_VAIN:
        stack = _drawn(rng, task)
        in_vain += 1
        if str(stack) not in networks and LEAST_USED <= limits.used(stack, task) <= 1:
            networks.append(str(stack))
            in_vain = 0
    if not networks:
        raise InputError(
            f"No network of filters was found with at most {limits.parameters:,} parameters"
            + (f" and {limits.operations:,} operations" if limits.operations else "")
            + "; allow more"
        )
    return networks


def _drawn(rng: np.random.Generator, task: Task) -> Stack:
    def stage() -> Stage:
        return Stage(
            filters=round(np.exp(rng.uniform(np.log(3), np.log(48)))),
            near=int(rng.choice([3, 5, 7]) if task.image else rng.integers(2, 9)),
            pool=int(rng.integers(1, 5)),
            # Without a budget a pattern keeps about half of its offsets.
            nonzeros=None if rng.random() < 0.2 else int(rng.integers(2, 11)),
        )

    average = int(rng.integers(1, 4))
    return Stack(tuple(stage() for _ in range(rng.integers(1, 4))), average)


def explore(
    data: Dataset,
    folder: Path,
    bar: Bar,
    *,
    limits: Limits,
    count: int = 24,
    seeds: int = 3,
    epochs: int | None = None,
    seed: int = 0,
    workers: int = 1,
    command: str = "",
) -> dict[str, Any]:
    """Rank networks of filters within `limits` on validation rows; the test part is not read.

    Args:
        data: a loaded data set.
        folder: receives `results.json` and `.md` and, under `first` and `full`, the run
            folders, from which a stopped call goes on.
        bar: shows progress.
        limits: what a network may have.
        count: networks to try.
        seeds: trainings of each network that is trained in full.
        epochs: of a full training, instead of the project's recipes.
        seed: draws the networks.
        workers: trainings at a time.
        command: recorded beside the figures.

    Raises:
        InputError: a number below 1 (a seed below 0), nothing that fits, or a folder that
            cannot be written or holds other runs.
    """
    operations = 1 if limits.operations is None else limits.operations
    if min(count, seeds, workers, limits.parameters, operations) < 1:
        raise InputError("parameters, operations, candidates, seeds and workers are at least 1")
    if seed < 0:
        raise InputError(f"The seed of a draw is at least 0. Received: {seed}")
    names = candidates(task_for(data), limits, count, seed)
    # A wrong number of epochs shows before a folder is made.
    recipe_for(data.name, names[0], epochs=epochs)
    # Out of reach: what a run calls its test score is here the validation part's again.
    blind = replace(data, test=data.validation)

    def train(chosen: list[str], numbers: int, share: float, where: Path) -> list[list[Any]]:
        jobs = {}
        for name in chosen:
            whole = recipe_for(data.name, name, epochs=epochs)
            recipe = replace(whole, epochs=max(1, round(share * whole.epochs)))
            for number in range(numbers):
                seeded = replace(recipe, seed=number)
                jobs[where / run_name(seeded)] = seeded
        with bar(len(jobs), f"{where.name} trainings") as progress:
            train_all(jobs, blind, progress, workers=workers)
        runs = [read_json(run / "metrics.json") for run in jobs]
        return [runs[at : at + numbers] for at in range(0, len(runs), numbers)]

    with locked(folder):
        first = train(names, 1, FIRST_SHARE, folder / "first")
        scores = dict(zip(names, (_accuracy(run) for (run,) in first), strict=True))
        ranked = sorted(names, key=lambda name: -scores[name])
        best = ranked[: max(1, round(KEPT_SHARE * len(names)))]
        full = dict(zip(best, train(best, seeds, 1.0, folder / "full"), strict=True))
    table = [
        _row(name, scores[name], full.get(name, runs)) | {"in_full": name in full}
        for name, runs in zip(names, first, strict=True)
    ]
    results = {
        "command": command,
        "dataset": data.name,
        "limits": {"parameters": limits.parameters, "operations": limits.operations},
        "validation_rows": len(data.validation),
        "epochs": full[best[0]][0]["recipe"]["epochs"],
        "first_epochs": first[0][0]["recipe"]["epochs"],
        "seeds": seeds,
        "table": sorted(table, key=lambda row: (not row["in_full"], -row["validation"])),
        "machine": machine(),
        "versions": versions(),
    }
    with Outputs() as outputs:
        outputs.text(folder / "results.md", as_markdown(results))
        outputs.json(folder / "results.json", results)
    return results


def _accuracy(run: dict[str, Any]) -> float:
    return 100 * float(run["validation"]["accuracy"])


def _row(name: str, first: float, runs: list[dict[str, Any]]) -> dict[str, Any]:
    operations = [sum(run["operations"].values()) for run in runs]
    scores = [_accuracy(run) for run in runs]
    return {
        "network": name,
        "parameters": runs[0]["parameters"],
        "operations": statistics.mean(operations),
        "most_operations": max(operations),
        "first": first,
        "validation": statistics.mean(scores),
        "deviation": statistics.stdev(scores) if len(scores) > 1 else None,
        "macro_f1": statistics.mean(run["validation"]["macro_f1"] for run in runs),
    }


def as_markdown(results: dict[str, Any]) -> str:
    """The table, best network first, with what was dropped after the first round."""
    limits = results["limits"]
    operations = f" and {limits['operations']:,} operations" if limits["operations"] else ""
    lines = [
        f"# Networks of filters on {results['dataset']}",
        "",
        f"At most {limits['parameters']:,} parameters{operations}. Accuracies are of the "
        f"{results['validation_rows']:,} validation rows; the test rows were not read. The first "
        f"round trained each network for {results['first_epochs']} epochs with seed 0; the best "
        f"were trained for {results['epochs']} epochs with {results['seeds']} seeds (mean ± "
        "standard deviation). Operations are the most over the seeds.",
        "",
        "| network | parameters | operations | first round % | in full % | macro-F1 |",
        "| --- |" + " ---: |" * 5,
    ]
    for row in results["table"]:
        spread = "" if row["deviation"] is None else f" ± {row['deviation']:.2f}"
        full = f"{row['validation']:.2f}{spread}" if row["in_full"] else "dropped"
        lines.append(
            f"| `{row['network']}` | {row['parameters']:,} | {row['most_operations']:,} "
            f"| {row['first']:.2f} | {full} | {row['macro_f1']:.3f} |"
        )
    return "\n".join([*lines, "", *provenance(results)]) + "\n"
