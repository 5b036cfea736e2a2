"""Studies: commands that take minutes to hours and whose results are recorded."""

from pathlib import Path
from typing import Annotated

import typer

from keras_tvscm.errors import InputError
from keras_tvscm.files import Outputs, make_folder

from .console import epochs_bar, out, steps_bar
from .options import DataDir, DatasetName, Epochs, Rounds, Tries, Workers, command_line, load_data
from .start import start


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
    start("datasets")
    from keras_tvscm.training.pattern_search import search as run

    loaded = load_data(dataset, data_dir)
    path = output or Path("runs") / f"search-{Path(loaded.name).stem}.json"
    with epochs_bar(nonzeros, f"searching {loaded.name}") as progress:
        ranking = run(loaded, nonzeros, path, tries=tries, seed=seed, progress=progress)
    for candidate in ranking:
        out.print(f"{100 * candidate.accuracy:.2f} % with a ridge head  {candidate.pattern.label}")
    patterns = [
        {"pattern": candidate.pattern.spec, "accuracy": candidate.accuracy} for candidate in ranking
    ]
    out.result({"dataset": loaded.name, "patterns": patterns}, path)


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
    start("datasets")
    from joblib import cpu_count

    from keras_tvscm.eval.studies.explore import Limits
    from keras_tvscm.eval.studies.explore import explore as run

    folder = output or Path("runs") / f"explore-{Path(dataset).stem}-{parameters}"
    results = run(
        load_data(dataset, data_dir),
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
    out.print((folder / "results.md").read_text(encoding="utf-8"))
    out.result(results, folder / "results.json")
    best = results["table"][0]["network"]
    out.print(f"tvscm train {dataset} --network {best}")


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
    network: Annotated[
        list[str] | None,
        typer.Option(help="Train this row alone again, into the folder's results; repeatable."),
    ] = None,
    data_dir: DataDir = None,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder; by default under runs/.")
    ] = None,
) -> None:
    """Make the accuracy study again; the same command goes on after a kill."""
    start("datasets")
    from joblib import cpu_count

    from keras_tvscm.eval.studies import accuracy as study

    folder = output or Path("runs") / f"reproduce-{Path(dataset).stem}"
    results = study.reproduce(
        load_data(dataset, data_dir),
        folder,
        epochs_bar,
        seeds=seeds,
        draws=draws,
        tries=tries,
        epochs=epochs,
        workers=cpu_count() if workers is None else workers,
        ray=ray,
        networks=network or (),
        command=command_line(),
    )
    out.print((folder / "results.md").read_text(encoding="utf-8"))
    out.result(results, folder / "results.json")


def rhythm(
    seeds: Annotated[int, typer.Option(help="Trainings of each network.")] = 5,
    workers: Workers = 1,
    data_dir: DataDir = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path(
        "runs/rhythm"
    ),
) -> None:
    """Networks of beats with their rhythm, on new patients; goes on after a kill."""
    start("convert", "datasets", tensorflow=True)
    from joblib import cpu_count

    from keras_tvscm.eval.studies import rhythm as study

    make_folder(output)
    results = study.study(
        data_dir,
        output,
        epochs_bar,
        seeds=seeds,
        workers=cpu_count() if workers is None else workers,
        command=command_line(),
    )
    out.print((output / "rhythm.md").read_text(encoding="utf-8"))
    out.result(results, output / "rhythm.json")


def beat_detection(
    detector: Annotated[
        list[str] | None,
        typer.Option(help="tvscm, xqrs, gqrs; repeatable. The last two take minutes a record."),
    ] = None,
    record: Annotated[
        list[int] | None, typer.Option(help="Of MIT-BIH; repeatable. By default all 48.")
    ] = None,
    data_dir: DataDir = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path(
        "runs/beat-detection"
    ),
) -> None:
    """Count the heartbeats that detectors find; the same command goes on after a kill."""
    start("datasets", "eval", keras=False)
    from keras_tvscm.eval.studies import beat_detection as study

    with steps_bar("detecting") as progress:
        results = study.study(
            output,
            detectors=detector or tuple(study.DETECTORS),
            records=record or study.ALL,
            data_dir=data_dir,
            progress=progress,
            command=command_line(),
        )
    page = study.as_markdown(results)
    with Outputs() as outputs:
        outputs.text(output / "beat-detection.md", page)
        outputs.json(output / "beat-detection.json", results)
    out.print(page)
    out.result(results, output / "beat-detection.json")


