"""What is asked of a conversion, checked before anything is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_tvscm.errors import InputError

from .runtimes import check_names

# Types of input and output that each arithmetic may have, the usual one first.
DTYPES = {
    "int8": ("int8", "uint8", "float32"),
    "int8x4": ("int8", "uint8", "float32"),
    "int16x8": ("int16", "float32"),
    "float32": ("float32",),
}
TARGETS = ("litert", "tflm", "android", "c", "native", "wasm", "web")
# Of these C is written.
IN_C = ("c", "native", "wasm", "web")
# Of these WebAssembly is made, of the C.
IN_WASM = ("wasm", "web")
PREFERENCES = ("time", "bytes")
AUTO = "auto"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Every choice that a conversion leaves open; all have a default.

    Attributes:
        lowering: `"auto"` takes what is predicted to be the fastest on the target, of all that
            agree with the model (see `choose.rank`); else a name in `lower.LOWERINGS` or
            `lower.FILTERS`, for all layers that know it, or a name per layer; where that
            leaves a layer open, `"unrolled"` for TVSCM layers and `"convolution"` for filters.
            `"signal"` uses TFLite-Micro's own Fourier operators, and runs nowhere else.
        dtype: `"int8"` (full-integer); `"int8x4"`, the same with four bits a weight where
            a convolution has two values a channel, as filters have; `"int16x8"` (int16
            activations, int8 weights); or `"float32"`.
        io_dtype: type of input and output, one of `DTYPES[dtype]`; None becomes the first.
        calibration_rows: how many training rows set the ranges of the integers.
        seed: draws those rows.
        name: for tables; None: made up of network, pattern and dtype.
        stem: of the C files, and so of the names in them.
        collapsing: whether a TVSCM layer that is linear goes into the Dense layer after it.
            In integers that is one whose ReLU never clips on the calibrated range, as integer
            inputs are cut to it; in float32 only one without an activation.
        target: `"litert"`; `"tflm"`, which has to run the model and gets C++ sources too;
            `"android"`, which gets labels and metadata in the file; `"c"`, which gets portable C
            source that computes the same bytes; `"native"`, C for the vectors of a PC or phone;
            `"wasm"`, that C as WebAssembly; or `"web"`, a page that runs it.
        beside: an int8 `.tflite` file that a page for `"web"` runs, too, as to compare with.
        require: runtimes that have to run the model.
        costs: a table by `tvscm study calibrate-costs`, in place of the package's own.
        prefer: what `"auto"` looks for: the least `"time"`, or the fewest `"bytes"`.
        stripped: whether names, signature, description and metadata are left out (see
            `tflite.compact.strip`).
        task: what the outputs stand for, one of `verify.task.NAMES`; None finds it from their
            shape (see `verify.task.task_of`).
        accept_any_accuracy: whether also a classifier is converted that does no better than a
            guess on the held-out rows (see `verify.plausibility`).
        advising: whether a refusal says what would agree, which may take a minute to try.

    Raises:
        InputError: a value that does not exist, or two that do not go together.

    Examples:

        >>> from keras_tvscm.convert import Options
        >>> options = Options(lowering="unrolled")
        >>> options.dtype, options.io_dtype, options.target
        ('int8', 'int8', 'litert')
        >>> Options(dtype="int7")
        Traceback (most recent call last):
        keras_tvscm.errors.InputError: Unknown dtype 'int7'; expected one of int8, ...
    """

    lowering: str | Mapping[str, str] | None = AUTO
    dtype: str = "int8"
    io_dtype: str | None = None
    calibration_rows: int = 500
    seed: int = 0
    name: str | None = None
    stem: str = "tvscm"
    collapsing: bool = True
    target: str = "litert"
    beside: Path | None = None
    require: Sequence[str] = ()
    costs: Path | None = None
    prefer: str = "time"
    stripped: bool = False
    task: str | None = None
    accept_any_accuracy: bool = False
    advising: bool = True

    def __post_init__(self) -> None:
        _refuse_unknown("dtype", self.dtype, DTYPES)
        if self.io_dtype is None:
            object.__setattr__(self, "io_dtype", DTYPES[self.dtype][0])
        if self.io_dtype not in DTYPES[self.dtype]:
            raise InputError(
                f"Input and output of {self.dtype} are {' or '.join(DTYPES[self.dtype])}. "
                f"Received: {self.io_dtype!r}"
            )
        _refuse_unknown("target", self.target, TARGETS)
        _refuse_unknown("preference", self.prefer, PREFERENCES)
        check_names(self.require)
        if self.calibration_rows < 1:
            raise InputError(f"Calibration needs at least 1 row. Received: {self.calibration_rows}")
        if self.stripped and self.target == "android":
            raise InputError(
                "A model for android carries the metadata that a stripped one lacks; choose one"
            )
        arithmetic = (self.dtype, self.io_dtype)
        if self.has_signal and (self.target, *arithmetic) != ("tflm", "int8", "int8"):
            raise InputError("The lowering signal is for the target tflm in int8 throughout")
        if self.target in IN_C and self.dtype not in ("int8", "float32"):
            raise InputError(f"C is written of int8 and float32 models. Received: {self.dtype!r}")
        if self.beside and self.target != "web":
            raise InputError(
                f"Only a page of the target web shows a network beside. Received: {self.target!r}"
            )
        if self.target in IN_C and self.costs:
            raise InputError("For C, instructions are estimated; a table of costs is for a runtime")

    @property
    def is_automatic(self) -> bool:
        """Whether the lowerings are chosen by predicted costs."""
        return self.lowering == AUTO

    @property
    def is_integer(self) -> bool:
        """Whether the model is quantised, and so needs calibration."""
        return self.dtype != "float32"

    @property
    def has_signal(self) -> bool:
        """Whether TFLite-Micro's own Fourier operators are asked for."""
        named = self.lowering.values() if isinstance(self.lowering, Mapping) else [self.lowering]
        return "signal" in named

    @property
    def required_runtimes(self) -> tuple[str, ...]:
        """Runtimes that have to run the model: those asked for, and the target's own."""
        own = ("tflm",) if self.target in ("tflm", *IN_C) else ()
        return tuple(dict.fromkeys((*self.require, *own)))


def _refuse_unknown(what: str, value: str, known: Sequence[str] | Mapping[str, object]) -> None:
    if value not in known:
        raise InputError(f"Unknown {what} {value!r}; expected one of {', '.join(known)}")
