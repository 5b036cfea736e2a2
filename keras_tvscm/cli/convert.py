"""Commands about `.tflite` files: `convert`, `inspect`, `setup-tflite-runtime`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from keras_tvscm.errors import InputError
from keras_tvscm.files import make_folder, write_json

from .console import err, out
from .options import DataDir, Rescale, data_of, folder_of
from .start import start


def convert(
    model: Annotated[
        Path, typer.Argument(help="A run folder, or a .keras file; for --target c also .tflite.")
    ],
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="The .tflite (or .c) file to write.")
    ] = None,
    lowering: Annotated[
        str,
        typer.Option(
            help="auto (the best on the target), or unrolled, fc-sum, maximum, convolution, "
            "gather, polyphase, hartley, rfft2d, dense; signal for --target tflm."
        ),
    ] = "auto",
    dtype: Annotated[
        str,
        typer.Option(
            help="int8, int8x4 (heads in four bits), int16x8 (int16 between the layers), float32."
        ),
    ] = "int8",
    io_dtype: Annotated[
        str | None,
        typer.Option(
            "--io-dtype", "--ends", help="Of input and output: int8, uint8, int16 or float32."
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="Calibrates and verifies; by default what the run was trained on."),
    ] = None,
    data_dir: DataDir = None,
    rescale: Rescale = None,
    calibration_rows: Annotated[
        int, typer.Option(help="Training rows that set the integers' ranges.")
    ] = 500,
    seed: Annotated[int, typer.Option(help="Draws the calibration rows.")] = 0,
    name: Annotated[str | None, typer.Option(help="What tables call the model.")] = None,
    collapse: Annotated[
        bool, typer.Option(help="Fold a layer whose ReLU never clips into the head.")
    ] = True,
    target: Annotated[
        str,
        typer.Option(
            help="litert, tflm (also C++ sources), android (also labels, metadata) or c (portable "
            "C that computes the same bytes)."
        ),
    ] = "litert",
    part: Annotated[
        str | None,
        typer.Option(help="For --target c: a microcontroller that has to hold it, as nRF52840."),
    ] = None,
    require: Annotated[
        list[str] | None, typer.Option(help="A runtime that has to run the model; repeatable.")
    ] = None,
    costs: Annotated[
        Path | None, typer.Option(help="Table by calibrate-costs, in place of the package's.")
    ] = None,
    prefer: Annotated[
        str, typer.Option(help="What auto looks for: the least time, or the fewest bytes.")
    ] = "time",
    strip: Annotated[
        bool, typer.Option("--strip", help="Leave out names, signature, description, metadata.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print what auto compared, and why it chose.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="JSON file for the record with every runtime's figures.")
    ] = None,
) -> None:
    """Convert a trained model to TFLite or C, verified: equal within bounds, or not written."""
    if part and target != "c":
        raise InputError(f"--part is for --target c, not {target}")
    if model.suffix == ".tflite":
        return _to_c(model, output, target, part)
    start("convert", "datasets", tensorflow=True)
    from keras_tvscm.convert import convert as run
    from keras_tvscm.convert.c_source import native
    from keras_tvscm.convert.choose.rank import advice, comparison
    from keras_tvscm.convert.verify.gate import by_runtime, described
    from keras_tvscm.models import loading

    if report:
        # Before a minute of converting, not after.
        make_folder(report.parent)
    loaded_model = loading.load(model)
    folder = folder_of(model)
    loaded = data_of(model, dataset, data_dir, rescale)
    conversion = run(
        loaded_model,
        loaded,
        lowering=lowering,
        dtype=dtype,
        io_dtype=io_dtype,
        calibration_rows=calibration_rows,
        seed=seed,
        name=name,
        collapsing=collapse,
        target=target,
        require=require or [],
        costs=costs,
        prefer=prefer,
        stripped=strip,
    )
    record = conversion.record
    words = [target, *([] if lowering == "auto" else [lowering]), dtype]
    path = output or folder / (
        f"{'_'.join(words)}.c" if target == "c" else f"{'-'.join(words)}.tflite"
    )
    source = None
    if target == "c":
        source = conversion.c_source(path.stem)
        _check_fits(source, part)
    conversion.save(path)
    if explain:
        out.print(comparison(record))
    if smaller := advice(record):
        out.print(smaller, markup=False)
    for reason in record["collapsed"]:
        out.print(f"{reason}: it was folded into the Dense layer after it", markup=False)
    for reason in record["linear"]:
        out.print(f"{reason}: the Dense layer after it could do its work", markup=False)
    if report:
        write_json(report, record)
    out.print(
        f"{record['name']}: {record['bytes']:,} bytes{' of TFLite' if source else ''}; "
        f"{described(record['verification'])}",
        markup=False,
    )
    out.print(by_runtime(record["runtimes"]), markup=False)
    if source:
        out.print(native.described(source, record["c"]["equality"]), markup=False)
    out.print(str(path), markup=False)


def _to_c(model: Path, output: Path | None, target: str, part: str | None) -> None:
    """C of a `.tflite` model, whoever made it."""
    start("convert", keras=False)
    from keras_tvscm.convert.c_source import generate, native
    from keras_tvscm.convert.firmware import about_file
    from keras_tvscm.convert.tflite.flatbuffer import check

    if target != "c":
        raise InputError(f"{model} is a TFLite model already; --target c makes C of it")
    path = output or model.with_suffix(".c")
    if path.suffix != ".c":
        raise InputError(f"{path} is not named .c; choose such an output")
    try:
        content = model.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {model}: {error.strerror}") from error
    check(content)
    source = generate(content, path.stem, about_file(model, content))
    _check_fits(source, part)
    equality = native.check(source, content, native.drawn_rows(content))
    source.write(path.parent)
    out.print(native.described(source, equality), markup=False)
    out.print(str(path.with_name(f"{source.name}.c")), markup=False)


def _check_fits(source: Any, part: str | None) -> None:
    if part:
        from keras_tvscm.eval.microcontroller.fitting import check_fits

        check_fits(source, part)


def inspect(
    model: Annotated[Path, typer.Argument(help="A .tflite file, of anybody's making.")],
    tflite: Annotated[
        str | None,
        typer.Option(help="An Android app's TensorFlow Lite release: does it run the model?"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what a .tflite file holds and computes, what memory it needs and where it runs."""
    start("convert", keras=False)
    from keras_tvscm.convert.inspect.inspection import inspect as look

    from .inspection_table import page

    found = look(model, tflite)
    out.print(json.dumps(found.to_json(), indent=2) if as_json else page(found), markup=False)


def setup_tflite_runtime() -> None:
    """Install tflite-runtime 2.14 in an environment of its own, for convert and inspect."""
    start("datasets", keras=False)
    from keras_tvscm.convert.runtimes import tflite_runtime

    with err.status("installing"):
        folder = tflite_runtime.setup()
    out.print(str(folder), markup=False)
