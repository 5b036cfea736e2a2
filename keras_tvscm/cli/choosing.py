"""Commands that look for a better network: `search`, `explore`, `reproduce`."""

from pathlib import Path
from typing import Annotated

import typer

from keras_tvscm import datasets
from keras_tvscm.console import epochs_bar, import_tensorflow, out

from .options import DataDir, DatasetName, Epochs, Tries, Workers, command_line


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


def explore(
    dataset: DatasetName,
    parameters: Annotated[int, typer.Option(help="The most that a network may have.")],
    operations: Annotated[
        int | None, typer.Option(help="The most of one inference; by default any number.")
    ] = None,
    candidates: Annotated[int, typer.Option(help="Networks to try.")] = 24,
    seeds: Annotated[int, typer.Option(help="Trainings of each of the best.")] = 3,
    epochs: Epochs = None,
    seed: Annotated[int, typer.Option(help="Draws the networks.")] = 0,
    workers: Workers = None,
    data_dir: DataDir = None,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder; by default under runs/.")
    ] = None,
) -> None:
    """Find the most accurate network of heads within a size, on validation rows."""
    import_tensorflow()
    from joblib import cpu_count

    from keras_tvscm.explore import Limits
    from keras_tvscm.explore import explore as run

    folder = output or Path("runs") / f"explore-{Path(dataset).stem}-{parameters}"
    results = run(
        datasets.load(dataset, data_dir),
        folder,
        epochs_bar,
        limits=Limits(parameters, operations),
        count=candidates,
        seeds=seeds,
        epochs=epochs,
        seed=seed,
        workers=cpu_count() if workers is None else workers,
        command=command_line(),
    )
    out.print((folder / "results.md").read_text(encoding="utf-8"), markup=False)
    best = results["table"][0]["network"]
    out.print(f"tvscm train {dataset} --network {best}", markup=False)


def reproduce(
    dataset: DatasetName,
    seeds: Annotated[int, typer.Option(help="Trainings per row of the table.")] = 5,
    draws: Annotated[int, typer.Option(help="Patterns tried of each drawn kind.")] = 20,
    tries: Tries = 40,
    epochs: Epochs = None,
    workers: Workers = None,
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
        command=command_line(),
    )
    out.print((folder / "results.md").read_text(encoding="utf-8"), markup=False)
    out.print(str(folder / "results.json"), markup=False)
