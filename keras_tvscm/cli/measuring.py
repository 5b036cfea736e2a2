"""Commands that measure: `evaluate`, `microcontroller`, `calibrate-costs` and others."""

from pathlib import Path
from typing import Annotated

import typer

from keras_tvscm import datasets
from keras_tvscm.console import epochs_bar, err, import_tensorflow, out
from keras_tvscm.errors import InputError
from keras_tvscm.files import make_folder, write_json, write_text

from .options import DataDir, Epochs, Rounds, command_line


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
    from keras_tvscm.convert.runtimes import IN_PROCESS, check_names
    from keras_tvscm.eval import report
    from keras_tvscm.eval.baselines import baselines as train_baselines
    from keras_tvscm.eval.compare import compare
    from keras_tvscm.eval.model import read_model

    check_names(runtime or [], IN_PROCESS)
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
            list(runtime or IN_PROCESS),
            rounds=rounds,
            seed=seed,
            progress=lambda message: status.update(message),
            command=command_line(),
        )
    page = report.write(comparison, output)
    out.print((output / "report.md").read_text(encoding="utf-8"), markup=False)
    out.print(str(page), markup=False)


def microcontroller(
    models: Annotated[
        list[Path],
        typer.Argument(help="The .tflite files, int8; of one or several data sets."),
    ],
    data_dir: DataDir = None,
    core: Annotated[
        list[str] | None,
        typer.Option(help="cortex-m0, -m4, -m7, -m33; repeatable. By default all four."),
    ] = None,
    rows: Annotated[
        int, typer.Option(min=1, help="Test rows to run on each core; this machine runs all.")
    ] = 1000,
    rounds: Annotated[
        int, typer.Option(min=0, help="Timed loops per model in TFLite-Micro here; 0 for none.")
    ] = 50,
    baselines: Annotated[
        Path, typer.Option(help="Where trained baselines are kept from run to run.")
    ] = Path("runs/baselines"),
    baseline_epochs: Epochs = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path(
        "runs/microcontroller"
    ),
) -> None:
    """Generate C, check it on every test row, count it on emulated Cortex-M cores."""
    import_tensorflow()
    from keras_tvscm.convert.runtimes import Unavailable
    from keras_tvscm.eval.baselines import baselines as train_baselines
    from keras_tvscm.eval.cortex_m import CORES
    from keras_tvscm.eval.microcontroller import as_markdown, study
    from keras_tvscm.eval.model import Model, read_model

    for name in core or []:
        if name not in CORES:
            raise InputError(f"Unknown core {name!r}; expected one of {', '.join(CORES)}")
    by_dataset: dict[str, list[Model]] = {}
    for path in models:
        model = read_model(path)
        dataset = model.record.get("dataset")
        if dataset is None:
            raise InputError(f"{path} has no record of its data set; make it with tvscm convert")
        by_dataset.setdefault(dataset, []).append(model)
    # Before minutes of measuring, not after.
    make_folder(output)
    groups = []
    for dataset, read in by_dataset.items():
        loaded = datasets.load(dataset, data_dir)
        beside = train_baselines(loaded, baselines, read, epochs=baseline_epochs, bar=epochs_bar)
        groups.append((loaded, [*read, *beside]))
    with err.status("measuring") as status:
        try:
            results = study(
                groups,
                cores=core or tuple(CORES),
                rows=rows,
                rounds=rounds,
                progress=lambda message: status.update(message),
                command=command_line(),
            )
        except Unavailable as error:
            raise InputError(str(error)) from error
    write_json(output / "microcontroller.json", results)
    page = as_markdown(results)
    write_text(output / "microcontroller.md", page)
    out.print(page, markup=False)
    out.print(str(output / "microcontroller.json"), markup=False)


def calibrate_costs(
    runtime: Annotated[
        list[str] | None, typer.Option(help="litert-xnnpack, tflm; repeatable. By default both.")
    ] = None,
    width: Annotated[
        list[int] | None, typer.Option(min=2, help="Of the layers; repeatable.")
    ] = None,
    pattern: Annotated[list[str] | None, typer.Option(help="As for train; repeatable.")] = None,
    dtype: Annotated[list[str] | None, typer.Option(help="int8, float32; repeatable.")] = None,
    rounds: Rounds = 30,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the tables.")] = Path(
        "runs/costs"
    ),
) -> None:
    """Measure what TFLite's operators cost here, for convert to pick the fastest lowering."""
    import_tensorflow()
    from keras_tvscm.convert.costs import to_json
    from keras_tvscm.convert.runtimes import check_names
    from keras_tvscm.eval import lowering_times as study

    check_names(runtime or [], study.RUNTIMES)
    for name in dtype or []:
        if name not in study.DTYPES:
            raise InputError(f"Unknown dtype {name!r}; expected one of {', '.join(study.DTYPES)}")
    # Before minutes of measuring, not after.
    make_folder(output)
    with err.status("measuring") as status:
        tables, results = study.calibrate(
            runtimes=runtime or study.RUNTIMES,
            widths=width or study.WIDTHS,
            patterns=pattern or study.PATTERNS,
            dtypes=dtype or study.DTYPES,
            rounds=rounds,
            progress=lambda message: status.update(message),
            command=command_line(),
        )
    made = {"command": results["command"], "machine": results["machine"]}
    made["versions"] = results["versions"]
    for table in tables:
        write_json(output / f"{table.runtime}.json", to_json(table) | made)
    write_json(output / "lowerings.json", results)
    page = study.as_markdown(results)
    write_text(output / "lowerings.md", page)
    out.print(page, markup=False)
    out.print(str(output), markup=False)


def verify_lowerings(
    width: Annotated[
        list[int] | None,
        typer.Option(help="64 (digits), 187 (heartbeat), 784, 1000, 1024 (mnist); repeatable."),
    ] = None,
    pattern: Annotated[
        list[str] | None,
        typer.Option(help="banded, complete, random, half, learned; repeatable."),
    ] = None,
    network: Annotated[list[str] | None, typer.Option(help="layer, heads; repeatable.")] = None,
    steps: Annotated[int, typer.Option(min=4, help="Batches of training of each network.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of weights, batches and calibration rows.")] = 0,
    data_dir: DataDir = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path(
        "runs/verification"
    ),
) -> None:
    """Convert trained networks in every way there is; the same command goes on after a kill."""
    import_tensorflow()
    from keras_tvscm.eval import lowering_agreement as study

    with err.status("verifying") as status:
        results = study.study(
            output,
            widths=width or study.WIDTHS,
            patterns=pattern or study.PATTERNS,
            networks=network or study.NETWORKS,
            steps=steps,
            seed=seed,
            data_dir=data_dir,
            progress=lambda message: status.update(message),
            command=command_line(),
        )
    write_json(output / "verification.json", results)
    page = study.as_markdown(results)
    write_text(output / "verification.md", page)
    out.print(page, markup=False)
    out.print(str(output / "verification.json"), markup=False)


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
    import_tensorflow()
    from keras_tvscm.eval.training_cost import WIDTHS, as_markdown
    from keras_tvscm.eval.training_cost import training_cost as run

    # Before minutes of measuring, not after.
    make_folder(output)
    with err.status("measuring") as status:
        results = run(
            rows=rows,
            rounds=rounds,
            widths=width or WIDTHS,
            progress=lambda message: status.update(message),
            command=command_line(),
        )
    write_json(output / "training-cost.json", results)
    page = as_markdown(results)
    write_text(output / "training-cost.md", page)
    out.print(page, markup=False)
    out.print(str(output / "training-cost.json"), markup=False)
