"""The accuracy study: every kind of pattern and every network, over several seeds.

The patterns are chosen on validation rows, without training (`search`). Then all rows of
the table are trained, a number of trainings at a time; the test rows are read once a run.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.files import Outputs, locked, read_json
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.models import networks as known_networks
from keras_tvscm.models import stacks
from keras_tvscm.patterns.pattern import Pattern
from keras_tvscm.patterns.spec import Spec
from keras_tvscm.training.fit import Progress
from keras_tvscm.training.metrics import majority
from keras_tvscm.training.parallel import cluster, train_all
from keras_tvscm.training.pattern_search import Scorer, best_of, search
from keras_tvscm.training.recipe import recipe_for, run_name, task_for

from ..paper import ACCURACY
from .frontier import draw

BUDGETS = (1, 2, 4, 8, 16)

Bar = Callable[[int, str], AbstractContextManager[Progress]]


@dataclass(frozen=True)
class Entry:
    """One row of the table: a network, with the pattern of its TVSCM layer."""

    label: str
    network: str
    pattern: str | None = None


def entries(data: Dataset, folder: Path, bar: Bar, *, draws: int, tries: int) -> list[Entry]:
    """All rows, with the patterns chosen.

    Args:
        data: a loaded data set; its test part is not read.
        folder: receives `search.json`, from which a stopped search goes on.
        bar: shows progress.
        draws: of `half`, and of `random` with each number of offsets.
        tries: of each step of the search.
    """
    n = data.features
    budgets = [budget for budget in BUDGETS if budget <= n // 4 + 1]
    with bar(budgets[-1], "search for sparse patterns") as progress:
        kept = folder / "search.json"
        searched = search(data, budgets[-1], kept, tries=tries, progress=progress)
    learned = LEARNED.get(data.name, "learned")
    drawn = {
        "best random of 2 offsets": [Pattern.random(n, 1, seed) for seed in range(draws)],
        "best random of more": [
            Pattern.random(n, budget // 2, seed) for budget in budgets[2:] for seed in range(draws)
        ],
        "best half": [Pattern.half(n, seed) for seed in range(draws)],
    }
    # A narrow input has no more than two offsets to draw.
    drawn = {label: patterns for label, patterns in drawn.items() if patterns}
    with bar(sum(map(len, drawn.values())), "score drawn patterns") as progress:
        best = _best(Scorer(data), drawn, progress)
    return [
        Entry("dense", "dense"),
        Entry("dense of equal size", "dense-small"),
        Entry("softmax regression (head alone)", "softmax"),
        Entry("symmetric circulant (upper bound of one layer)", "circulant"),
        Entry("tvscm, banded", "tvscm", "banded"),
        Entry("tvscm, complete", "tvscm", "complete"),
        *(Entry(f"tvscm, {label}", "tvscm", pattern.spec) for label, pattern in best.items()),
        *(
            Entry(f"tvscm, search, {budget} nonzero", "tvscm", searched[budget - 1].pattern.spec)
            for budget in budgets
        ),
        Entry("tvscm, learned", "tvscm", learned),
        *(
            Entry(f"tvscm, learned, {budget} nonzero", "tvscm", _budgeted(learned, budget))
            for budget in budgets[1:]
        ),
        *(Entry(f"{name}, frontier", name) for name in stacks.NAMES if _fits(name, data)),
    ]


def _fits(network: str, data: Dataset) -> bool:
    """Whether the input is wide enough for the network's fixed patterns."""
    try:
        known_networks.build(network, task_for(data))
    except InputError:
        return False
    return True


def _best(
    scorer: Scorer, drawn: dict[str, list[Pattern]], progress: Progress
) -> dict[str, Pattern]:
    done = 0

    def counted(patterns: list[Pattern]) -> Iterator[Pattern]:
        nonlocal done
        for pattern in patterns:
            yield pattern
            progress(done := done + 1, {})

    return {label: best_of(scorer, counted(drawn[label])).pattern for label in drawn}


