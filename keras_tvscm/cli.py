"""`tvscm`: the whole line from a data set to a report, one command a stage."""

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from keras_tvscm import datasets
from keras_tvscm.console import epochs_bar, err, import_tensorflow, out
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import make_folder

# Keras, TensorFlow and what imports them take seconds to load: each command imports what
# it needs, so that --help and a wrong option answer at once.

app = typer.Typer(
    name="tvscm",
    help="Train, convert and compare networks whose square Dense layer has two weights.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

DatasetName = Annotated[
    str, typer.Argument(help=f"{', '.join(datasets.NAMES)}, or your own arrays as an .npz file.")
]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder with the published files; else $TVSCM_DATA, else a download."),
]
Seed = Annotated[int, typer.Option(help="Seed of the weights, batches and drawn patterns.")]
Epochs = Annotated[int | None, typer.Option(help="Passes over the training part.")]
Tries = Annotated[int, typer.Option(help="Drawn offsets that each step of the search tries.")]
Rounds = Annotated[int, typer.Option(min=1, help="Timed loops per model.")]


@app.command()
def data(name: DatasetName, data_dir: DataDir = None) -> None:
    """Load a data set, check it, and count its rows."""
    loaded = datasets.load(name, data_dir)
    out.print(loaded.source, markup=False)
    parts = {"train": loaded.train, "validation": loaded.validation, "test": loaded.test}
    out.print(f"{loaded.features} features a row", markup=False)
    for label, part in parts.items():
        counts = [int((part.y == number).sum()) for number in range(len(loaded.classes))]
        by_class = "  ".join(
            f"{key} {count:,}" for key, count in zip(loaded.classes, counts, strict=True)
        )
        out.print(f"{label:<10} {len(part):>7,} rows:  {by_class}", markup=False)


@app.command()
def train(
    dataset: DatasetName,
    network: Annotated[
        str,
        typer.Option(
            help="dense, tvscm, softmax, dense-small, circulant, or a stack of heads: "
            "heads, heads-random, stack, tiny, fast, fastest."
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
    data_dir: DataDir = None,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="Run folder; by default under runs/.")
    ] = None,
) -> None:
    """Train a network into a run folder; the same command goes on after a kill."""
    import_tensorflow()
    from keras_tvscm import training

    changes = {"seed": seed, "epochs": epochs, "learning_rate": learning_rate}
    recipe = training.recipe_for(dataset, network, pattern=pattern, **changes)
    loaded = datasets.load(dataset, data_dir)
    folder = output or Path("runs") / training.run_name(recipe)
    with epochs_bar(recipe.epochs, f"training {network} on {loaded.name}") as progress:
        metrics = training.train(recipe, loaded, folder, progress)
    test = metrics["test"]
    out.print(
        f"{network} on {loaded.name}: {metrics['parameters']:,} parameters, "
        f"test accuracy {100 * test['accuracy']:.2f} %, macro-F1 {test['macro_f1']:.3f}",
        markup=False,
    )
    out.print(str(folder / "model.keras"), markup=False)


