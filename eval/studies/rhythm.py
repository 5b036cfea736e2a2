"""The rhythm study: networks of beats with their rhythm, on patients they were not trained on.

All choices are made on records of DS1 that are held out in turns; then every network is trained
on all of DS1, and DS2 is read once. The kind of network and the numbers that it sees were found
by an earlier study that had seen DS2, which every table says.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert import convert
from keras_tvscm.datasets import Dataset, Split
from keras_tvscm.datasets.fetching import fetch
from keras_tvscm.datasets.heartbeat import DS1, DS2
from keras_tvscm.datasets.heartbeat_rhythm import LEAD, all_rows
from keras_tvscm.datasets.recordings import AAMI
from keras_tvscm.datasets.second_databases import DATABASES, folder_of, second_rows
from keras_tvscm.ecg.ec57 import CLASSES, NOTICE, figures
from keras_tvscm.ecg.front_end import beats, to_float
from keras_tvscm.ecg.reading import read
from keras_tvscm.ecg.recording import Recording
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import Outputs, locked, read_json
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.models import loading
from keras_tvscm.models.inference import predictions
from keras_tvscm.training.balancing import best_offsets, confusion
from keras_tvscm.training.fit import Progress
from keras_tvscm.training.parallel import train_all
from keras_tvscm.training.recipe import Recipe, recipe_for

Bar = Callable[[int, str], AbstractContextManager[Progress]]
Json = dict[str, Any]

NETWORKS = {
    "rhythm": "`rhythm`: two-valued filters, rhythm",
    "rhythm-numbers": "`rhythm-numbers`: 13 numbers, no samples",
    "rhythm-linear": "`rhythm-linear`: 13 numbers, no hidden layer",
    "rhythm-dense": "`rhythm-dense`: a dense layer for the filters",
    "rhythm-cnn": "`rhythm-cnn`: convolutions for the filters",
    "dense": "`dense`: all 238 features, 128 hidden",
}
# Records of DS1 dealt out so that each part has some with supraventricular beats.
FOLDS = (
    (108, 112, 114, 116, 209),
    (106, 119, 124, 201, 203, 215),
    (101, 109, 122, 205, 207, 223),
    (115, 118, 208, 220, 230),
)
# Every record is left out once; 201 and 202 are of one patient.
LEFT_OUT = tuple(
    tuple(sorted({*DS1, *DS2} - {201, 202})[start::5]) + ((201, 202) if start == 2 else ())
    for start in range(5)
)
DTYPES = ("int8", "int16x8")
ALONE = 232  # holds three quarters of the S beats of DS2
WINDOW = 18  # samples, 150 ms: how far a found beat may lie from the annotated one (EC57)
SEEN = (
    "The kind of network and its 13 numbers were found by a study that had seen DS2, so the "
    "figures on DS2 flatter; training and offsets of the scores were chosen on records of DS1."
)
# Accuracy, then sensitivity and predictivity of S and of V, j-kappa: fractions, or None where the
# source does not give it.
PUBLISHED = (
    ("Mondejar-Guerra 2019, SVM ensemble", 0.945, None, None, None, None, 0.773, "mondejar"),
    ("Zhang 2014", 0.883, 0.791, 0.360, 0.855, 0.927, 0.663, "mondejar, sannino"),
    ("Mar 2011", 0.899, 0.832, 0.335, 0.868, 0.759, 0.649, "mondejar, sannino"),
    ("de Chazal 2004", 0.862, None, None, None, None, 0.612, "mondejar"),
)
SOURCES = (
    "Published figures: accuracy and j-kappa from the README of github.com/mondejar/"
    "ecg-classification, S and V from table 4 of PMC5499251. None of them says what an int8 "
    "network of 570 parameters reaches; they use two leads or larger classifiers."
)


def study(
    data_dir: Path | None, folder: Path, bar: Bar, *, seeds: int = 5, workers: int = 1, command: str
) -> Json:
    """Choose, train, judge, and write `rhythm.json` and `rhythm.md`; goes on after a kill.

    Args:
        data_dir: holds the MIT-BIH files; see `datasets.fetching.fetch`.
        folder: receives the results and, under `runs`, every run folder.
        bar: shows progress.
        seeds: trainings of each network.
        workers: trainings at a time.
        command: recorded beside the figures.

    Raises:
        InputError: a number below 1, missing files, or the folder cannot be written.
    """
    if min(seeds, workers) < 1:
        raise InputError("seeds and workers are at least 1")
    records = fetch("mitdb", data_dir)
    whole = all_rows(records).split()
    with locked(folder):
        offsets = {name: _chosen(name, whole, folder, bar, workers) for name in NETWORKS}
        data = _data(whole, DS1, DS2)
        jobs = {}
        for seed in range(seeds):
            for name in NETWORKS:
                recipe = replace(_recipe(name, seed), offsets=offsets[name]["offsets"])
                jobs[folder / "runs" / f"{name}-{seed}"] = recipe
        _train(jobs, data, bar, workers, "trainings on DS1")
        detected = list(_detected(records, folder, bar))
        table = [
            _row(
                name, [folder / "runs" / f"{name}-{seed}" for seed in range(seeds)], data, detected
            )
            | offsets[name]
            for name in NETWORKS
        ]
        results = {
            "command": command,
            "notice": NOTICE,
            "seeds": list(range(seeds)),
            "dataset": {"name": data.name, "source": data.source, "fingerprint": data.fingerprint},
            "rows": {"train": len(data.train), "test": len(data.test)},
            "table": table,
            "integers": _integers(folder / "runs" / "rhythm-0", data),
            "left_out": None,
            "second_databases": {
                name: _second(name, folder_of(name, data_dir), folder, seeds) for name in DATABASES
            },
            "machine": machine(),
            "versions": versions(),
        }
        _write(results, folder)
        left_out = _left_out(whole, offsets["rhythm"]["offsets"], folder, bar, workers)
        return _write(results | {"left_out": left_out}, folder)


def _write(results: Json, folder: Path) -> Json:
    with Outputs() as outputs:
        outputs.text(folder / "rhythm.md", as_markdown(results))
        outputs.json(folder / "rhythm.json", results)
    return results


def _recipe(network: str, seed: int) -> Recipe:
    return replace(recipe_for("heartbeat-rhythm", network, seed=seed), offsets=None)


def _data(whole: Split, train: tuple[int, ...], test: tuple[int, ...]) -> Dataset:
    """Rows of these records; the validation part, on which nothing is chosen, is of the training's.

    So no training looks at a row that it is judged on.
    """
    record = np.zeros(len(whole)) if whole.origin is None else whole.origin[:, 0]
    fitted = whole.select(np.isin(record, train))
    return Dataset(
        "heartbeat-rhythm",
        CLASSES,
        fitted,
        fitted.select(np.arange(0, len(fitted), 50)),
        whole.select(np.isin(record, test)),
        image_shape=None,
        source="MIT-BIH Arrhythmia Database 1.0.0 (PhysioNet), lead MLII, beats with their rhythm",
    )


def _train(jobs: dict[Path, Recipe], data: Dataset, bar: Bar, workers: int, what: str) -> None:
    with bar(len(jobs), what) as progress:
        train_all(jobs, data, progress, workers=workers)


def _pooled(
    network: str,
    folds: tuple[tuple[int, ...], ...],
    whole: Split,
    folder: Path,
    bar: Bar,
    workers: int,
    offsets: str | None = None,
) -> tuple[Split, NDArray[np.float32]]:
    """All rows of the folds, and the scores of the network that was not trained on each."""
    parts, scores = [], []
    records = tuple(record for fold in folds for record in fold)
    for number, fold in enumerate(folds):
        data = _data(whole, tuple({*records} - {*fold}), fold)
        run = folder / "runs" / f"{network}-of-{len(folds)}-without-{number}"
        job = {run: replace(_recipe(network, 0), offsets=offsets)}
        _train(job, data, bar, workers, f"{network}, part {number + 1} of {len(folds)} held out")
        parts.append(data.test)
        scores.append(predictions(loading.load(run), data.test.x))
    pooled = Split(
        np.concatenate([part.x for part in parts]),
        np.concatenate([part.y for part in parts]),
        np.concatenate([part.origin for part in parts if part.origin is not None]),
    )
    return pooled, np.concatenate(scores)


def _chosen(network: str, whole: Split, folder: Path, bar: Bar, workers: int) -> Json:
    """The offsets of the scores with the largest j-kappa on records held out of DS1."""
    rows, scores = _pooled(network, FOLDS, whole, folder, bar, workers)
    offsets = best_offsets(rows.y, scores, CLASSES)
    held_out = confusion(
        rows.y, (scores + np.array(offsets, np.float32)).argmax(axis=1), len(CLASSES)
    )
    return {
        "offsets": ",".join(f"{number:g}" for number in offsets),
        "held_out": _figures(held_out),
    }


def _figures(counts: NDArray[np.int64]) -> Json:
    accuracy = float(np.trace(counts[:, : len(CLASSES)]) / counts[: len(CLASSES)].sum())
    return {"accuracy": accuracy, "confusion": counts.tolist()} | figures(
        counts[: len(CLASSES), : len(CLASSES)], CLASSES
    ).to_json()


def _row(
    name: str, runs: list[Path], data: Dataset, detected: list[tuple[Json, NDArray[np.int16]]]
) -> Json:
    """One network: its figures of each seed, of all records and without `ALONE`."""
    metrics = [read_json(run / "metrics.json") for run in runs]
    ways: dict[str, list[Json]] = {"annotated": [], "without": [], "detected": []}
    for run, measured in zip(runs, metrics, strict=True):
        records = {
            row["name"]: np.array(row["confusion"]) for row in measured["ec57"]["test"]["records"]
        }
        ways["annotated"].append(_figures(np.sum([*records.values()], axis=0)))
        ways["without"].append(
            _figures(np.sum([records[name] for name in records if name != str(ALONE)], axis=0))
        )
        model = loading.load(run)
        ways["detected"].append(_end_to_end(model, detected))
    judged = [measured["ec57"]["test"]["records"] for measured in metrics]
    by_record = {
        rows[0]["name"]: np.mean([row["confusion"] for row in rows], axis=0).tolist()
        for rows in zip(*judged, strict=True)
    }
    return {
        "network": name,
        "label": NETWORKS[name],
        "parameters": metrics[0]["parameters"],
        "seconds": sum(read["seconds"] for read in metrics),
        **ways,
        "records": by_record,
    }


def _detected(records: Path, folder: Path, bar: Bar) -> Iterator[tuple[Json, NDArray[np.int16]]]:
    """Per record of DS2: which found beat is which annotated one; and the found beats' rows."""
    kept = folder / "detected.npz"
    try:
        with np.load(kept) as stored:
            arrays = dict(stored)
    except (OSError, ValueError):
        arrays = {}
        with bar(len(DS2), "beats found in DS2") as progress:
            for done, number in enumerate(DS2, 1):
                found = beats(read(records / str(number), lead=LEAD).samples())
                arrays |= {f"{number}-at": found.samples, f"{number}-x": found.x}
                progress(done, {})
        with Outputs() as outputs:
            np.savez(outputs.file(kept), **arrays)
    for number in DS2:
        recording = read(records / str(number), lead=LEAD, annotator="atr")
        yield _matched(recording, arrays[f"{number}-at"]), arrays[f"{number}-x"]