def front_end(
    model: Annotated[Path, typer.Argument(help="An int8 .tflite of heartbeat-rhythm.")],
    record: Annotated[
        list[int] | None, typer.Option(help="Of MIT-BIH; repeatable. By default all 48.")
    ] = None,
    data_dir: DataDir = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path(
        "runs/front-end"
    ),
) -> None:
    """Compare the C of front end and network with Python on whole records, and count it."""
    start("datasets", "eval", "cortex-m", keras=False)
    from keras_tvscm.convert.firmware import identifier
    from keras_tvscm.convert.tflite.flatbuffer import check
    from keras_tvscm.eval.studies import front_end as study

    try:
        content = model.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {model}: {error.strerror}") from error
    check(content)
    make_folder(output)
    with steps_bar("comparing") as progress:
        results = study.study(
            content,
            identifier(model.stem),
            records=record or study.ALL,
            data_dir=data_dir,
            progress=progress,
            command=command_line(),
        )
    page = study.as_markdown(results)
    with Outputs() as outputs:
        outputs.text(output / "front-end.md", page)
        outputs.json(output / "front-end.json", results)
    out.print(page)
    out.result(results, output / "front-end.json")


def calibrate_costs(
    runtime: Annotated[
        list[str] | None,
        typer.Option(
            help="litert-xnnpack, tflm, android[:SERIAL]; repeatable. By default the first two."
        ),
    ] = None,
    width: Annotated[
        list[int] | None, typer.Option(min=2, help="Of the layers; repeatable.")
    ] = None,
    pattern: Annotated[
        list[str] | None,
        typer.Option(help="As for train, or a network of filters: stack, fast; repeatable."),
    ] = None,
    dtype: Annotated[list[str] | None, typer.Option(help="int8, float32; repeatable.")] = None,
    rounds: Rounds = 30,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the tables.")] = Path(
        "runs/costs"
    ),
) -> None:
    """Measure what TFLite's operators cost here, for convert to pick the fastest lowering."""
    start("convert", tensorflow=True)
    from keras_tvscm.convert.choose.costs import to_json
    from keras_tvscm.convert.runtimes import check_names
    from keras_tvscm.eval.studies import lowering_times as study

    kinds = [name.partition(":")[0] for name in runtime or []]
    check_names(kinds, (*study.RUNTIMES, "android"))
    if len(set(kinds)) < len(kinds):
        raise InputError("one table a runtime: give one device at a time")
    for name in dtype or []:
        if name not in study.DTYPES:
            raise InputError(f"Unknown dtype {name!r}; expected one of {', '.join(study.DTYPES)}")
    # Before minutes of measuring, not after.
    make_folder(output)
    with steps_bar("measuring") as progress:
        tables, results = study.calibrate(
            runtimes=runtime or study.RUNTIMES,
            widths=width or study.WIDTHS,
            patterns=pattern or (*study.PATTERNS, *study.NETWORKS),
            dtypes=dtype or study.DTYPES,
            rounds=rounds,
            progress=progress,
            command=command_line(),
        )
    origin = {"command": results["command"], "machine": results["machine"]}
    origin["versions"] = results["versions"]
    page = study.as_markdown(results)
    with Outputs() as outputs:
        for table in tables:
            place = results["places"].get(table.runtime)
            device = {"device": place} if place else {}
            outputs.json(output / f"{table.runtime}.json", to_json(table) | origin | device)
        outputs.text(output / "lowerings.md", page)
        outputs.json(output / "lowerings.json", results)
    out.print(page)
    out.result(results, output)


def verify_lowerings(
    width: Annotated[
        list[int] | None,
        typer.Option(help="64 (digits), 187 (heartbeat), 784, 1000, 1024 (mnist); repeatable."),
    ] = None,
    pattern: Annotated[
        list[str] | None,
        typer.Option(help="banded, complete, random, half, learned; repeatable."),
    ] = None,
    network: Annotated[
        list[str] | None, typer.Option(help="layer, heads, averaged; repeatable.")
    ] = None,
    steps: Annotated[int, typer.Option(min=4, help="Batches of training of each network.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of weights, batches and calibration rows.")] = 0,
    data_dir: DataDir = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path(
        "runs/verification"
    ),
) -> None:
    """Convert trained networks in every way there is; the same command goes on after a kill."""
    start("convert", "datasets", tensorflow=True)
    from keras_tvscm.eval.studies import lowering_agreement as study

    with steps_bar("verifying") as progress:
        results = study.study(
            output,
            widths=width or study.WIDTHS,
            patterns=pattern or study.PATTERNS,
            networks=network or study.NETWORKS,
            steps=steps,
            seed=seed,
            data_dir=data_dir,
            progress=progress,
            command=command_line(),
        )
    page = study.as_markdown(results)
    with Outputs() as outputs:
        outputs.text(output / "verification.md", page)
        outputs.json(output / "verification.json", results)
    out.print(page)
    out.result(results, output / "verification.json")


