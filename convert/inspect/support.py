"""Which runtimes run a model and, where one does not, which operator stops it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..runtimes import Unavailable, in_child
from ..runtimes.unavailable import Missing
from ..tflite.graph import Operator

# The first TensorFlow Lite release that runs each version of an operator, version 1 first:
# TensorFlow's own table, tensorflow/lite/tools/versioning/runtime_version.cc, of which these
# are the operators that a lowering may use and those found around it.
RELEASES = {
    name: releases
    for name, *releases in map(
        str.split,
        """\
ABS 1.13.0 2.4.0 2.5.0 2.6.0 2.12.0
ADD 1.5.0 1.14.0 2.4.0 2.6.0
ARG_MAX 1.9.0 1.14.0 2.9.0
AVERAGE_POOL_2D 1.5.0 1.14.0 2.3.0
BATCH_MATMUL 2.3.0 2.3.0 2.4.0 2.5.0
BATCH_TO_SPACE_ND 1.6.0 1.14.0 2.3.0
CAST 1.5.0 2.7.0 2.8.0 2.9.0 2.12.0
COMPLEX_ABS 2.5.0
CONCATENATION 1.5.0 1.14.0 2.3.0
CONV_2D 1.5.0 1.14.0 1.14.0 2.3.0 2.4.0 2.9.0 2.11.0
DEPTHWISE_CONV_2D 1.5.0 1.12.0 1.14.0 2.2.0 2.3.0 2.3.0 2.11.0
DEQUANTIZE 1.13.1 1.14.0 1.15.0 2.2.0 2.7.0
DIV 1.6.0 2.3.0
ELU 1.14.0
EXP 1.7.0
EXPAND_DIMS 1.10.0
FILL 1.13.0 2.3.0 2.5.0 2.12.0
FULLY_CONNECTED 1.5.0 1.10.0 1.14.0 1.14.0 2.0.0 2.1.0 2.3.0 2.3.0 2.3.0 2.11.0
GATHER 1.6.0 1.14.0 1.15.0 2.4.0 2.5.0
GELU 2.9.0 2.9.0
HARD_SWISH 1.15.0
IMAG 2.5.0
LEAKY_RELU 1.13.1 2.3.0
LOGISTIC 1.14.0 1.14.0 2.3.0
MAXIMUM 1.14.0 1.14.0 2.3.0 2.3.0
MAX_POOL_2D 1.5.0 1.14.0 2.3.0
MEAN 1.6.0 1.14.0 2.4.0
MINIMUM 1.14.0 1.14.0 2.3.0 2.3.0
MIRROR_PAD 1.13.1 2.3.0 2.12.0
MUL 1.5.0 1.14.0 1.15.0 2.3.0 2.6.0 2.11.0
NEG 1.9.0
PACK 1.11.0 1.14.0 2.3.0
PAD 1.5.0 1.14.0 2.4.0 2.6.0
PADV2 1.9.0 1.14.0 2.4.0 2.6.0
PRELU 1.8.0
QUANTIZE 1.14.0 1.15.0 2.7.0
REAL 2.5.0
REDUCE_MAX 1.11.0 1.14.0 2.5.0
RELU 1.5.0 2.1.0 2.5.0
RELU6 1.5.0 1.14.0 2.5.0
RESHAPE 1.5.0
REVERSE_V2 1.14.0 2.2.0 2.5.0
RFFT2D 2.5.0
RSQRT 1.10.0 2.5.0
SELECT_V2 2.2.0
SHAPE 1.10.0
SLICE 1.14.0 1.14.0 1.14.0 2.4.0 2.5.0
SOFTMAX 1.5.0 1.14.0 2.3.0
SPACE_TO_BATCH_ND 1.6.0 1.14.0 2.3.0
SPLIT 1.5.0 1.14.0 1.14.0 2.3.0
SPLIT_V 1.13.1 2.3.0
SQRT 1.10.0
SQUARE 1.12.0
SQUARED_DIFFERENCE 1.13.1 2.5.0
SQUEEZE 1.6.0 2.5.0
STRIDED_SLICE 1.6.0 1.14.0 2.1.0 2.2.0 2.5.0 2.6.0
SUB 1.6.0 1.14.0 2.3.0 2.4.0 2.4.0
SUM 1.10.0 1.15.0
TANH 1.14.0 1.14.0 2.3.0
TILE 1.10.1 2.2.0 2.8.0 2.12.0
TRANSPOSE 1.6.0 1.14.0 1.15.0 2.3.0 2.4.0 2.12.0
TRANSPOSE_CONV 1.9.0 2.2.0 2.3.0 2.13.0
UNPACK 1.11.0 1.14.0 2.2.0 2.3.0
""".splitlines(),
    )
}


@dataclass(frozen=True)
class Support:
    """Whether a runtime runs the model.

    Attributes:
        runtime: its name.
        runs: `"yes"`, `"no"`, or `"unknown"` where it is not installed.
        reason: why not, or on what condition; None if there is nothing to say.
        arena_bytes: what TFLite-Micro used.
    """

    runtime: str
    runs: Literal["yes", "no", "unknown"]
    reason: str | None = None
    arena_bytes: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def tried(name: str, content: bytes) -> Support:
    """Run the model once, on zeros, in a process of its own."""
    try:
        return Support(name, "yes", arena_bytes=in_child(name, content).arena_bytes)
    except Missing as error:
        return Support(name, "unknown", str(error))
    except Unavailable as error:
        return Support(name, "no", str(error))


def by_release(operators: Sequence[Operator], recorded: str | None, wanted: str | None) -> Support:
    """What TensorFlow Lite for Android needs, by the operators' versions: nothing is run.

    Args:
        operators: of the model.
        recorded: the model's own `min_runtime_version`, or None.
        wanted: the release of an app, such as "2.14.0"; None to say what is needed.
    """
    name = f"TFLite {wanted} on Android" if wanted else "TFLite on Android"
    for number, operator in enumerate(operators):
        if operator.name.startswith("CUSTOM"):
            reason = f"operator {number} ({operator.name}) is none of TFLite's own"
            return Support(name, "no", reason)
    known = [(release(operator), number) for number, operator in enumerate(operators)]
    newest, number = max(
        ((_numbers(listed), number) for listed, number in known if listed), default=((), 0)
    )
    unlisted = sorted({operators[number].name for listed, number in known if listed is None})
    if unlisted and not recorded:
        return Support(name, "unknown", f"no release is documented for {', '.join(unlisted)}")
    if recorded and unlisted and _numbers(recorded) > newest:
        needed, why = recorded, "the model's own min_runtime_version"
    else:
        needed = ".".join(map(str, newest)) or "1.5.0"
        why = f"operator {number}, {operators[number].name} version {operators[number].version}"
    if wanted and _numbers(wanted) < _numbers(needed):
        return Support(name, "no", f"{needed} is needed: {why}")
    return Support(name, "yes", f"from {needed} on: {why}")


def release(operator: Operator) -> str | None:
    """The first release that runs an operator of that version; None if not documented."""
    releases = RELEASES.get(operator.name, [])
    return releases[operator.version - 1] if 0 < operator.version <= len(releases) else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