def _matched(recording: Recording, found: NDArray[np.int64]) -> Json:
    """Of each annotated beat of a class its class and the number of the beat that was found."""
    from wfdb.processing import compare_annotations

    if recording.peaks is None or recording.symbols is None:
        raise InputError(f"record {recording.name} has no annotated beats")
    annotated = recording.at_120(recording.peaks)
    match = np.asarray(compare_annotations(annotated, found, WINDOW).matching_sample_nums)
    class_of = {symbol: i for i, name in enumerate(AAMI) for symbol in AAMI[name]}
    y = np.array([class_of.get(symbol, -1) for symbol in recording.symbols.tolist()])
    return {"name": recording.name, "y": y, "match": match}


def _end_to_end(model: Any, detected: list[tuple[Json, NDArray[np.int16]]]) -> Json:
    """Figures where beats are found, not annotated.

    A beat that was not found counts as wrong for its class; a beat that was found where there is
    none counts as wrong for what it is called.
    """
    classes = len(CLASSES)
    # The last row: no beat; the last column: not found.
    counts = np.zeros((classes + 1, classes + 1), np.int64)
    for facts, x in detected:
        called = predictions(model, to_float(x)).argmax(axis=1)
        y, match = facts["y"], facts["match"]
        known = y >= 0
        hit = known & (match >= 0)
        np.add.at(counts, (y[hit], called[match[hit]]), 1)
        np.add.at(counts, (y[known & (match < 0)], classes), 1)
        false = np.ones(len(called), bool)
        false[match[match >= 0]] = False
        np.add.at(counts, (classes, called[false]), 1)
    # To EC57's ratios an ectopic beat that was missed is one that is called N, and what is no beat
    # and called ectopic is an N beat; missed N beats, and N beats that are none, count nowhere.
    merged = counts[:classes, :classes].copy()
    merged[:, 0] += counts[:classes, classes]
    merged[0] += counts[classes, :classes]
    merged[0, 0] -= counts[0, classes] + counts[classes, 0]
    judged = figures(merged, CLASSES).to_json()
    right = int(np.trace(counts[:classes, :classes]))
    return {
        "accuracy": right / int(counts[:classes].sum()),
        "confusion": counts.tolist(),
        "missed": int(counts[:classes, classes].sum()),
        "false": int(counts[classes].sum()),
    } | judged


