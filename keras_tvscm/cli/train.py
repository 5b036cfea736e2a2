"""Commands that make a network: `data`, `train`, `compress`, `quantize-aware`, `summary`."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from keras_tvscm.ecg.ec57 import NOTICE
from keras_tvscm.errors import InputError
from keras_tvscm.files import Outputs, check_ours, make_folder
from keras_tvscm.training import defaults

from .console import as_text, epochs_bar, out
from .options import (
    DataDir,
    DatasetName,
    Epochs,
    KerasOutput,
    LearningRate,
    Overwrite,
    Rescale,
    RunDataset,
    Seed,
    TrainedModel,
    command_line,
    data_of,
    folder_of,
    load_data,
)
from .start import start


def data(name: DatasetName, data_dir: DataDir = None, rescale: Rescale = None) -> None:
    """Load a data set, check it, count its rows, and say how it is scaled."""
    start(keras=False)
    loaded = load_data(name, data_dir, rescale=rescale)
    out.print(loaded.source)
    parts = {"train": loaded.train, "validation": loaded.validation, "test": loaded.test}
    low = min(part.x.min() for part in parts.values())
    high = max(part.x.max() for part in parts.values())
    span = f"{loaded.features} features a row, {low:g} to {high:g}"
    out.print(f"{span}: {loaded.scaling}")
    rows = {}
    for label, part in parts.items():
        numbers = range(len(loaded.classes))
        counts = {loaded.classes[number]: int((part.y == number).sum()) for number in numbers}
        by_class = "  ".join(f"{key} {count:,}" for key, count in counts.items())
        out.print(f"{label:<10} {len(part):>7,} rows:  {by_class}")
        rows[label] = {"rows": len(part), "classes": counts}
    out.result(
        {
            "name": loaded.name,
            "source": loaded.source,
            "features": loaded.features,
            "low": float(low),
            "high": float(high),
            "scaling": asdict(loaded.scaling),
            "notes": loaded.notes,
            "parts": rows,
        }
    )


def train(
    dataset: DatasetName,
    network: Annotated[
        str,
        typer.Option(
            help="dense, tvscm, softmax, dense-small, circulant, low-rank, dense-pruned, "
            "dense-clustered; a small CNN: cnn-small, cnn-parameters, cnn-bytes, cnn-operations; "
            "of beats with their rhythm: rhythm, rhythm-numbers, rhythm-linear, rhythm-cnn, "
            "rhythm-dense; a stack of filters: heads, heads-random, stack, tiny, fast, fastest; or "
            "one written out, as in filters=8,near=5,pool=2+filters=16,near=3."
        ),
    ] = "tvscm",
    pattern: Annotated[
        str | None,
        typer.Option(
            help="banded, complete, random:k=1,seed=7, half:seed=3, offsets:a=0+3,b=1, learned "
            "or learned:nonzeros=8,window=15x15; by default the best fixed one known."
        ),
    ] = None,
    seed: Seed = 0,
    epochs: Epochs = None,
    learning_rate: Annotated[float | None, typer.Option(help="Adam's, at the start.")] = None,
    balanced: Annotated[
        bool | None,
        typer.Option(
            "--balanced/--no-balanced",
            help="Let rare classes, and records with few beats, weigh more; by default for beats "
            "with their rhythm.",
        ),
    ] = None,
    offsets: Annotated[
        str | None,
        typer.Option(help="Added to the classes' scores at the end, as in 0,-0.5,-1,-2."),
    ] = None,
    data_dir: DataDir = None,
    rescale: Rescale = None,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="Run folder; by default under runs/.")
    ] = None,
) -> None:
    """Train a network into a run folder; the same command goes on after a kill.

    \b
    Examples:
      tvscm train mnist-excerpt --network fast
      tvscm train mine.npz --pattern random:k=2,seed=7 --out runs/mine
    """
    start("datasets")
    from keras_tvscm.training.beat_figures import sentence
    from keras_tvscm.training.recipe import recipe_for, run_name
    from keras_tvscm.training.run import train as train_run

    changes: dict[str, Any] = {"seed": seed, "epochs": epochs, "learning_rate": learning_rate}
    changes |= {"balanced": balanced, "offsets": offsets}
    recipe = recipe_for(dataset, network, pattern=pattern, **changes)
    loaded = load_data(dataset, data_dir, rescale=rescale)
    folder = output or Path("runs") / run_name(recipe)
    with epochs_bar(recipe.epochs, f"training {network} on {loaded.name}") as progress:
        metrics = train_run(recipe, loaded, folder, progress)
    test = metrics["test"]
    out.print(
        f"{network} on {loaded.name}: {metrics['parameters']:,} parameters, "
        f"test accuracy {100 * test['accuracy']:.2f} %, macro-F1 {test['macro_f1']:.3f}"
    )
    if beats := metrics.get("ec57", {}).get("test"):
        out.print(sentence(beats["all"]))
        out.print(NOTICE)
    out.result(metrics, folder / "model.keras")


def compress(
    model: TrainedModel,
    dataset: RunDataset = None,
    pattern: Annotated[str, typer.Option(help="Of the new layers, as for train.")] = "learned",
    layer: Annotated[
        list[str] | None,
        typer.Option(help="A Dense layer to swap; repeatable. By default all but the last."),
    ] = None,
    initial: Annotated[
        str, typer.Option(help="Start from the nearest matrix, from new values, or auto.")
    ] = "auto",
    labels: Annotated[
        bool, typer.Option("--labels", help="Train on the labels, not on the model's answers.")
    ] = False,
    epochs: Annotated[
        int, typer.Option(help="Passes over the training part.")
    ] = defaults.DISTILLATION_EPOCHS,
    learning_rate: LearningRate = defaults.DISTILLATION_LEARNING_RATE,
    temperature: Annotated[
        float, typer.Option(help="Of the model's answers.")
    ] = defaults.TEMPERATURE,
    seed: Seed = 0,
    data_dir: DataDir = None,
    rescale: Rescale = None,
    output: KerasOutput = None,
    overwrite: Overwrite = False,
) -> None:
    """Swap a trained model's Dense layers for TVSCM, train on, and compare both.

    \b
    Examples:
      tvscm compress mine.keras --dataset mine.npz -o small.keras
      tvscm compress mine.keras --dataset mine.npz --layer hidden --epochs 100
    """
    start("datasets")
    from keras.callbacks import LambdaCallback

    from keras_tvscm.eval.studies.compression import comparison, compress_classifier
    from keras_tvscm.models import loading

    given = loading.load(model)
    path = output or _beside(model, "compressed")
    loaded = data_of(model, dataset, data_dir, rescale)
    _check_output(path, overwrite)
    with epochs_bar(epochs, f"compressing {model.name}") as progress:
        compressed, record = compress_classifier(
            given,
            loaded,
            pattern=pattern,
            layers=layer,
            initial=initial,
            labels=labels,
            epochs=epochs,
            learning_rate=learning_rate,
            temperature=temperature,
            seed=seed,
            callbacks=[LambdaCallback(on_epoch_end=lambda epoch, logs: progress(epoch + 1, {}))],
        )
    saved = _save(path, compressed, record)
    out.print(comparison(record))
    before, after = (100 * record[name]["validation"]["accuracy"] for name in ("before", "after"))
    if before - after > 1:
        out.note(
            f"{before - after:.1f} points of validation accuracy went: more --epochs, --layer NAME "
            "to swap fewer layers, or another --pattern may keep more"
        )
    out.result(saved, path)


def quantize_aware(
    model: TrainedModel,
    dataset: RunDataset = None,
    lowering: Annotated[
        str,
        typer.Option(
            help="What convert will lower TVSCM layers with: unrolled, fc-sum, maximum, "
            "convolution, gather, pack, polyphase or dense."
        ),
    ] = "unrolled",
    epochs: Annotated[
        int, typer.Option(help="Passes over the training part.")
    ] = defaults.QUANTIZATION_AWARE_EPOCHS,
    learning_rate: LearningRate = defaults.QUANTIZATION_AWARE_LEARNING_RATE,
    batch_size: Annotated[int, typer.Option(help="Rows a step.")] = defaults.BATCH,
    seed: Seed = 0,
    data_dir: DataDir = None,
    rescale: Rescale = None,
    output: KerasOutput = None,
    overwrite: Overwrite = False,
) -> None:
    """Train a model on with int8's rounding in the way; convert the result as always."""
    start("qat", "datasets", tensorflow=True)
    from keras_tvscm.convert.quantization_aware import quantization_aware
    from keras_tvscm.datasets.match import check_fits
    from keras_tvscm.machine import machine, versions
    from keras_tvscm.models import loading
    from keras_tvscm.training.fit import evaluate

    given = loading.load(model)
    path = output or _beside(model, "quantize-aware")
    loaded = data_of(model, dataset, data_dir, rescale)
    check_fits(given, loaded)
    _check_output(path, overwrite)
    settings: dict[str, Any] = {
        "epochs": epochs,
        "learning_rate": learning_rate,
        "batch_size": batch_size,
        "seed": seed,
        "lowering": lowering,
    }
    x = loaded.train.x.reshape(-1, *given.inputs[0].shape[1:])
    with epochs_bar(epochs, f"training {model.name} on") as progress:
        rounded = quantization_aware(given, x, loaded.train.y, progress=progress, **settings)
    record: dict[str, Any] = {"dataset": loaded.name, **settings}
    for name, network in (("before", given), ("after", rounded)):
        record[name] = {
            part: evaluate(network, split, len(loaded.classes)).to_json()
            for part, split in (("validation", loaded.validation), ("test", loaded.test))
        }
    saved = _save(path, rounded, record | {"machine": machine(), "versions": versions()})
    before, after = (100 * record[name]["test"]["accuracy"] for name in ("before", "after"))
    out.print(f"float test accuracy {before:.2f} -> {after:.2f} %")
    out.result(saved, path)


