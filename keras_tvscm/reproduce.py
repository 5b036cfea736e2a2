"""The paper's accuracy table, made again: patterns chosen on validation rows, then seeds.

Every fixed pattern in `candidates` is trained briefly, the best of them in full, and the
best of those by validation accuracy stands in the table, beside the dense network and
softmax regression, each over several seeds. The test rows are read only for that table.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from keras_tvscm import training
from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import InputError
from keras_tvscm.files import make_folder, read_json, write_json, write_text
from keras_tvscm.machine import machine, versions
from keras_tvscm.metrics import majority
from keras_tvscm.pattern import resolve
from keras_tvscm.training import Recipe, recipe_for

# arXiv 2605.16443: accuracy in percent of the dense and the TVSCM network.
PAPER = {"mnist": {"dense": 97.67, "tvscm": 93.54}, "heartbeat": {"dense": 97.60, "tvscm": 93.10}}

FINALISTS = 5

Bar = Callable[[int, str], AbstractContextManager[training.Progress]]


def candidates(features: int, draws: int) -> list[str]:
    """Every fixed pattern that is tried: the plain kinds, and `draws` of each drawn kind."""
    counts = [k for k in (1, 2, 4, 8, 16) if 2 * k <= features // 4]
    drawn = [f"random:k={k},seed={seed}" for k in counts for seed in range(draws)]
    halves = [f"half:seed={seed}" for seed in range(draws)]
    bands = [f"banded:reach={reach}" for reach in (2, 3) if reach <= features // 2]
    return ["banded", *bands, "complete", *drawn, *halves]


def nonzero_offsets(spec: str, features: int) -> int:
    """How many offsets carry a value: what the sums cost on a small device."""
    pattern = resolve(spec, features)
    return len(pattern.a) + len(pattern.b)


def choose(
    specs: list[str],
    data: Dataset,
    recipe: Recipe,
    kept: Path,
    bar: Bar,
    *,
    screening_epochs: int,
) -> str:
    """The pattern of `specs` with the best validation accuracy.

    Two rounds: all for `screening_epochs`, then the best few as `recipe` says. Each result
    goes to the file `kept` as it comes, per number of epochs and pattern; what stands there
    is not trained again.

    Raises:
        InputError: `kept` is another study's.
    """
    study = {"dataset": data.name, "seed": recipe.seed, "learning_rate": recipe.learning_rate}
    kept_study: dict[str, Any] = (
        read_json(kept) if kept.exists() else study | {"validation_accuracy": {}}
    )
    if not isinstance(kept_study, dict) or kept_study | study != kept_study:
        raise InputError(f"{kept} is of another study than {study}; choose another --out")
    results: dict[str, dict[str, float]] = kept_study["validation_accuracy"]
    for epochs in (min(screening_epochs, recipe.epochs), recipe.epochs):
        found = results.setdefault(str(epochs), {})
        left = [spec for spec in specs if spec not in found]
        with bar(len(left), f"patterns, {epochs} epochs each") as progress:
            for done, spec in enumerate(left, 1):
                _, history = training.fit(replace(recipe, pattern=spec, epochs=epochs), data)
                found[spec] = history[-1]["val_accuracy"]
                write_json(kept, study | {"validation_accuracy": results})
                progress(done, history[-1])
        specs = sorted(specs, key=lambda spec: -found[spec])[:FINALISTS]
    return specs[0]


def reproduce(
    data: Dataset,
    folder: Path,
    bar: Bar,
    *,
    seeds: int = 3,
    draws: int = 20,
    screening_epochs: int = 5,
    epochs: int | None = None,
    command: str = "",
) -> dict[str, Any]:
    """Choose the pattern, train every row of the table, write `results.json` and `.md`.

    Args:
        data: a loaded data set.
        folder: receives the results and, under `runs`, every run folder.
        bar: shows progress.
        seeds: trainings per row.
        draws: patterns tried of each drawn kind.
        screening_epochs: of the first round of the choice.
        epochs: instead of the project's recipes.
        command: recorded beside the figures.

    Raises:
        InputError: a number below 1, or the folder cannot be written or holds other runs.
    """
    if seeds < 1 or draws < 1 or screening_epochs < 1:
        raise InputError("--seeds, --draws and --screening-epochs are at least 1")
    recipe = recipe_for(data.name, "tvscm", epochs=epochs)
    make_folder(folder)
    started = time.monotonic()
    specs = candidates(data.features, draws)
    sparse = [spec for spec in specs if nonzero_offsets(spec, data.features) <= 2]
    kept = folder / "choice.json"
    best, best_sparse = (
        choose(some, data, recipe, kept, bar, screening_epochs=screening_epochs)
        for some in (specs, sparse)
    )
    rows: list[tuple[str, str, str | None]] = [
        ("dense", "dense", None),
        ("tvscm, best fixed pattern", "tvscm", best),
        ("tvscm, best with two offsets", "tvscm", best_sparse),
        ("tvscm, banded", "tvscm", "banded"),
        ("tvscm, complete", "tvscm", "complete"),
        ("softmax (head alone)", "softmax", None),
    ]
    table = []
    for label, network, pattern in rows:
        runs = []
        for seed in range(seeds):
            one = recipe_for(data.name, network, pattern=pattern, seed=seed, epochs=epochs)
            with bar(one.epochs, f"{label}, seed {seed}") as progress:
                run_folder = folder / "runs" / training.run_name(one)
                runs.append(training.train(one, data, run_folder, progress))
        table.append(_row(label, network, pattern, runs, data.name))
    commonest, always = majority(data.train.y, data.test.y, len(data.classes))
    results = {
        "command": command,
        "seconds": round(time.monotonic() - started, 1),
        "dataset": {"name": data.name, "source": data.source, "test_rows": len(data.test)},
        "classes": list(data.classes),
        "majority": {"class": data.classes[commonest], "accuracy": 100 * always.accuracy},
        "table": table,
        "tried": len(specs),
        "choice": read_json(kept)["validation_accuracy"],
        "machine": machine(),
        "versions": versions(),
    }
    write_json(folder / "results.json", results)
    write_text(folder / "results.md", as_markdown(results))
    return results


def _row(
    label: str, network: str, pattern: str | None, runs: list[dict[str, Any]], dataset: str
) -> dict[str, Any]:
    accuracies = [100 * run["test"]["accuracy"] for run in runs]
    return {
        "label": label,
        "pattern": pattern,
        "parameters": runs[0]["parameters"],
        "epochs": runs[0]["recipe"]["epochs"],
        "seeds": [run["recipe"]["seed"] for run in runs],
        "accuracy": accuracies,
        "mean": statistics.mean(accuracies),
        "deviation": statistics.stdev(accuracies) if len(runs) > 1 else None,
        "macro_f1": statistics.mean(run["test"]["macro_f1"] for run in runs),
        "recall": np.mean([run["test"]["recall"] for run in runs], axis=0).tolist(),
        "validation": statistics.mean(100 * run["validation"]["accuracy"] for run in runs),
        "paper": PAPER.get(dataset, {}).get(network),
    }


def as_markdown(results: dict[str, Any]) -> str:
    """The table of `results`, with all that is needed to make it again."""
    dataset, classes = results["dataset"], results["classes"]
    recalls = " | ".join(f"recall {name}" for name in classes) if len(classes) <= 5 else ""
    heads = ["network", "pattern", "parameters", "test accuracy %", "paper %", "macro-F1"]
    heads += recalls.split(" | ") if recalls else []
    lines = [
        f"# Accuracy on {dataset['name']}",
        "",
        f"Mean ± standard deviation over seeds {results['table'][0]['seeds']}, "
        f"{dataset['test_rows']:,} test rows. The two best patterns had the best "
        f"validation accuracy of {results['tried']} fixed patterns and of those with two nonzero "
        "offsets. Always answering "
        f"{results['majority']['class']!r} scores {results['majority']['accuracy']:.2f} %.",
        "",
        "| " + " | ".join(heads) + " |",
        "| " + " | ".join(["---", "---", *["---:"] * (len(heads) - 2)]) + " |",
    ]
    for row in results["table"]:
        spread = "" if row["deviation"] is None else f" ± {row['deviation']:.2f}"
        cells = [
            row["label"],
            row["pattern"] or "",
            f"{row['parameters']:,}",
            f"{row['mean']:.2f}{spread}",
            "" if row["paper"] is None else f"{row['paper']:.2f}",
            f"{row['macro_f1']:.3f}",
        ]
        cells += [f"{recall:.3f}" for recall in row["recall"]] if recalls else []
        lines.append("| " + " | ".join(cells) + " |")
    machine_line = ", ".join(f"{key} {value}" for key, value in results["machine"].items())
    versions_line = ", ".join(f"{key} {value}" for key, value in results["versions"].items())
    lines += [
        "",
        f"Command: `{results['command']}`; this call took {results['seconds'] / 60:.0f} minutes, "
        "and kept what earlier calls had finished.",
        "",
        f"Machine: {machine_line}.",
        "",
        f"Versions: {versions_line}.",
    ]
    return "\n".join(lines) + "\n"