def _integers(run: Path, data: Dataset) -> Json:
    """By dtype: the network as TFLite, compared on all rows of DS2, or why it is refused."""
    found: Json = {}
    for dtype in DTYPES:
        try:
            record = convert(loading.load(run), data, dtype=dtype).record
        except CheckError as error:
            found[dtype] = {"refused": str(error)}
            continue
        written = record.verification.written
        found[dtype] = {
            "bytes": record.bytes,
            "rows": written.rows,
            "agreement": written.agreement,
            "accuracy": written.accuracy,
        }
    return found


def _second(name: str, records: Path | None, folder: Path, seeds: int) -> list[Json] | None:
    """The networks `rhythm` of every seed on a database that nothing was chosen on."""
    if records is None:
        return None
    rows = second_rows(name, records)[0].split()
    models = [loading.load(folder / "runs" / f"rhythm-{seed}") for seed in range(seeds)]
    called = [predictions(model, rows.x).argmax(axis=1) for model in models]
    return [_figures(confusion(rows.y, each, len(CLASSES))) for each in called]


def _left_out(whole: Split, offsets: str, folder: Path, bar: Bar, workers: int) -> Json:
    """Every record of DS1 and DS2 judged by a network that was trained without it."""
    rows, scores = _pooled("rhythm", LEFT_OUT, whole, folder, bar, workers, offsets)
    called = scores.argmax(axis=1)
    record = np.zeros(len(rows)) if rows.origin is None else rows.origin[:, 0]
    return _figures(confusion(rows.y, called, len(CLASSES))) | {
        "parts": len(LEFT_OUT),
        "records": {
            str(number): confusion(
                rows.y[record == number], called[record == number], len(CLASSES)
            ).tolist()
            for number in np.unique(record)
        },
    }


