"""A conversion from end to end: prepare, plan, build, verify, and the files of what passed."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from keras_tvscm.datasets import Dataset
from keras_tvscm.errors import CheckError
from keras_tvscm.progress import Progress, silent

from .about import about
from .advice import advised
from .built import GENERATORS, build
from .c_source import CSource, native
from .firmware import identifier
from .options import IN_WASM, Options
from .output import files, write
from .plan import named, plans
from .prepared import prepare
from .record import Record
from .verification import verify_built
from .wasm.exhibit import Exhibit


@dataclass(frozen=True)
class Conversion:
    """A verified `.tflite` model and the record of how it came about.

    Attributes:
        content: the model's bytes.
        record: what was converted, how, and what its verification gave.
        source: for the targets `"c"`, `"native"`, `"wasm"` and `"web"`, the C that the model was
            compared with, as it is or compiled; else None.
        exhibit: for the target `"web"`, what the page shows; else None.

    Examples:

        >>> conversion.save("digits.tflite")
        >>> conversion.content[4:8]
        b'TFL3'
    """

    content: bytes
    record: Record
    source: CSource | None = None
    exhibit: Exhibit | None = None

    def named(self, stem: str) -> "Conversion":
        """The same with C for files of that name: another text, which is compared anew.

        Raises:
            CheckError: it is not equal to the model, on inputs that are drawn.
        """
        if self.source is None or self.source.name == identifier(stem):
            return self
        generate = GENERATORS[self.record.target]
        source = generate(self.content, stem, about(self.record, self.content))
        # WebAssembly is compared when it is compiled.
        if self.record.target not in IN_WASM:
            native.check(source, self.content, native.drawn_rows(self.content))
        return replace(self, source=source)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write `path` and, beside it, the record as `path` + `.json`: all files or none.

        For the target `"tflm"` also C++ sources (see `firmware.sources`). For the target `"c"`,
        `path` ends in `.c`; a header, and the `.tflite` model that both equal, go with it. So they
        do for `"native"`; a path that ends in `.so` is the C compiled for this machine instead.
        For `"wasm"`, `path` ends in `.wasm`, and an `.mjs` file that loads it goes with it, too;
        for `"web"` in `.html`.

        Args:
            path: of the `.tflite`, `.c`, `.so`, `.wasm` or `.html` file.
            overwrite: also files that no conversion has written.

        Raises:
            InputError: they cannot be written, or would replace another's.
        """
        path = Path(path)
        source = self.named(path.stem).source
        write(files(path, self.content, self.record, source, self.exhibit), overwrite)


def convert(
    model: keras.Model, dataset: Dataset, *, progress: Progress = silent, **options: Any
) -> Conversion:
    """Convert a trained Keras model to TFLite, and verify it within stated bounds.

    Ranges come from rows of the training part; it is verified on all rows that the model was not
    trained on, those of the validation and the test part.

    Args:
        model: Sequential or functional, with one input and one output.
        dataset: the data that the model was trained on.
        progress: called before each step. Where a lowering fails its verification, the last
            two steps are taken again with the next.
        **options: see `Options`.

    Raises:
        InputError: options that do not go together, or a model that does not fit them or the data.
        CheckError: the result does not agree with the model (see `verify_built`).

    Examples:

        >>> from keras_tvscm.convert import convert
        >>> conversion = convert(model, data, lowering="unrolled")
        >>> conversion.record.dtype, conversion.record.lowering
        ('int8', 'unrolled')
    """
    asked = Options(**options)
    compared = 0

    def comparing(done: int, total: int, message: str) -> None:
        nonlocal compared
        compared = total
        progress(1 + done, 3 + total, message)

    progress(0, 3, "asking the Keras model")
    prepared = prepare(model, dataset, asked)
    failures: dict[tuple[str, str], str] = {}
    for plan in plans(prepared, asked, comparing):
        try:
            progress(1 + compared, 3 + compared, f"building {named(plan.lowerings)}")
            built = build(prepared, plan.lowerings, asked)
            progress(2 + compared, 3 + compared, f"verifying {named(plan.lowerings)}")
            evidence = verify_built(prepared, built, asked)
        except CheckError as error:
            # The next may agree: each rounds in its own way.
            failures |= dict.fromkeys(plan.lowerings.items(), str(error))
            last = error
        else:
            record = evidence.record(built, plan.candidates(failures))
            return Conversion(built.content, record, built.source, built.exhibit)
    raise advised(last, prepared, asked)