@app.command()
def convert(
    model: Annotated[Path, typer.Argument(help="A run folder, or a .keras file.")],
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="The .tflite file to write.")
    ] = None,
    lowering: Annotated[
        str | None,
        typer.Option(
            help="unrolled, fc-sum, maximum, convolution, gather or dense; by default unrolled, "
            "and convolution for heads."
        ),
    ] = None,
    dtype: Annotated[str, typer.Option(help="int8 or float32.")] = "int8",
    dataset: Annotated[
        str | None,
        typer.Option(help="Calibrates and verifies; by default what the run was trained on."),
    ] = None,
    data_dir: DataDir = None,
    calibration_rows: Annotated[
        int, typer.Option(help="Training rows that set the int8 ranges.")
    ] = 500,
    seed: Annotated[int, typer.Option(help="Draws the calibration rows.")] = 0,
    name: Annotated[str | None, typer.Option(help="What tables call the model.")] = None,
    collapse: Annotated[
        bool, typer.Option(help="Fold a layer whose ReLU never clips into the head.")
    ] = True,
) -> None:
    """Convert a trained model to TFLite, verified: equal within bounds, or not written."""
    import_tensorflow()
    from keras_tvscm import saved_model
    from keras_tvscm.convert import convert as run
    from keras_tvscm.training import dataset_of

    loaded_model = saved_model.load(model)
    folder = model if model.is_dir() else model.parent
    loaded = datasets.load(dataset or dataset_of(folder), data_dir)
    conversion = run(
        loaded_model,
        loaded,
        lowering=lowering,
        dtype=dtype,
        calibration_rows=calibration_rows,
        seed=seed,
        name=name,
        collapsing=collapse,
    )
    record = conversion.record
    words = [*dict.fromkeys(record["lowerings"].values()), dtype]
    path = output or folder / f"{'-'.join(words)}.tflite"
    conversion.save(path)
    for reason in record["collapsed"]:
        out.print(f"{reason}: it was folded into the Dense layer after it", markup=False)
    for reason in record["linear"]:
        out.print(f"{reason}: the Dense layer after it could do its work", markup=False)
    found = record["verification"]
    out.print(
        f"{record['name']}: {record['bytes']:,} bytes; on "
        f"{found['rows']:,} rows ({found['source']}) top-1 agreement {found['agreement']:.2%}, "
        f"accuracy {100 * found['accuracy_keras']:.2f} -> "
        f"{100 * found['accuracy_converted']:.2f} %, float error {found['float_error']:.0e}",
        markup=False,
    )
    out.print(str(path), markup=False)


@app.command()
def summary(
    model: Annotated[Path, typer.Argument(help="A run folder, or a .keras file.")],
) -> None:
    """Show what each layer of a model holds and computes, beside a Dense layer in its place."""
    import_tensorflow()
    from keras_tvscm import saved_model
    from keras_tvscm.summary import notes, table

    loaded = saved_model.load(model)
    out.print(table(loaded))
    for note in notes(loaded):
        out.print(note, markup=False)


@app.command()
def evaluate(
    models: Annotated[list[Path], typer.Argument(help="The .tflite files to compare.")],
    dataset: Annotated[
        str | None, typer.Option(help="By default what the first model was converted with.")
    ] = None,
    data_dir: DataDir = None,
    runtime: Annotated[
        list[str] | None, typer.Option(help="litert-xnnpack, litert-builtin, tflm; repeatable.")
    ] = None,
    rounds: Rounds = 50,
    seed: Annotated[int, typer.Option(help="Of the order within a round.")] = 0,
    baselines: Annotated[
        Path, typer.Option(help="Where trained baselines are kept from run to run.")
    ] = Path("runs/baselines"),
    baseline_epochs: Epochs = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")] = Path(
        "report"
    ),
) -> None:
    """Compare models on real runtimes, beside the dense network and softmax regression."""
    import_tensorflow()
    from keras_tvscm.eval import report
    from keras_tvscm.eval.baselines import baselines as train_baselines
    from keras_tvscm.eval.compare import compare
    from keras_tvscm.eval.model import read_model
    from keras_tvscm.eval.runtimes import NAMES
    from keras_tvscm.eval.runtimes import runtime as named

    for name in runtime or []:
        named(name)
    read = [read_model(path) for path in models]
    dataset = dataset or read[0].record.get("dataset")
    if dataset is None:
        raise InputError(f"{models[0]} has no record of its data set; pass --dataset")
    loaded = datasets.load(dataset, data_dir)
    # Before minutes of measuring, not after.
    make_folder(output)
    beside = train_baselines(loaded, baselines, read, epochs=baseline_epochs, bar=epochs_bar)
    with err.status("measuring") as status:
        comparison = compare(
            [*read, *beside],
            loaded,
            list(runtime or NAMES),
            rounds=rounds,
            seed=seed,
            progress=lambda message: status.update(message),
            command=shlex.join(["tvscm", *sys.argv[1:]]),
        )
    page = report.write(comparison, output)
    out.print((output / "report.md").read_text(encoding="utf-8"), markup=False)
    out.print(str(page), markup=False)


