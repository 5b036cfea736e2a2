"""The record of a conversion, in memory and as JSON: the one place that knows its keys."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

from keras_tvscm.errors import InputError
from keras_tvscm.files import read_json

from .runtimes.arena import Arena
from .verify.agreement import Agreement
from .verify.gate import Difference, OnRuntime, Verification

# Counts up where a key changes its name or meaning. Records up to keras-tvscm 0.1 have none.
SCHEMA = 2


@dataclass(frozen=True)
class Calibration:
    """Which rows set the ranges of the integers."""

    source: str
    rows: int
    seed: int


@dataclass(frozen=True)
class Screening:
    """How far a quantised model agreed with the Keras model on training rows.

    Attributes:
        rows: how many.
        agreement: fraction of rows of the same class; None where outputs are no classes.
        cosine: similarity of the outputs; None in older records.
    """

    rows: int
    agreement: float | None = None
    cosine: float | None = None


@dataclass(frozen=True)
class Generated:
    """Sizes of the generated C, and how it was compared with the model.

    Attributes:
        scratch_bytes, constant_bytes: working memory; weights and tables.
        equality: `runtime`, `rows` and `differing`, or the `reason` why it was not compared.
    """

    scratch_bytes: int
    constant_bytes: int
    equality: Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """One way to lower a layer.

    Attributes:
        layer: the layer that this candidate is for.
        lowering: its name.
        cost: predicted for the whole model, the other layers as chosen so far: microseconds, or
            instructions for C. None where the table lacks one of its operators.
        bytes: of the whole model, before its metadata; for C, of its constants.
        reason: why it cannot be, or None.
        estimate: in place of `cost`, with the operators that the table lacks estimated.
    """

    layer: str
    lowering: str
    cost: float | None = None
    bytes: int | None = None
    reason: str | None = None
    estimate: float | None = None


@dataclass(frozen=True, kw_only=True)
class Description:
    """What was converted, and into what: all that is known before the bytes are.

    Attributes:
        name: for tables.
        lowerings: the lowering of each layer of this library that was left, by its name.
        dataset, network: their names.
        scaling: what the loader did to the stored samples (see `datasets.Scaling`); None in
            records of schema 1.
        policy: Keras' dtype policies that the network was trained in, where they are not
            float32: it was converted, and compared, as a copy that computes in float32.
        patterns: of the TVSCM layers: `layer`, the pattern's configuration, and the two values.
        filters: of the TVSCMConv layers: `layer`, how many `filters` and `channels`, the
            neighbourhood's configuration, `offsets` and `nonzeros`.
        collapsed: reasons why layers went into the Dense layer after them.
        linear: the same of layers that could have gone there and did not.
        doubt: why the network's answers look like guesses; None where they do not.
        dtype, io_dtype: of the arithmetic; of input and output.
        target, stripped: as asked for.
        parameters: of the trained network.
        multiplications, additions: of one inference; None where they cannot be counted.
        calibration: None in float32.
        versions: of Python and packages.
    """

    name: str
    lowerings: Mapping[str, str]
    dataset: str
    network: str
    policy: str | None = None
    patterns: tuple[Mapping[str, Any], ...]
    filters: tuple[Mapping[str, Any], ...] = ()
    scaling: Mapping[str, Any] | None = None
    collapsed: tuple[str, ...] = ()
    linear: tuple[str, ...] = ()
    doubt: str | None = None
    dtype: str
    io_dtype: str
    target: str
    stripped: bool = False
    parameters: int
    multiplications: int | None
    additions: int | None
    calibration: Calibration | None
    versions: Mapping[str, str]

    # Left out of the JSON where there is nothing to say.
    OPTIONAL: ClassVar[tuple[str, ...]] = ("policy", "scaling", "doubt", "screening", "arena", "c")

    @property
    def lowering(self) -> str | None:
        """The names of the lowerings in one line; None without a layer to lower."""
        return ", ".join(dict.fromkeys(self.lowerings.values())) or None

    def to_json(self) -> dict[str, Any]:
        """JSON-ready, with the number of the schema."""
        document = {"schema": SCHEMA, "name": self.name, "lowering": self.lowering}
        document |= {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        for key in self.OPTIONAL:
            if document.get(key, "") is None:
                del document[key]
        return document


@dataclass(frozen=True, kw_only=True)
class Record(Description, Mapping[str, Any]):
    """How a `.tflite` model came about, and how it was verified.

    Also a read-only mapping over its JSON form: `record["bytes"]`.

    Attributes:
        sha256, bytes: of the model.
        verification: against the Keras model, on every runtime. In JSON, `verification` is its
            summary and `runtimes` all of it.
        screening: of quantised models with a layer of this library.
        arena: for the target `"tflm"`.
        c: for the targets of which C is written.
        candidates: what `"auto"` compared, and why it did not take it.

    Examples:

        >>> record = conversion.record
        >>> record["bytes"] == record.bytes == len(conversion.content)
        True
        >>> record.verification.written.agreement >= 0.99
        True
    """

    sha256: str
    bytes: int
    verification: Verification
    screening: Screening | None = None
    arena: Arena | None = None
    c: Generated | None = None
    candidates: tuple[Candidate, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON-ready, with the number of the schema."""
        return super().to_json() | {
            "verification": self.verification.summary(),
            "runtimes": _plain(self.verification.to_json()),
        }

    @classmethod
    def from_json(cls, document: Any) -> "Record":
        """What `to_json` gave, of this schema or of the one before.

        Raises:
            InputError: it is no such thing; names the key.
        """
        if not isinstance(document, dict):
            raise InputError("not a model's record; expected a JSON object")
        schema = document.get("schema", 1)
        if schema not in (1, SCHEMA):
            raise InputError(f"schema is {schema!r}; this keras-tvscm reads {SCHEMA} and older")
        current = _upgraded(document) if schema == 1 else document
        try:
            json.dumps(current, allow_nan=False)
        except ValueError as error:
            raise InputError("it holds NaN or infinity") from error
        record: Record = _object(current | {"verification": current}, cls, "")
        try:
            record.verification.summary()
        except (ArithmeticError, ValueError) as error:
            raise InputError("runtimes: a share of rows that cannot be") from error
        return record

    def __getitem__(self, key: str) -> Any:
        return self.to_json()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_json())

    def __len__(self) -> int:
        return len(self.to_json())


