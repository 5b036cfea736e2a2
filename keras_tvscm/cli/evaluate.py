"""Commands that measure: `evaluate`, `microcontroller`."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from keras_tvscm.datasets.scaling import rescaled
from keras_tvscm.errors import InputError
from keras_tvscm.files import Outputs, check_ours, locked, make_folder

from .console import epochs_bar, out, steps_bar
from .options import (
    Baselines,
    DataDir,
    Epochs,
    Overwrite,
    Rescale,
    Rounds,
    command_line,
    load_data,
)
from .start import start


@contextmanager
def pinned(processors: str | None) -> Iterator[None]:
    """Keep this process, and those that it starts, on some processors.

    Raises:
        InputError: it is no list of them, one is not there, or the system has no such call.
    """
    if processors is None:
        yield
        return
    if not hasattr(os, "sched_setaffinity"):
        raise InputError("--pin needs Linux; leave it out")
    allowed = os.sched_getaffinity(0)
    try:
        asked = {int(number) for number in processors.split(",")}
    except ValueError:
        asked = set()
    if not asked or not asked <= allowed:
        known = ", ".join(map(str, sorted(allowed)))
        raise InputError(f"--pin takes processors out of {known}. Received: {processors}")
    os.sched_setaffinity(0, asked)
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _existing(models: list[Path]) -> list[Path]:
    """Paths that are there, seen to before seconds of imports."""
    for path in models:
        if not path.exists():
            raise InputError(f"cannot read {path}: No such file or directory; give a .tflite file")
    return models


def evaluate(
    models: Annotated[
        list[Path],
        typer.Argument(callback=_existing, help="The .tflite files to compare."),
    ],
    dataset: Annotated[
        str | None, typer.Option(help="By default what the first model was converted with.")
    ] = None,
    data_dir: DataDir = None,
    rescale: Rescale = None,
    runtime: Annotated[
        list[str] | None,
        typer.Option(
            help="litert-xnnpack, litert-builtin, tflm, tflite-runtime; native; or one that you "
            "plug in (serial:/dev/ttyACM0, android); repeatable. By default those of the first "
            "four that are installed here."
        ),
    ] = None,
    threads: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Of LiteRT and tflite-runtime; repeatable. By default 1."),
    ] = None,
    core: Annotated[
        list[str] | None,
        typer.Option(
            help="Count the C of int8 models on an emulated cortex-m0, -m4, -m7 or -m33 as well; "
            "repeatable."
        ),
    ] = None,
    rounds: Rounds = 50,
    windows: Annotated[
        int,
        typer.Option(min=1, help="Fresh starts of each runtime, over which the rounds are spread."),
    ] = 10,
    operators: Annotated[
        bool, typer.Option("--operators", help="Time each operator of each model as well.")
    ] = False,
    rapl: Annotated[
        bool,
        typer.Option(
            "--rapl", help="Read the processor's counter of energy: 20 s a model and runtime."
        ),
    ] = False,
    battery: Annotated[
        bool,
        typer.Option(
            "--battery", help="Read the counters of Android devices: up to 10 minutes a model."
        ),
    ] = False,
    energy: Annotated[
        list[Path] | None,
        typer.Option(help="What tvscm energy wrote of one of the models; repeatable."),
    ] = None,
    pin: Annotated[
        str | None, typer.Option(help="Processors to measure on, as in 0 or 2,3; Linux alone.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the order within a round.")] = 0,
    baseline: Baselines = None,
    baselines: Annotated[
        Path, typer.Option(help="Where trained baselines are kept from run to run.")
    ] = Path("runs/baselines"),
    baseline_epochs: Epochs = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")] = Path(
        "report"
    ),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what an earlier call has measured there.")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Compare models on real runtimes, beside what an engineer would pick instead.

    \b
    Examples:
      tvscm evaluate mine.tflite
      tvscm evaluate mine.tflite small.tflite --core cortex-m4 --out report
    """
    counting = core or "forest" in (baseline or [])
    start("eval", "convert", "datasets", *(["cortex-m"] if counting else []), tensorflow=True)
    from keras_tvscm.eval import report, session
    from keras_tvscm.eval.baselines import baselines as train_baselines
    from keras_tvscm.eval.baselines import chosen
    from keras_tvscm.eval.compare import compare
    from keras_tvscm.eval.cortex_m import check_cores
    from keras_tvscm.eval.energy.analyser import read_energy
    from keras_tvscm.eval.forest import NETWORK as FOREST
    from keras_tvscm.eval.forest import NO_TFLITE
    from keras_tvscm.eval.model import read_models
    from keras_tvscm.eval.runtimes import find, installed, with_threads

    names = with_threads(runtime or installed(), threads or [1])
    for name in names:
        find(name)
    # A forest runs nowhere else.
    cores = core or (["cortex-m4"] if FOREST in (baseline or []) else [])
    check_cores(cores)
    recordings = [read_energy(path) for path in energy or []]
    read = read_models(models)
    record = next((model.record for model in read if model.record), None)
    if dataset is None and record is not None:
        dataset = record.dataset
        rescale = rescaled(record.get("scaling")) if rescale is None else rescale
    if dataset is None:
        raise InputError(f"{models[0]} has no record of its data set; pass --dataset")
    networks = chosen(baseline, dataset)
    loaded = load_data(dataset, data_dir, rescale=rescale)
    # Before minutes of measuring, not after.
    if not overwrite:
        check_ours(*(output / name for name in (*report.NAMES, session.NAME)))
    make_folder(output)
    if not resume and (output / "report.json").exists():
        out.note(f"note: the report in {output} is replaced when this ends; --out keeps it")
    beside, left_out = train_baselines(
        loaded,
        baselines,
        read,
        networks=networks if cores else [name for name in networks if name != FOREST],
        epochs=baseline_epochs,
        bar=_baselines_bar,
    )
    if FOREST in networks and not cores:
        left_out[f"{FOREST} int16"] = NO_TFLITE
    _note(beside, left_out)
    with locked(output), pinned(pin), steps_bar("measuring") as progress:
        comparison = compare(
            [*read, *beside],
            loaded,
            names,
            rounds=rounds,
            windows=windows,
            seed=seed,
            progress=progress,
            command=command_line(),
            left_out=left_out,
            cores=cores,
            operators=operators,
            rapl=rapl,
            battery=battery,
            recordings=recordings,
            session=session.Session(output / session.NAME, resume),
        )
    page = report.write(comparison, output)
    out.print((output / "report.md").read_text(encoding="utf-8"))
    out.result(comparison.to_json(), page)