@app.command()
def search(
    dataset: DatasetName,
    nonzeros: Annotated[int, typer.Option(help="The largest budget of nonzero offsets.")] = 8,
    tries: Tries = 40,
    seed: Annotated[int, typer.Option(help="Of the offsets that are tried.")] = 0,
    data_dir: DataDir = None,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="JSON file; by default under runs/.")
    ] = None,
) -> None:
    """Find sparse patterns by validation accuracy; the same command goes on after a kill."""
    import_tensorflow()
    from keras_tvscm.search import search as run

    loaded = datasets.load(dataset, data_dir)
    path = output or Path("runs") / f"search-{loaded.name}.json"
    with epochs_bar(nonzeros, f"searching {loaded.name}") as progress:
        found = run(loaded, nonzeros, path, tries=tries, seed=seed, progress=progress)
    for one in found:
        out.print(
            f"{100 * one.accuracy:.2f} % with a ridge head  {one.pattern.label}", markup=False
        )
    out.print(str(path), markup=False)


@app.command()
def reproduce(
    dataset: DatasetName,
    seeds: Annotated[int, typer.Option(help="Trainings per row of the table.")] = 5,
    draws: Annotated[int, typer.Option(help="Patterns tried of each drawn kind.")] = 20,
    tries: Tries = 40,
    epochs: Epochs = None,
    workers: Annotated[
        int | None, typer.Option(help="Trainings at a time; by default one a core.")
    ] = None,
    ray: Annotated[
        str | None, typer.Option(help="Train on a Ray cluster: host:port, auto or local.")
    ] = None,
    data_dir: DataDir = None,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder; by default under runs/.")
    ] = None,
) -> None:
    """Make the accuracy study again; the same command goes on after a kill."""
    import_tensorflow()
    from joblib import cpu_count

    from keras_tvscm import reproduce as study

    folder = output or Path("runs") / f"reproduce-{Path(dataset).stem}"
    study.reproduce(
        datasets.load(dataset, data_dir),
        folder,
        epochs_bar,
        seeds=seeds,
        draws=draws,
        tries=tries,
        epochs=epochs,
        workers=cpu_count() if workers is None else workers,
        ray=ray,
        command=shlex.join(["tvscm", *sys.argv[1:]]),
    )
    out.print((folder / "results.md").read_text(encoding="utf-8"), markup=False)
    out.print(str(folder / "results.json"), markup=False)


@app.command()
def demo(
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the demo.")] = Path(
        "runs/demo"
    ),
    epochs: Annotated[int, typer.Option(help="Passes over the training part.")] = 120,
    rounds: Rounds = 50,
) -> None:
    """The whole line on 8 x 8 digits, without a download: train, convert, compare, report."""
    models = []
    # Two whose ReLUs clip: others, trained on these images, are softmax regressions.
    for pattern in ("random:k=1,seed=15", "half:seed=3"):
        run = output / pattern
        train("digits", pattern=pattern, epochs=epochs, output=run)
        models.append(run / "int8.tflite")
        convert(run, output=models[-1])
    evaluate(
        models,
        rounds=rounds,
        baselines=output / "baselines",
        baseline_epochs=epochs,
        output=output / "report",
    )


def main() -> None:
    """Run a command: 0 done, 1 a result failed its check, 2 bad input, 130 interrupted."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        code = app(standalone_mode=False)
        # Typer turns an interruption into this code; its older versions raise Abort.
        if code == 130:
            raise KeyboardInterrupt
        sys.exit(code)
    except CheckError as error:
        _stop(str(error), 1)
    except InputError as error:
        _stop(str(error), 2)
    except (KeyboardInterrupt, typer.Abort):
        _stop("stopped; the same command goes on, training from its last finished epoch", 130)
    except Exception as error:
        # Typer gives its usage errors (unknown option, missing argument) no public name.
        if not hasattr(error, "format_message"):
            raise
        _stop(f"{error.format_message().rstrip('.')}; see tvscm --help", 2)


def _stop(message: str, code: int) -> None:
    err.print(f"tvscm: {' '.join(message.split())}", markup=False, style="red")
    sys.exit(code)