COLUMNS = (
    ("accuracy", lambda f: f["accuracy"]),
    ("S Se", lambda f: f["sensitivity"]["S"]),
    ("S +P", lambda f: f["predictivity"]["S"]),
    ("V Se", lambda f: f["sensitivity"]["V"]),
    ("V +P", lambda f: f["predictivity"]["V"]),
    ("F Se", lambda f: f["sensitivity"]["F"]),
    ("S FPR", lambda f: f["false_positive_rate"]["S"]),
    ("V FPR", lambda f: f["false_positive_rate"]["V"]),
    ("j-kappa", lambda f: f["j_kappa"]),
)


def as_markdown(results: Json) -> str:
    """The page of `results`."""
    rows, seeds = results["table"], results["seeds"]
    header = ["network", "parameters", *(name for name, _ in COLUMNS)]
    head = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    lines = [
        "# Heartbeats of new patients, with their rhythm",
        "",
        f"{results['notice']} Trained on the 22 records of DS1 ({results['rows']['train']:,} "
        f"beats), judged on the 22 of DS2 ({results['rows']['test']:,} beats of classes N, S, V, "
        f"F; lead MLII), each the mean over seeds {seeds} with the smallest and the largest in "
        "brackets. Se: the share of a class that is found; +P: the share that is right of what is "
        "called so; "
        "FPR: the share of the other beats that are called so (ANSI/AAMI EC57).",
        "",
        SEEN,
        "",
    ]
    titles = {
        "annotated": "Annotated R peaks",
        "without": f"The same without record {ALONE}, which holds three quarters of the S beats",
        "detected": "R peaks found by the front end's detector",
    }
    for way, title in titles.items():
        lines += [f"## {title}", "", *head]
        for row in rows:
            cells = [_spread([column(seed) for seed in row[way]]) for _, column in COLUMNS]
            lines.append(f"| {row['label']} | {row['parameters']:,} | {' | '.join(cells)} |")
        if way == "annotated":
            for name, *numbers, _ in PUBLISHED:
                accuracy, *middle, j_kappa = (_number(number) for number in numbers)
                cells = [accuracy, *middle, "", "", "", j_kappa]
                lines.append(f"| {name}, published |  | {' | '.join(cells)} |")
        lines.append("")
        if way == "annotated":
            lines += [SOURCES, ""]
        if way == "detected":
            first = rows[0]["detected"][0]
            lines += [
                f"{first['missed']:,} annotated beats are not found, {first['false']:,} are found "
                "that are none (150 ms). A beat that is missed counts as wrong, one that is found "
                "where there is none as a wrong call of an N beat.",
                "",
            ]
    if left := results["left_out"]:
        cells = [_number(column(left)) for _, column in COLUMNS]
        lines += [
            "## Every record left out once",
            "",
            f"`rhythm`, one seed, the 44 records of DS1 and DS2 in {left['parts']} parts, each "
            "judged by a network that was trained on the others: these figures hang on no one "
            "division.",
            "",
            *head,
            f"| `rhythm` | {rows[0]['parameters']:,} | {' | '.join(cells)} |",
            "",
        ]
    lines += [
        "## Record by record",
        "",
        "`rhythm`, annotated peaks: beats of a class that are found, of all of that class (mean "
        "over the seeds), and beats that are wrongly called so.",
        "",
        "| record of DS2 | beats | accuracy | S found | wrongly S | V found | wrongly V |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(_record_line(name, counts) for name, counts in rows[0]["records"].items()),
        "",
        "## In integers",
        "",
        "`tvscm convert` of `rhythm`, seed 0:",
        "",
        *(_integer_line(dtype, found) for dtype, found in results["integers"].items()),
        "",
        "## Other databases",
        "",
        "`rhythm` on databases that nothing was trained or chosen on: `tvscm study rhythm` runs "
        "them where their folders lie beside `mitdb`.",
        "",
        *[head[0].replace("network", "database", 1), head[1]],
        *(
            _second_line(name, found, rows[0])
            for name, found in results["second_databases"].items()
        ),
        "",
        "Held-out records of DS1, on which the offsets (N, S, V, F) were chosen: "
        + "; ".join(
            f"{row['network']} {row['offsets']} (j-kappa {row['held_out']['j_kappa']:.3f})"
            for row in rows
        )
        + ".",
        "",
        *provenance(results),
    ]
    return "\n".join(lines) + "\n"


