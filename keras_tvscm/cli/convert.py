"""Commands about `.tflite` files: `convert`, `inspect`, `setup-tflite-runtime`."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from keras_tvscm import zoo
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import make_folder

from .console import out, steps_bar
from .options import DataDir, Overwrite, Rescale, data_of, folder_of, trained_model
from .start import start


def convert(
    model: Annotated[
        Path,
        typer.Argument(
            callback=trained_model,
            help="A run folder, a .keras file, or zoo:NAME (see tvscm zoo); for --target c, "
            "native, wasm and tflm also .tflite.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The .tflite (or .c, .so, .wasm, .html) file to write."),
    ] = None,
    lowering: Annotated[
        str | None,
        typer.Option(
            help="auto (the best on the target; the default), or unrolled, fc-sum, maximum, "
            "convolution, gather, pack, polyphase, hartley, rfft2d, dense; signal for --target "
            "tflm."
        ),
    ] = None,
    dtype: Annotated[
        str | None,
        typer.Option(
            help="int8 (the default), int8x4 (filters in four bits), int16x8 (int16 between the "
            "layers), float32."
        ),
    ] = None,
    io_dtype: Annotated[
        str | None,
        typer.Option(
            "--io-dtype", "--ends", help="Of input and output: int8, uint8, int16 or float32."
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="Calibrates and verifies: a built-in name, or a path (an .npz file holds x_train, "
            "y_train, x_test, y_test; labels from 0); by default what the run was trained on."
        ),
    ] = None,
    data_dir: DataDir = None,
    rescale: Rescale = None,
    calibration_rows: Annotated[
        int | None, typer.Option(help="Training rows that set the integers' ranges; 500.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Draws the calibration rows; 0.")] = None,
    name: Annotated[str | None, typer.Option(help="What tables call the model.")] = None,
    collapse: Annotated[
        bool | None,
        typer.Option(
            "--collapse/--no-collapse",
            help="Fold a layer whose ReLU never clips into the Dense layer after it, or do not.",
        ),
    ] = None,
    target: Annotated[
        str,
        typer.Option(
            help="litert, tflm (also C++ sources), android (also labels, metadata), c (portable C "
            "that computes the same bytes), native (C for the vectors of PCs and phones; named "
            ".so, compiled for this machine), wasm (that C as WebAssembly) or web (an HTML page "
            "that runs it, without a network connection)."
        ),
    ] = "litert",
    part: Annotated[
        str | None,
        typer.Option(help="For --target c: a microcontroller that has to hold it, as nRF52840."),
    ] = None,
    beside: Annotated[
        Path | None,
        typer.Option(help="For --target web: an int8 .tflite that the page runs for comparison."),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            help="For C: cmake or arduino. Writes a folder, named by --out, that these build."
        ),
    ] = None,
    with_front_end: Annotated[
        bool,
        typer.Option(
            "--with-front-end",
            help="For --target c: also C that takes an ECG's samples at 120 Hz and gives the "
            "class of each heartbeat.",
        ),
    ] = False,
    resample: Annotated[
        int | None,
        typer.Option(help="With the front end: also C that brings so many samples a second to it."),
    ] = None,
    require: Annotated[
        list[str] | None, typer.Option(help="A runtime that has to run the model; repeatable.")
    ] = None,
    costs: Annotated[
        Path | None, typer.Option(help="Table by study calibrate-costs, in place of the package's.")
    ] = None,
    prefer: Annotated[
        str | None,
        typer.Option(help="What auto looks for: the least time (default), or the fewest bytes."),
    ] = None,
    strip: Annotated[
        bool, typer.Option("--strip", help="Leave out names, signature, description, metadata.")
    ] = False,
    task: Annotated[
        str | None,
        typer.Option(
            help="What outputs are: classification, binary, regression or autoencoder; by default "
            "found from their shape."
        ),
    ] = None,
    accept_any_accuracy: Annotated[
        bool,
        typer.Option(
            "--accept-any-accuracy",
            help="Convert also a classifier that does no better than a guess on held-out rows.",
        ),
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print what auto compared, and why it chose.")
    ] = False,
    explain_error: Annotated[
        bool,
        typer.Option(
            "--explain-error",
            help="Compare every tensor with the Keras model's, and name the operator that loses "
            "the agreement.",
        ),
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="JSON file for the record with every runtime's figures.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Convert a trained model to TFLite or C, verified: equal within bounds, or not written.

    \b
    Examples:
      tvscm convert mine.keras --dataset mine.npz -o mine.tflite
      tvscm convert zoo:mnist-fast --target web -o digits.html
      tvscm convert runs/rhythm --target c --with-front-end --resample 250 -o ecg.c
    """
    if with_front_end and target != "c":
        raise InputError(f"--with-front-end is for --target c, not {target}")
    if resample is not None and not with_front_end:
        raise InputError("--resample is for the front end: give --with-front-end too")
    if part and target != "c":
        raise InputError(f"--part is for --target c, not {target}")
    if layout:
        output = _in_folder(output, target, layout)
    chosen = {
        "--lowering": ("lowering", lowering),
        "--beside": ("beside", beside),
        "--dtype": ("dtype", dtype),
        "--io-dtype": ("io_dtype", io_dtype),
        "--calibration-rows": ("calibration_rows", calibration_rows),
        "--seed": ("seed", seed),
        "--name": ("name", name),
        "--collapse": ("collapsing", collapse),
        "--require": ("require", require or None),
        "--costs": ("costs", costs),
        "--prefer": ("prefer", prefer),
        "--strip": ("stripped", strip or None),
        "--task": ("task", task),
        "--accept-any-accuracy": ("accept_any_accuracy", accept_any_accuracy or None),
    }
    options = {key: value for key, value in chosen.values() if value is not None}
    if model.suffix == ".tflite":
        others = {
            "--dataset": dataset,
            "--data-dir": data_dir,
            "--rescale": rescale,
            "--explain": explain or None,
            "--explain-error": explain_error or None,
            "--report": report,
        }
        given = [option for option, (_, value) in chosen.items() if value is not None]
        given += [option for option, value in others.items() if value is not None]
        if given:
            raise InputError(
                f"{model} is converted already: {', '.join(given)} cannot change it; "
                "give the Keras model"
            )
        return _sources_of(model, output, target, part, layout, overwrite, with_front_end, resample)
    start("convert", "datasets", tensorflow=True)
    from keras_tvscm.convert import Options
    from keras_tvscm.convert import convert as run
    from keras_tvscm.convert.c_source import native
    from keras_tvscm.convert.choose.rank import much_smaller
    from keras_tvscm.convert.layout import check_layout
    from keras_tvscm.convert.output import SUFFIXES, check_suffix, files, json_bytes, write
    from keras_tvscm.convert.verify.gate import by_runtime, described
    from keras_tvscm.convert.verify.plausibility import ImplausibleModel
    from keras_tvscm.models import loading

    from .convert_table import candidates

    if report:
        # Before a minute of converting, not after.
        make_folder(report.parent)
    folder = folder_of(model)
    words = [target, *([] if lowering in (None, "auto") else [lowering]), dtype or "int8"]
    suffix = SUFFIXES.get(target, (".tflite",))[0]
    path = output or folder / f"{('-' if suffix == '.tflite' else '_').join(words)}{suffix}"
    check_suffix(path, target)
    if layout:
        check_layout(layout)
    loaded_model = loading.load(model)
    loaded = data_of(model, dataset, data_dir, rescale)
    options |= {"target": target, "stem": path.stem}
    if zoo.is_zoo(model) and dataset is None:
        # What it is compared with may have been trained on the excerpt alone.
        whole = zoo.card(model.name).dataset
        options.setdefault("name", f"{model.name} {dtype or 'int8'} (trained on all of {whole})")
    try:
        with steps_bar("converting") as progress:
            conversion = run(loaded_model, loaded, progress=progress, **options)
    except ImplausibleModel as error:
        raise CheckError(
            f"{error.doubt} --no-rescale leaves them as they are stored, for a model that scales "
            "its input itself; --accept-any-accuracy converts it all the same; nothing written"
        ) from error
    except CheckError:
        if explain_error:
            _explain_error(loaded_model, loaded, Options(**options))
        raise
    record, source = conversion.record, conversion.source
    if source:
        _check_fits(source, part)
        if with_front_end:
            source, front_end = _with_front_end(source, conversion.content, resample)
    contents = files(path, conversion.content, record, source, conversion.exhibit)
    written = path
    if layout and source:
        laid = _laid_out(path, source, layout)
        written = list(laid)[-1]
        contents = laid | {
            name: content for name, content in contents.items() if name.suffix not in (".c", ".h")
        }
    write(({report: json_bytes(record)} if report else {}) | contents, overwrite)
    if explain:
        out.print(candidates(record))
    if explain_error:
        _explain_error(loaded_model, loaded, Options(**options), record.lowerings)
    if record.doubt:
        out.note(record.doubt)
    if pair := much_smaller(record):
        out.print(
            f"{pair[0].lowering} is predicted to be the fastest here; --prefer bytes would write "
            f"about {pair[1].bytes:,} bytes ({pair[1].lowering})"
        )
    for reason in record.collapsed:
        out.print(f"{reason}: it was folded into the Dense layer after it")
    for reason in record.linear:
        out.print(f"{reason}: the Dense layer after it could do its work")
    if record.policy:
        out.print(f"trained in {record.policy}: a copy in float32 was converted, and compared")
    out.print(
        f"{record.name}: {record.bytes:,} bytes{' of TFLite' if source else ''}; "
        f"{described(record['verification'])}"
    )
    if model.is_file() and record.verification.written.accuracy is not None:
        out.print(
            "The validation rows are out of x_train: a model that was fitted on all of it has seen "
            "them, and tvscm evaluate gives its accuracy on the test rows alone"
        )
    out.print(by_runtime(record["runtimes"]))
    if source and record.c and path.suffix == ".c":
        out.print(native.described(source, dict(record.c.equality)))
        if with_front_end:
            out.print(front_end)
    elif record.c:
        compared = native.compared(dict(record.c.equality))
        kind = {".wasm": "WebAssembly", ".html": "HTML"}.get(path.suffix, "machine code")
        out.print(f"{path.name}: {len(contents[path]):,} bytes of {kind}; {compared}")
    out.result(record.to_json(), written)