# What is to be known of validation rows.
SHARED = {"heartbeat-interpatient": ", which share patients with the training rows"}
# The neighbourhoods of the learned rows, chosen on validation rows: docs/results/README.md.
LEARNED = {
    "mnist": "learned:window=13x13",
    "heartbeat": "learned:reach=20",
    "heartbeat-interpatient": "learned:reach=20",
}


def _budgeted(spec: str, nonzeros: int) -> str:
    return str(Spec.parse(spec).with_options(nonzeros=nonzeros))


def reproduce(
    data: Dataset,
    folder: Path,
    bar: Bar,
    *,
    seeds: int = 5,
    draws: int = 20,
    tries: int = 40,
    epochs: int | None = None,
    workers: int = 1,
    ray: str | None = None,
    networks: Sequence[str] = (),
    command: str = "",
) -> dict[str, Any]:
    """Choose the patterns, train every row, write `results.json`, `.md` and `frontier.svg`.

    Args:
        data: a loaded data set.
        folder: receives the results and, under `runs`, every run folder.
        bar: shows progress.
        seeds: trainings per row.
        draws, tries: of the choice of patterns; see `entries`.
        epochs: instead of the project's recipes.
        workers: trainings at a time.
        ray: address of a Ray cluster to train on instead; see `parallel.cluster`.
        networks: stacks of filters whose rows alone are trained anew, and take their place in
            the results that the folder holds; each of these rows says on what machine.
        command: recorded beside the figures.

    Raises:
        InputError: a number below 1, no such cluster or network, or the folder cannot be
            written, holds other runs, or no results that rows could take their place in.
    """
    if min(seeds, draws, tries, workers) < 1:
        raise InputError("seeds, draws, tries and workers are at least 1")
    # A wrong number of epochs shows before the patterns are chosen, and so does no cluster.
    recipe_for(data.name, "dense", epochs=epochs)
    with nullcontext() if ray is None else cluster(ray), locked(folder):
        started = time.monotonic()
        recorded = _recorded(folder, data, networks) if networks else None
        rows = (
            [Entry(f"{name}, frontier", name) for name in networks]
            if recorded
            else entries(data, folder, bar, draws=draws, tries=tries)
        )
        jobs = {}
        for row in rows:
            for seed in range(seeds):
                recipe = recipe_for(
                    data.name, row.network, pattern=row.pattern, seed=seed, epochs=epochs
                )
                jobs[folder / "runs" / run_name(recipe)] = recipe
        with bar(len(jobs), "trainings") as progress:
            train_all(jobs, data, progress, workers=workers, on_cluster=ray is not None)
    runs = [read_json(run / "metrics.json") for run in jobs]
    table = [
        _row(row, runs[seeds * index : seeds * (index + 1)], data.name)
        for index, row in enumerate(rows)
    ]
    if recorded:
        origin = {"command": command, "machine": machine(), "versions": versions()}
        anew = {row["label"]: row | origin for row in table}
        table = [anew.get(row["label"], row) for row in recorded["table"]]
        return _write(recorded | {"table": table}, folder)
    commonest, always = majority(data.train.y, data.test.y, len(data.classes))
    results = {
        "command": command,
        "seconds": round(time.monotonic() - started, 1),
        "training_seconds": round(sum(run["seconds"] for run in runs), 1),
        "dataset": {"name": data.name, "source": data.source, "test_rows": len(data.test)},
        "classes": list(data.classes),
        "majority": {"class": data.classes[commonest], "accuracy": 100 * always.accuracy},
        "table": table,
        "search": read_json(folder / "search.json"),
        "machine": machine(),
        "versions": versions(),
    }
    return _write(results, folder)


def _recorded(folder: Path, data: Dataset, networks: Sequence[str]) -> dict[str, Any]:
    """The results in which rows are to be replaced."""
    results: dict[str, Any] = read_json(folder / "results.json")
    if results.get("dataset", {}).get("name") != data.name:
        raise InputError(f"{folder / 'results.json'} is not of {data.name}; choose another folder")
    known = [row["network"] for row in results["table"] if row["network"] in stacks.NAMES]
    for name in networks:
        if name not in known:
            raise InputError(f"the results have no row of {name!r}; expected {', '.join(known)}")
    return results


