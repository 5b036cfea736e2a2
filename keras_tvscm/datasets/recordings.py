"""Annotated recordings as rows: what the front end makes of each beat, divided by record."""

import hashlib
import os
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keras_tvscm import ecg
from keras_tvscm.ecg.ec57 import CLASSES, NOTICE, SYMBOLS
from keras_tvscm.ecg.front_end import beats, to_float
from keras_tvscm.ecg.reading import read
from keras_tvscm.ecg.recording import Recording
from keras_tvscm.ecg.template import BEFORE, WINDOW
from keras_tvscm.errors import InputError
from keras_tvscm.files import replacing

from .dataset import Dataset, Split, divide, take_rows

# The source that decides rows of annotated beats, in the folder of the package.
SOURCE = Path(ecg.__file__).parent
DECIDING = (
    *("wfdb_record", "csv_recording", "reading", "recording", "gaps", "resampling"),
    *("fixed_point", "high_pass", "template", "rhythm", "front_end"),
)
SETTINGS = "recordings.toml"
TYPES: dict[str, type | tuple[type, ...]] = {
    "lead": str,
    "annotator": str,
    "rate": (int, float),
    "classes": dict,
    "test": list,
    "patients": list,
}
BEATS = ".beats.csv"
TEST_SHARE = 0.2
AAMI = {name: SYMBOLS[name] for name in CLASSES}


class Rows(NamedTuple):
    """Beats of recordings.

    Attributes:
        x: int16, (beats, 237), as the front end gives them.
        y: int32, (beats,), class numbers.
        origin: int32, (beats, 2), the recording's number and the sample at R, 120 a second.
        notes: text, the recordings' notes.
    """

    x: NDArray[np.int16]
    y: NDArray[np.int32]
    origin: NDArray[np.int32]
    notes: NDArray[np.str_]

    def split(self) -> Split:
        """As networks take them: float32, (beats, 238)."""
        return Split(to_float(self.x), self.y, self.origin)


def rows_of(recording: Recording, number: int, classes: Mapping[str, str]) -> Rows:
    """The annotated beats of a recording.

    Every beat goes through the front end, so that rhythm and template know it; rows are those
    whose symbol has a class and whose window has no gap.

    Args:
        recording: with annotations.
        number: what its rows' origin has.
        classes: the WFDB symbols of each class, by name.

    Raises:
        InputError: it has fewer than two annotated beats.
    """
    if recording.peaks is None or recording.symbols is None or len(recording.peaks) < 2:
        raise InputError(f"record {recording.name} has fewer than two annotated beats")
    samples, x = beats(recording.samples(), recording.at_120(recording.peaks))
    class_of = {symbol: i for i, name in enumerate(classes) for symbol in classes[name]}
    y = np.array([class_of.get(symbol, -1) for symbol in recording.symbols.tolist()], np.int32)
    used = (y >= 0) & recording.covers(samples - BEFORE, samples - BEFORE + WINDOW)
    origin = np.column_stack([np.full(len(samples), number), samples]).astype(np.int32)
    return Rows(x[used], y[used], origin[used], np.array(recording.notes, np.str_))


def cached(key: str, build: Iterable[Rows]) -> Rows:
    """All rows, one recording after another; from the cache folder where they are there.

    Args:
        key: changes with whatever changes the rows, but for the front end's source.
        build: makes them.
    """
    # It imports pooch, which the layers alone do not bring.
    from .fetching import cache_folder

    digest = hashlib.blake2b(key.encode(), digest_size=8)
    for name in DECIDING:
        digest.update((SOURCE / f"{name}.py").read_bytes())
    cache = cache_folder() / f"rhythm-{digest.hexdigest()}.npz"
    # Absent, cut short or altered: whatever NumPy makes of it, build it again.
    with suppress(Exception), np.load(cache, allow_pickle=False) as stored:
        return Rows(*(stored[name] for name in Rows._fields))
    rows = Rows(*map(np.concatenate, zip(*build, strict=True)))
    with suppress(InputError, OSError), replacing(cache) as temporary:
        np.savez(temporary, **rows._asdict())
    return rows


@dataclass(frozen=True)
class Settings:
    """What `recordings.toml` in a folder of recordings may say.

    Attributes:
        lead, annotator, rate: as for `reading.read`.
        classes: the WFDB symbols of each class, by name, in order; AAMI's N, S, V and F where
            it says nothing.
        test: names of the records for the test part; a fifth is drawn where there are none.
        patients: lists of records of one patient, which stay together.
    """

    lead: str | None = None
    annotator: str | None = None
    rate: float | None = None
    classes: Mapping[str, str] | None = None
    test: tuple[str, ...] = ()
    patients: tuple[tuple[str, ...], ...] = ()