def _explain_error(
    model: Any, dataset: Any, options: Any, lowerings: Mapping[str, str] | None = None
) -> None:
    """Print where a model with these lowerings, or the first that were tried, is off."""
    from keras_tvscm.convert import explain, plans, prepare

    from .explanation_table import operators

    try:
        prepared = prepare(model, dataset, options)
        lowerings = lowerings or next(plans(prepared, options)).lowerings
        explanation = explain(prepared, lowerings, options)
    except (InputError, CheckError) as error:
        out.print(f"no explanation: {error}")
        return
    out.print(operators(explanation))
    named = ", ".join(dict.fromkeys(lowerings.values())) or "no layer to lower"
    out.print(f"{named} in {options.dtype}: {explanation}")


def _in_folder(output: Path | None, target: str, layout: str) -> Path:
    """The C file that stands for the folder `output`."""
    if target not in ("c", "native") or output is None or output.suffix:
        raise InputError(
            f"--layout {layout} is for --target c or native, and --out a folder that it writes"
        )
    return output / f"{output.name}.c"


def _laid_out(path: Path, source: Any, layout: str) -> dict[Path, bytes]:
    from keras_tvscm.convert.layout import laid_out

    return {path.parent / name: text.encode() for name, text in laid_out(source, layout).items()}