def _beside(model: Path, what: str) -> Path:
    """Where the result goes by default: into the run folder, or beside the user's file."""
    return folder_of(model) / (f"{model.stem}-{what}.keras" if model.is_file() else f"{what}.keras")


def _check_output(path: Path, overwrite: bool) -> None:
    """Before minutes of training, not after."""
    if path.suffix != ".keras":
        raise InputError(f"{path} is not named .keras; choose such an output")
    if not overwrite:
        check_ours(path, _record_of(path))
    make_folder(path.parent)


def _record_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _save(path: Path, network: Any, record: dict[str, Any]) -> dict[str, Any]:
    """Write a network and its record, and return the record as it was written."""
    with Outputs() as outputs:
        # The record first: by it the next call knows that the model is its own.
        written = outputs.file(_record_of(path))
        temporary = outputs.file(path)
        network.save(temporary, include_optimizer=False)
        sha256 = hashlib.sha256(temporary.read_bytes()).hexdigest()
        record = {"command": command_line(), "sha256": sha256, **record}
        written.write_text(as_text(record) + "\n")
    return record


def summary(
    model: TrainedModel,
) -> None:
    """Show what each layer of a model holds and computes, beside a Dense layer in its place.

    \b
    Examples:
      tvscm summary mine.keras
      tvscm summary zoo:mnist-fast
    """
    start()
    from keras_tvscm.models import loading
    from keras_tvscm.models.summary import notes, rows, table

    loaded = loading.load(model)
    said = notes(loaded)
    out.print(table(loaded))
    for note in said:
        out.print(note)
    out.result({"layers": [asdict(row) for row in rows(loaded)], "notes": said})