def _write(results: dict[str, Any], folder: Path) -> dict[str, Any]:
    with Outputs() as outputs:
        draw(results, outputs.file(folder / "frontier.svg"))
        outputs.text(folder / "results.md", as_markdown(results))
        outputs.json(folder / "results.json", results)
    return results


def _row(row: Entry, runs: list[dict[str, Any]], dataset: str) -> dict[str, Any]:
    accuracies = [100 * run["test"]["accuracy"] for run in runs]
    operations = [sum(run["operations"].values()) for run in runs]
    return asdict(row) | {
        "parameters": runs[0]["parameters"],
        "pattern_bytes": runs[0]["pattern_bytes"],
        "nonzeros": statistics.mean(run["nonzeros"] for run in runs),
        "operations": statistics.mean(operations),
        "most_operations": max(operations),
        "epochs": runs[0]["recipe"]["epochs"],
        "seeds": [run["recipe"]["seed"] for run in runs],
        "accuracy": accuracies,
        "mean": statistics.mean(accuracies),
        "deviation": statistics.stdev(accuracies) if len(runs) > 1 else None,
        "macro_f1": statistics.mean(run["test"]["macro_f1"] for run in runs),
        "recall": np.mean([run["test"]["recall"] for run in runs], axis=0).tolist(),
        "validation": statistics.mean(100 * run["validation"]["accuracy"] for run in runs),
        "seconds": statistics.mean(run["seconds"] for run in runs),
        "paper": ACCURACY.get(dataset, {}).get(row.network),
    }


def as_markdown(results: dict[str, Any]) -> str:
    """The table of `results`, with all that is needed to make it again."""
    dataset, classes = results["dataset"], results["classes"]
    recalls = [f"recall {name}" for name in classes] if len(classes) <= 5 else []
    header = ["network", "parameters", "pattern bytes", "nonzero", "operations"]
    header += ["test accuracy %", "paper %", "macro-F1", *recalls]
    lines = [
        f"# Accuracy on {dataset['name']}",
        "",
        f"Mean ± standard deviation over seeds {results['table'][0]['seeds']}, "
        f"{dataset['test_rows']:,} test rows. Patterns, epochs and networks were chosen on "
        f"validation rows{SHARED.get(dataset['name'], '')}. "
        "Operations are multiplications and additions of one inference, the "
        "mean over the seeds; nonzero counts offsets, over all filters. Always answering "
        f"{results['majority']['class']!r} scores {results['majority']['accuracy']:.2f} %.",
        "",
        "| " + " | ".join(header) + " |",
        "| --- |" + " ---: |" * (len(header) - 1),
    ]
    for row in results["table"]:
        spread = "" if row["deviation"] is None else f" ± {row['deviation']:.2f}"
        cells = [
            row["label"],
            f"{row['parameters']:,}",
            f"{row['pattern_bytes']:,}" if row["pattern_bytes"] else "",
            f"{row['nonzeros']:,.0f}" if row["nonzeros"] else "",
            f"{row['operations']:,.0f}",
            f"{row['mean']:.2f}{spread}",
            "" if row["paper"] is None else f"{row['paper']:.2f}",
            f"{row['macro_f1']:.3f}",
        ]
        cells += [f"{recall:.3f}" for recall in row["recall"]] if recalls else []
        lines.append("| " + " | ".join(cells) + " |")
    patterns = [
        f"`{row['pattern']}` ({row['label']})" for row in results["table"] if row["pattern"]
    ]
    lines += [
        "",
        "![Accuracy over parameters, operations and nonzero offsets](frontier.svg)",
        "",
        f"Patterns: {'; '.join(patterns)}.",
        "",
        f"The trainings took {results['training_seconds'] / 60:.0f} minutes one after another.",
        "",
        *provenance(results),
    ]
    for row in results["table"]:
        if "machine" in row:
            lines += ["", f"Trained again since: {row['label']}.", "", *provenance(row)]
    return "\n".join(lines) + "\n"