def training_cost(
    rounds: Annotated[int, typer.Option(min=1, help="Timed epochs of each network.")] = 5,
    rows: Annotated[int, typer.Option(min=1, help="Rows of an epoch.")] = 54_000,
    width: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            help="A width to measure memory at; repeatable. By default 1024, "
            "4096, 16384 and 65536.",
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path(
        "runs/training-cost"
    ),
) -> None:
    """Time epochs beside the dense network's; measure peak memory over the width."""
    start("datasets")
    from keras_tvscm.eval.studies.training_cost import WIDTHS, as_markdown
    from keras_tvscm.eval.studies.training_cost import training_cost as run

    # Before minutes of measuring, not after.
    make_folder(output)
    with steps_bar("measuring") as progress:
        results = run(
            rows=rows,
            rounds=rounds,
            widths=width or WIDTHS,
            progress=progress,
            command=command_line(),
        )
    page = as_markdown(results)
    with Outputs() as outputs:
        outputs.text(output / "training-cost.md", page)
        outputs.json(output / "training-cost.json", results)
    out.print(page)
    out.result(results, output / "training-cost.json")


def native(
    part: Annotated[
        list[str] | None,
        typer.Option(help="instructions, equality, times; repeatable. By default all."),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="mnist-dense, -stack, -fast, -tvscm, heartbeat-...; repeatable."),
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="Test rows to compare; by default all.")
    ] = None,
    arm64_rows: Annotated[int, typer.Option(min=1, help="Of them on emulated arm64.")] = 1000,
    windows: Annotated[int, typer.Option(min=1, help="Processes that time, in turns.")] = 5,
    rounds: Rounds = 30,
    data_dir: DataDir = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path(
        "runs/native"
    ),
) -> None:
    """Count, compare and time the C for vectors; parts that were recorded there before stay."""
    start("eval", "convert", "datasets", "cortex-m", tensorflow=True)
    from keras_tvscm.eval.studies import native as study

    for name, known in (
        *((name, study.PARTS) for name in part or []),
        *((name, study.NETWORKS) for name in network or []),
    ):
        if name not in known:
            raise InputError(f"Unknown name {name!r}; expected one of {', '.join(known)}")
    # Before minutes of measuring, not after.
    make_folder(output)
    with steps_bar("measuring") as progress:
        results = study.study(
            part or study.PARTS,
            network or study.NETWORKS,
            data_dir=data_dir,
            rows=rows,
            arm64_rows=arm64_rows,
            windows=windows,
            rounds=rounds,
            progress=progress,
            command=command_line(),
        )
    results = study.joined(output / "native.json", results)
    page = study.as_markdown(results)
    with Outputs() as outputs:
        outputs.text(output / "native.md", page)
        outputs.json(output / "native.json", results)
    out.print(page)
    out.result(results, output / "native.json")


def make_zoo(
    name: Annotated[list[str] | None, typer.Option(help="Of the zoo; repeatable.")] = None,
    runs: Annotated[Path, typer.Option(help="Folder of the run folders.")] = Path("runs/zoo-runs"),
    data_dir: DataDir = None,
    output: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the networks and their cards.")
    ] = Path("runs/zoo"),
) -> None:
    """Train, convert and count the networks that ship; the same command goes on after a kill."""
    start("eval", "convert", "datasets", "cortex-m", tensorflow=True)
    from keras_tvscm.eval.studies.zoo import make
    from keras_tvscm.zoo import NAMES, folder

    for each in name or []:
        folder(each)
    cards = make(output, names=name or NAMES, runs=runs, data_dir=data_dir, bar=epochs_bar)
    for card in cards:
        out.print(str(card))
    out.result([card.to_json() for card in cards], output)