def read_record(model: Path, content: bytes) -> Record | None:
    """The record beside a `.tflite` file: that of `x.tflite` is `x.tflite.json`.

    Args:
        model: the file's path.
        content: its bytes.

    Returns:
        None where there is no record.

    Raises:
        InputError: it is damaged, or that of other bytes; one line with file and key.

    Examples:

        >>> from pathlib import Path
        >>> from keras_tvscm.convert import read_record
        >>> read_record(Path("digits.tflite"), conversion.content).dataset
        'digits'
    """
    path = model.with_name(f"{model.name}.json")
    if not path.exists():
        return None
    document = read_json(path)
    try:
        record = Record.from_json(document)
    except InputError as error:
        raise InputError(f"{path}: {error}; convert again") from error
    if record.sha256 != hashlib.sha256(content).hexdigest():
        raise InputError(f"{path} records another file than {model.name} (sha256); convert again")
    return record


def _upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """A record without a schema's number, with the keys of today."""
    names = {"ends": "io_dtype", "heads": "filters", "trial": "screening"}
    upgraded = {names.get(key, key): value for key, value in document.items()}
    arena, filters = upgraded.get("arena"), upgraded.get("filters")
    if isinstance(arena, dict) and "least" in arena:
        upgraded["arena"] = {"minimum" if k == "least" else k: v for k, v in arena.items()}
    if isinstance(filters, list):
        upgraded["filters"] = [
            {"filters" if k == "heads" else k: v for k, v in layer.items()}
            if isinstance(layer, dict)
            else layer
            for layer in filters
        ]
    return upgraded