def microcontroller(
    models: Annotated[
        list[Path],
        typer.Argument(
            callback=_existing, help="The .tflite files, int8; of one or several data sets."
        ),
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
    baseline: Baselines = None,
    baselines: Annotated[
        Path, typer.Option(help="Where trained baselines are kept from run to run.")
    ] = Path("runs/baselines"),
    baseline_epochs: Epochs = None,
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path(
        "runs/microcontroller"
    ),
    overwrite: Overwrite = False,
) -> None:
    """Generate C, check it on every test row, count it on emulated Cortex-M cores.

    \b
    Examples:
      tvscm microcontroller mine.tflite
      tvscm microcontroller mine.tflite small.tflite --core cortex-m4 --out counts
    """
    start("eval", "convert", "datasets", tensorflow=True)
    from keras_tvscm.convert.runtimes import Unavailable
    from keras_tvscm.eval.baselines import baselines as train_baselines
    from keras_tvscm.eval.baselines import chosen
    from keras_tvscm.eval.cortex_m import CORES, check_cores
    from keras_tvscm.eval.microcontroller import as_markdown, study
    from keras_tvscm.eval.model import Model, read_model

    check_cores(core or [])
    networks = chosen(baseline)
    by_dataset: dict[tuple[str, bool], list[Model]] = {}
    for path in models:
        model = read_model(path)
        record = model.required_record()
        key = record.dataset, rescaled(record.get("scaling"))
        by_dataset.setdefault(key, []).append(model)
    # Before minutes of measuring, not after.
    if not overwrite:
        check_ours(output / "microcontroller.json", output / "microcontroller.md")
    make_folder(output)
    groups = []
    for (dataset, rescale), read in by_dataset.items():
        loaded = load_data(dataset, data_dir, rescale=rescale)
        beside, left_out = train_baselines(
            loaded,
            baselines,
            read,
            networks=networks,
            epochs=baseline_epochs,
            bar=_baselines_bar,
        )
        _note(beside, left_out)
        groups.append((loaded, [*read, *beside]))
    with steps_bar("measuring") as progress:
        try:
            results = study(
                groups,
                cores=core or tuple(CORES),
                rows=rows,
                rounds=rounds,
                progress=progress,
                command=command_line(),
            )
        except Unavailable as error:
            raise InputError(str(error)) from error
    page = as_markdown(results)
    with Outputs() as outputs:
        outputs.text(output / "microcontroller.md", page)
        outputs.json(output / "microcontroller.json", results)
    out.print(page)
    out.result(results, output / "microcontroller.json")


def _baselines_bar(
    total: int, label: str
) -> AbstractContextManager[Callable[[int, dict[str, float]], None]]:
    """Training them takes minutes, once, of which a line says how to have fewer."""
    epochs = f": {total} epochs" if label.startswith("training") else ""
    out.note(f"{label}{epochs}; kept for the next time; --baseline takes fewer")
    return epochs_bar(total, label)


def _note(beside: list[Any], left_out: dict[str, str]) -> None:
    """Say which baselines there are not, and why, and which are no better than a guess."""
    for model in beside:
        if model.record and model.record.doubt:
            out.note(f"note: the baseline {model.name}: {model.record.doubt}")
    for name, reason in left_out.items():
        out.note(f"note: the baseline {name} is left out: {reason}")