def _with_front_end(source: Any, content: bytes, resample: int | None) -> tuple[Any, str]:
    """The C with that of the front end beside it, and how it was compared."""
    from keras_tvscm.convert.c_source.front_end import with_front_end
    from keras_tvscm.convert.c_source.front_end_check import check_front_end, drawn_signal
    from keras_tvscm.convert.c_source.resampler import with_resampler

    source = with_front_end(source, content)
    compared = check_front_end(source, content, {"a drawn signal": drawn_signal()})
    if resample is not None:
        source = with_resampler(source, resample)
    said = f"{source.name}_front_end.c: {source.name}_push takes samples at 120 Hz; " + (
        f"not compared: {compared['reason']}"
        if "reason" in compared
        else f"equal to Python on {compared['beats']:,} drawn beats. No diagnosis: this is no "
        "medical device"
    )
    return source, said


def _sources_of(
    model: Path,
    output: Path | None,
    target: str,
    part: str | None,
    layout: str | None,
    overwrite: bool,
    with_front_end: bool,
    resample: int | None,
) -> None:
    """C of a `.tflite` model, whoever made it, or C++ that holds it for TFLite-Micro."""
    start("convert", keras=False)
    from keras_tvscm.convert.about import about_file
    from keras_tvscm.convert.built import GENERATORS
    from keras_tvscm.convert.c_source import native
    from keras_tvscm.convert.firmware import sources
    from keras_tvscm.convert.native.library import check_library, library
    from keras_tvscm.convert.output import check_suffix, write
    from keras_tvscm.convert.runtimes.arena import Arena
    from keras_tvscm.convert.tflite.flatbuffer import check
    from keras_tvscm.convert.wasm.node import checked_module
    from keras_tvscm.convert.wasm.page import network_text

    suffixes = {"c": ".c", "native": ".so", "wasm": ".wasm", "tflm": ".tflite"}
    if target == "web":
        raise InputError(
            f"A page shows rows of the data set, which {model} does not name; give the Keras "
            "model, or take --target wasm"
        )
    if target not in suffixes:
        raise InputError(
            f"{model} is a TFLite model already; --target c, native, wasm or tflm makes source of "
            "it"
        )
    path = output or model.with_suffix(suffixes[target])
    check_suffix(path, target)
    try:
        content = model.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {model}: {error.strerror}") from error
    check(content)
    about = about_file(model, content)
    if target == "tflm":
        arena = Arena.measured(content)
        texts = sources(path.stem, content, arena, about)
        contents = {path.with_name(name): text.encode() for name, text in texts.items()}
        said = f"{', '.join(texts)}: {len(content):,} bytes of TFLite, {arena.reserved:,} of arena"
        found: dict[str, Any] = {"arena": asdict(arena)}
    else:
        source = GENERATORS[target](content, path.stem, about)
        _check_fits(source, part)
        rows = native.drawn_rows(content)
        if path.suffix == ".so":
            shared = library(source, content)
            contents = {path: shared}
            equality = check_library(shared, content, rows)
            said = f"{path.name}: {len(shared):,} bytes; {native.compared(equality)}"
        elif path.suffix == ".wasm":
            compiled, equality = checked_module(source, content)
            contents = {
                path.with_suffix(".mjs"): network_text().encode(),
                path: compiled,
            }
            said = f"{path.name}: {len(compiled):,} bytes; {native.compared(equality)}"
        else:
            equality = native.check(source, content, rows)
            said = native.described(source, equality)
            if with_front_end:
                source, front_end = _with_front_end(source, content, resample)
                said += f"\n{front_end}"
            contents = {path.with_name(name): text.encode() for name, text in source.texts.items()}
            if layout:
                contents = _laid_out(path, source, layout)
        sizes = {"scratch_bytes": source.scratch_bytes, "constant_bytes": source.constant_bytes}
        found = {"c": sizes | {"equality": equality}}
    write(contents, overwrite)
    out.print(said)
    sha256 = hashlib.sha256(content).hexdigest()
    out.result({"sha256": sha256, "bytes": len(content)} | found, list(contents)[-1])


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
    target: Annotated[
        str | None,
        typer.Option(help="litert, tflm or android: how long does an inference take there, about?"),
    ] = None,
    costs: Annotated[
        Path | None,
        typer.Option(
            help="For --target: table by study calibrate-costs, in place of the package's."
        ),
    ] = None,
) -> None:
    """Show what a .tflite file holds and computes, what memory it needs and where it runs."""
    if costs and target is None:
        raise InputError("--costs is for --target: name one, as in --target android")
    start("convert", keras=False)
    from keras_tvscm.convert.inspect.inspection import inspect as look
    from keras_tvscm.convert.inspect.prediction import predict

    from .inspection_table import page

    inspection = look(model, tflite)
    prediction = predict(model.read_bytes(), target, costs) if target else None
    # As it always was: its JSON holds all of the page.
    if not out.json:
        out.print(page(inspection))
        if prediction:
            out.print(f"\n{prediction.in_words()}")
    more = {"prediction": prediction.to_json()} if prediction else {}
    out.result(inspection.to_json() | more)


def setup_tflite_runtime() -> None:
    """Install tflite-runtime 2.14 in an environment of its own, for convert and inspect."""
    start("datasets", keras=False)
    from keras_tvscm.convert.runtimes import tflite_runtime

    with steps_bar("installing"):
        folder = tflite_runtime.setup()
    out.result({"folder": str(folder)}, folder)