def is_recordings(path: Path) -> bool:
    """Whether a path is a folder with WFDB headers, or CSV files with annotated beats."""
    try:
        names = [file.name for file in path.iterdir()] if path.is_dir() else []
    except OSError:
        return False
    return any(name == SETTINGS or name.endswith((".hea", BEATS)) for name in names)


def from_recordings(path: str | os.PathLike[str], *, seed: int = 0) -> Dataset:
    """Load a folder of annotated recordings: WFDB records, and CSV files with NAME.beats.csv.

    Rows are as those of `heartbeat-rhythm`. No record is in two parts, and no patient where
    `recordings.toml` (see `Settings`) says which records are one's. Records without
    annotations are left out, and noted.

    Args:
        path: the folder.
        seed: of the choice of validation records.

    Raises:
        InputError: fewer than three annotated records, one that cannot be read, or `divide`
            refuses the rows.
    """
    path = Path(path)
    settings = _settings(path)
    classes = dict(settings.classes or AAMI)
    files, silent = _annotated(path, settings.annotator)
    if len(files) < 3:
        raise InputError(
            f"{path} has {len(files)} annotated records; expected three at least, for a training, "
            "a validation and a test part"
        )
    names = tuple(file.stem for file in files)
    unknown = {*settings.test}.union(*settings.patients) - {*names}
    if unknown:
        raise InputError(f"{path / SETTINGS} names {min(unknown)!r}; it has {', '.join(names)}")

    def build() -> Iterable[Rows]:
        for number, file in enumerate(files):
            recording = read(
                file,
                lead=settings.lead,
                annotator=None if file.suffix == ".csv" else settings.annotator,
                rate=settings.rate if file.suffix == ".csv" else None,
            )
            yield rows_of(recording, number, classes)

    rows = cached(repr((settings, _contents(path))), build())
    if not len(rows.y):
        raise InputError(f"{path} has no beat of the classes {', '.join(classes)}")
    whole, record = rows.split(), rows.origin[:, 0]
    patient = _patients(names, settings)[record]
    if settings.test:
        chosen = patient[np.isin(np.array(names)[record], settings.test)]
        in_test = np.isin(patient, chosen)
    else:
        _, drawn = take_rows(whole.y, TEST_SHARE, 0, patient, part="test")
        in_test = np.isin(np.arange(len(whole)), drawn)
    notes = rows.notes.tolist()
    if silent:
        notes.append(f"{silent} records without annotated beats are left out")
    return divide(
        str(path),
        tuple(classes),
        whole.select(~in_test),
        whole.select(in_test),
        source=f"the user's own {len(files)} recordings in {path.name}",
        notes=(NOTICE, *notes),
        groups=patient[~in_test],
        records=names,
        seed=seed,
    )


def _settings(path: Path) -> Settings:
    file = path / SETTINGS
    if not file.exists():
        return Settings()
    try:
        given: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {file}: {' '.join(str(error).split())}") from error
    for key, value in given.items():
        if key not in TYPES:
            raise InputError(f"{file} has {key!r}; expected {', '.join(TYPES)}")
        if not isinstance(value, TYPES[key]):
            raise InputError(f"{file}: {key} is {value!r}; see the guide of own recordings")
    classes, patients = given.get("classes"), given.get("patients", [])
    texts = [*(classes or {}).values(), *given.get("test", [])]
    texts += [name for names in patients for name in (names if isinstance(names, list) else [0])]
    if not all(isinstance(text, str) for text in texts):
        raise InputError(
            f'{file}: expected texts, as in classes = {{N = "NLR", V = "V"}}, test = ["7"], '
            'patients = [["1", "2"]]'
        )
    if classes is not None and len(classes) < 2:
        raise InputError(f"{file}: expected two classes at least")
    given["test"] = tuple(given.get("test", []))
    return Settings(**given | {"patients": tuple(map(tuple, patients))})


def _annotated(path: Path, annotator: str | None) -> tuple[list[Path], int]:
    """The annotated records' files, in order of the names, and how many others there are."""
    headers = sorted(path.glob("*.hea"))
    tables = [file for file in sorted(path.glob("*.csv")) if not file.name.endswith(BEATS)]
    beside = [file.with_suffix(f".{annotator or 'atr'}") for file in headers]
    beside += [file.with_name(file.stem + BEATS) for file in tables]
    files = [
        file for file, marks in zip([*headers, *tables], beside, strict=True) if marks.exists()
    ]
    return sorted(files), len(beside) - len(files)


def _patients(names: tuple[str, ...], settings: Settings) -> NDArray[np.int64]:
    """Per record a number that those of one patient share."""
    first = {name: names.index(group[0]) for group in settings.patients for name in group}
    return np.array([first.get(name, number) for number, name in enumerate(names)], np.int64)


def _contents(path: Path) -> list[tuple[str, str]]:
    """Names and digests of the folder's files."""
    files = [file for file in sorted(path.iterdir()) if file.is_file()]
    return [(file.name, hashlib.blake2b(file.read_bytes()).hexdigest()) for file in files]
