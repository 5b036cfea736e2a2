"""What a built model has to pass before it is written, and what came of it."""

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

import keras

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError, InputError

from .built import Built, build
from .c_source import native
from .options import IN_WASM, Options
from .prepared import Prepared, prepare
from .record import Candidate, Generated, Record, Screening, read_record
from .runtimes import NAMES
from .runtimes.arena import Arena
from .tflite.graph import input_and_output
from .verify.gate import SAMPLE, Verification, verify
from .verify.screening import screen
from .wasm import node
from .wasm.module import module


@dataclass(frozen=True)
class Evidence:
    """The part of a record that only a model's bytes can give; see `Record`.

    Examples:

        >>> evidence.record(built, candidates=()).bytes == len(built.content)
        True
    """

    verification: Verification
    screening: Screening | None
    arena: Arena | None
    c: Generated | None

    def record(self, built: Built, candidates: tuple[Candidate, ...]) -> Record:
        """The record of what was built, chosen out of the candidates."""
        return Record(
            **vars(built.description),
            sha256=hashlib.sha256(built.content).hexdigest(),
            bytes=len(built.content),
            **vars(self),
            candidates=candidates,
        )


def verify_built(prepared: Prepared, built: Built, options: Options) -> Evidence:
    """Compare a built model with the Keras model, and its C with it.

    Args:
        prepared: what it was built of.
        built: its float32 form, its bytes and its C.
        options: of these `require`, `target` and `seed`.

    Raises:
        CoarseVariant: in integers it does not agree with the Keras model on training rows.
        CheckError: it does not on the held-out rows, on some runtime; a runtime that has to run
            it does not; or the C gives other bytes.

    Examples:

        >>> from keras_tvscm.convert import verify_built
        >>> evidence = verify_built(prepared, built, options)
        >>> evidence.verification.task
        'classification'
    """
    description, name = built.description, prepared.dataset.name
    # No other runtime has TFLite-Micro's own operators.
    first = "tflm" if options.has_signal else NAMES[0]
    screening = None
    if prepared.screening:
        variant = f"{description.lowering} in {description.dtype}"
        agreement = screen(built.content, prepared.screening, f"{name} train", variant, first)
        if agreement:
            screening = Screening(agreement.rows, agreement.agreement, agreement.cosine)
    verification = verify(
        prepared.held_out,
        f"{name} validation and test",
        as_float=built.as_float,
        converted=built.content,
        seed=options.seed,
        first=first,
        require=options.required_runtimes,
    )
    return Evidence(
        verification,
        screening,
        _arena(built, verification) if options.target == "tflm" else None,
        _generated(prepared, built, options),
    )


def verify_file(path: str | os.PathLike[str], model: keras.Model, dataset: Dataset) -> Evidence:
    """Verify a `.tflite` file again, by the record beside it.

    Args:
        path: of the file.
        model: the Keras model that it was converted from.
        dataset: the data that the model was trained on.

    Raises:
        InputError: there is no such file, or no record of it, or the model or the data are others
            than it says.
        CheckError: as `verify_built`.

    Examples:

        >>> from keras_tvscm.convert import verify_file
        >>> evidence = verify_file("digits.tflite", model, data)
        >>> evidence.verification.written.rows
        504
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    record = read_record(path, content)
    if record is None:
        raise InputError(f"{path} has no record, which says how it was converted; convert again")
    given = (model.name, model.count_params(), dataset.name)
    if given != (record.network, record.parameters, record.dataset):
        raise InputError(
            f"{path} is of {record.network} with {record.parameters:,} parameters on "
            f"{record.dataset}. Received: {given[0]} with {given[1]:,} on {given[2]}"
        )
    options = Options(
        lowering=record.lowerings or None,
        dtype=record.dtype,
        io_dtype=record.io_dtype,
        calibration_rows=record.calibration.rows if record.calibration else 1,
        seed=record.verification.seed,
        name=record.name,
        stem=path.stem,
        collapsing=bool(record.collapsed),
        target=record.target,
        stripped=record.stripped,
        task=record.verification.task,
        accept_any_accuracy=record.doubt is not None,
    )
    prepared = prepare(model, dataset, options)
    built = build(prepared, prepared.lowerings, options)
    return verify_built(prepared, replace(built, content=content), options)


def _arena(built: Built, verification: Verification) -> Arena:
    used = next((run.arena_bytes for run in verification.converted if run.runtime == "tflm"), None)
    if used is None:
        raise CheckError("TFLite-Micro has not said what memory it used; nothing written")
    return Arena.of(built.content, used)


def _generated(prepared: Prepared, built: Built, options: Options) -> Generated | None:
    if built.source is None:
        return None
    rows = prepared.held_out.x[prepared.held_out.draw(SAMPLE, options.seed)]
    stored = input_and_output(built.content)[0].quantize(rows).reshape(len(rows), -1)
    if options.target in IN_WASM:
        equality = node.check(module(built.source, built.content), built.content, stored)
    else:
        equality = native.check(built.source, built.content, stored)
    return Generated(built.source.scratch_bytes, built.source.constant_bytes, equality)