def _integer_line(dtype: str, found: Json) -> str:
    if "refused" in found:
        return f"- `{dtype}` is refused: {found['refused']}"
    return (
        f"- `{dtype}`: {found['bytes']:,} bytes of TFLite, which call "
        f"{100 * found['agreement']:.2f} % of {found['rows']:,} beats as the Keras model does; "
        f"accuracy {100 * found['accuracy']:.2f} %."
    )


def _second_line(name: str, found: list[Json] | None, row: Json) -> str:
    title = f"{DATABASES[name].title} (`{name}`)"
    if found is None:
        return f"| {title}: not run here |" + " |" * (1 + len(COLUMNS))
    cells = [_spread([column(seed) for seed in found]) for _, column in COLUMNS]
    return f"| {title} | {row['parameters']:,} | {' | '.join(cells)} |"


def _record_line(name: str, counts: list[list[float]]) -> str:
    table = np.array(counts)
    cells = [f"{table.sum():,.0f}", f"{np.trace(table) / table.sum():.3f}"]
    for number in (1, 2):
        total = table[number].sum()
        cells.append(f"{table[number, number]:.1f} of {total:.0f}" if total else "")
        cells.append(f"{table[:, number].sum() - table[number, number]:.1f}")
    return f"| {name} | {' | '.join(cells)} |"


def _spread(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return ""
    mean = f"{np.mean(known):.3f}"
    return mean if len(known) == 1 else f"{mean} ({min(known):.3f}-{max(known):.3f})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
