"""`classify`: the heartbeats of a recording, or of a stream, and their classes."""

import json
import math
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from keras_tvscm.errors import InputError
from keras_tvscm.files import Outputs, check_ours, make_folder

from .console import out, steps_bar
from .options import ZOO, Overwrite, trained_model
from .start import start

HOUR = 3600
FORMS = ("svg", "png", "none")
STREAMS = ("int16", "text")
# What stands for a millivolt, unless the user says otherwise.
GAINS = {"int16": 200.0, "text": 1.0}


def _beat_model(path: Path) -> Path:
    """A path that exists, seen to before seconds of imports."""
    if str(path).startswith(ZOO):
        return trained_model(path)
    if not path.exists():
        raise InputError(
            f"no model at {path}; expected a run folder, a .keras or .tflite file, or zoo:NAME"
        )
    return path


def classify(
    record: Annotated[
        Path | None,
        typer.Argument(help="A WFDB record (with or without .hea), or a .csv file; see the guide."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="Trained on heartbeat-rhythm: a run folder, a .keras or .tflite file, or zoo:NAME."
        ),
    ] = None,
    lead: Annotated[
        str | None,
        typer.Option(help="Its name, or its number from 0; by default MLII or II, else the first."),
    ] = None,
    annotator: Annotated[
        str | None,
        typer.Option(
            help="Take the peaks of these annotations (atr, say; beats of a .csv file), and "
            "compare with their classes; by default peaks are detected."
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(help="Samples a second of a stream, or a .csv file without time."),
    ] = None,
    plot: Annotated[str, typer.Option(help="svg or png: a minute on ECG paper; or none.")] = FORMS[
        0
    ],
    begin: Annotated[
        str | None,
        typer.Option(
            "--from", help="Where that minute begins (00:10:00); by default that of most V and S."
        ),
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option(
            help="Classify standard input instead: int16 (little-endian) or text (a number a line)."
        ),
    ] = None,
    gain: Annotated[
        float | None,
        typer.Option(help="Of a stream, what is a millivolt: by default 200 of int16, 1 of text."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder; by default RECORD-beats.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Find and classify heartbeats. Research software: no diagnosis, not a medical device.

    Writes RECORD.beats.csv, RECORD.tvscm (WFDB annotations) and a plot into a folder; a stream
    gives a line of JSON a beat as soon as its class is known, and ends with a summary.

    \b
    Examples:
      tvscm classify mitdb/208 --model runs/rhythm
      tvscm classify holter.csv --lead II --model rhythm.tflite --plot png --from 00:10:00
      tvscm classify --stream int16 --rate 250 --model rhythm.tflite
    """
    if model is None:
        raise InputError(
            "no model; give --model a run folder, a .keras or .tflite file, or zoo:NAME"
        )
    model = _beat_model(model)
    recording_only = {"--lead": lead, "--annotator": annotator, "--from": begin, "--out": output}
    if stream is not None:
        if record is not None:
            raise InputError(f"--stream reads standard input; leave {record} out")
        for option, value in recording_only.items():
            if value is not None:
                raise InputError(f"{option} is for a recording; leave it out with --stream")
        _stream(stream, model, rate, gain)
        return
    if gain is not None:
        raise InputError("--gain is for a stream; leave it out")
    if record is None:
        raise InputError("no recording; give a WFDB record, a .csv file or --stream")
    if plot not in FORMS:
        raise InputError(f"--plot is {', '.join(FORMS[:-1])} or {FORMS[-1]}. Received: {plot}")
    second = None if begin is None else _seconds(begin)
    _start(model)
    from keras_tvscm.ecg import beat_files, page
    from keras_tvscm.ecg.classification import classify as classify_source
    from keras_tvscm.ecg.classification import clock
    from keras_tvscm.ecg.source import open_source
    from keras_tvscm.ecg.summary import lines, summarize
    from keras_tvscm.eval.beat_classifier import beat_classifier

    source = open_source(record, lead=lead, annotator=annotator, rate=rate)
    length = source.length / source.rate
    if second is not None and second >= length:
        raise InputError(f"--from {begin} is past the end of the recording, {clock(length)}")
    folder = output or Path(f"{source.name}-beats")
    paths = [folder / f"{source.name}.beats.csv", folder / f"{source.name}.{beat_files.ANNOTATOR}"]
    if plot != "none":
        paths.append(folder / f"{source.name}.{plot}")
    beats = record.with_suffix(".beats.csv")
    if annotator and beats.exists() and paths[0].exists() and paths[0].samefile(beats):
        raise InputError(f"{beats} belongs to the recording; choose another folder, with -o")
    # Before minutes of work, not after.
    if not overwrite:
        check_ours(*paths)
    classifier = beat_classifier(model)
    with steps_bar(f"classifying {source.name}") as progress:
        front_end = _front_end(0 if annotator else length)
        found = classify_source(source, classifier, front_end, progress)
    document = summarize(found, classifier.name, classifier.error_rates)
    make_folder(folder)
    with Outputs() as outputs:
        outputs.text(paths[0], beat_files.table(found))
        outputs.binary(paths[1], beat_files.annotations(found))
        if plot != "none":
            where = page.busiest(found) if second is None else second
            page.draw(source, found, where, outputs.file(paths[2]), plot)
    for line in lines(document):
        out.print(line)
    out.result(document | {"files": [str(path) for path in paths]}, *paths)


def _start(model: Path) -> None:
    """TensorFlow's seconds only where the model needs it."""
    start("convert", keras=model.suffix != ".tflite")


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)", text)
    if not match:
        raise InputError(f"--from takes hours, minutes and seconds, as 00:10:00. Received: {text}")
    hours, minutes, seconds = match.groups("0")
    return HOUR * int(hours) + 60 * int(minutes) + float(seconds)


def _front_end(seconds: float) -> Any:
    """What finds peaks: for long recordings in C, where there is a compiler."""
    from keras_tvscm.convert.native.front_end import compiled
    from keras_tvscm.convert.runtimes import Unavailable
    from keras_tvscm.ecg.front_end import FrontEnd

    if seconds > HOUR:
        try:
            return compiled()
        except (InputError, Unavailable) as error:
            out.note(f"note: the front end runs as Python, more slowly: {error}")
    return FrontEnd()


def _stream(form: str, model: Path, rate: float | None, gain: float | None) -> None:
    if form not in STREAMS:
        raise InputError(f"--stream is {' or '.join(STREAMS)}. Received: {form}")
    if rate is None:
        raise InputError("a stream does not say its rate; give --rate, in samples a second")
    gain = GAINS[form] if gain is None else gain
    if not (math.isfinite(gain) and gain > 0):
        raise InputError(f"--gain is what stands for a millivolt, above 0. Received: {gain:g}")
    if out.json:
        raise InputError("--stream prints a line of JSON a beat anyway; leave --json out")
    _start(model)
    from keras_tvscm.ecg.ec57 import NOTICE
    from keras_tvscm.ecg.live import Live
    from keras_tvscm.ecg.sample_stream import blocks
    from keras_tvscm.eval.beat_classifier import beat_classifier

    classifier = beat_classifier(model)
    live = Live(rate, classifier)
    out.note(NOTICE)
    try:
        for block in blocks(sys.stdin.fileno(), form, gain):
            for beat in live.push(block):
                _print(beat.to_json())
        for beat in live.end():
            _print(beat.to_json())
    except BrokenPipeError:
        # Whoever read the lines has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    except KeyboardInterrupt:
        if live.length:
            _end(live, classifier)
        raise
    _end(live, classifier)


def _end(live: Any, classifier: Any) -> None:
    from keras_tvscm.ecg.summary import lines, summarize

    if not live.length:
        raise InputError("standard input is empty; expected samples of an ECG")
    document = summarize(live.so_far(), classifier.name, classifier.error_rates)
    _print({"summary": document})
    for line in lines(document):
        out.note(line)


def _print(document: dict[str, Any]) -> None:
    print(json.dumps(document, allow_nan=False), flush=True)