def _plain(value: Any) -> Any:
    """JSON-ready: dataclasses and tuples as objects and lists."""
    if is_dataclass(value) and not isinstance(value, type | Verification):
        return {key: _plain(entry) for key, entry in asdict(value).items()}
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, tuple | list) else value


def _typed(value: Any, kind: Any, key: str) -> Any:
    """A JSON value as what an annotation says; `key` names it in errors."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        if value is None:
            return None
        kind = next(option for option in arguments if option is not type(None))
        return _typed(value, kind, key)
    if kind is Any:
        return value
    if kind is Verification:
        return _verification(value)
    if is_dataclass(kind):
        return _object(value, kind, key)
    if origin is tuple and isinstance(value, list):
        return tuple(_typed(entry, arguments[0], f"{key}[{i}]") for i, entry in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {name: _typed(entry, arguments[1], f"{key}.{name}") for name, entry in value.items()}
    accepted = {tuple: list, Mapping: dict}.get(origin, (int, float) if kind is float else kind)
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        expected = {tuple: "list", Mapping: "object"}.get(origin, getattr(kind, "__name__", kind))
        raise InputError(f"{key} is {_short(value)}; expected {expected}")
    return value


def _object(value: Any, kind: Any, key: str) -> Any:
    """A JSON object as a dataclass; keys that it does not know are left out."""
    if not isinstance(value, dict):
        raise InputError(f"{key} is {_short(value)}; expected object")
    hints, values, missing = get_type_hints(kind), {}, list[str]()
    for field in fields(kind):
        name = f"{key}.{field.name}" if key else field.name
        if field.name in value:
            values[field.name] = _typed(value[field.name], hints[field.name], name)
        elif type(None) in get_args(hints[field.name]):
            values[field.name] = None  # not asked when the record was written
        elif field.default is MISSING:
            missing.append(name)
    if missing:
        raise InputError(f"it has no {', '.join(missing)}")
    return kind(**values)


def _verification(record: dict[str, Any]) -> Verification:
    """What `runtimes` holds, and the task that the summary `verification` names."""
    for key in ("verification", "runtimes"):
        if not isinstance(record.get(key), dict):
            raise InputError(f"{key} is {_short(record.get(key))}; expected object")
    summary, document = record["verification"], record["runtimes"]
    float32, converted = (_runs(document, key) for key in ("float32", "converted"))
    exact, written = float32[0].agreement, converted[0].agreement
    if exact is None or written is None:
        raise InputError("runtimes: the first has run nothing")
    return Verification(
        task=_typed(summary.get("task", "classification"), str, "verification.task"),
        source=_typed(document.get("source"), str, "runtimes.source"),
        seed=_typed(document.get("seed"), int, "runtimes.seed"),
        exact=exact,
        written=written,
        float32=float32,
        converted=converted,
        differences=_typed(
            document.get("differences"), tuple[Difference, ...], "runtimes.differences"
        ),
    )


def _runs(document: dict[str, Any], key: str) -> tuple[OnRuntime, ...]:
    """The runtimes' results, in their order."""
    name = f"runtimes.{key}"
    runs = _typed(document.get(key), Mapping[str, Mapping[str, Any]], name)
    if not runs:
        raise InputError(f"{name} is empty")
    return tuple(
        OnRuntime(runtime, reason=_typed(run["reason"], str, f"{name}.{runtime}.reason"))
        if "reason" in run
        else OnRuntime(
            runtime,
            _object(run, Agreement, f"{name}.{runtime}"),
            _typed(run.get("arena_bytes"), int | None, f"{name}.{runtime}.arena_bytes"),
        )
        for runtime, run in runs.items()
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
