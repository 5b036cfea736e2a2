"""How many heartbeats the detector finds, beside wfdb's XQRS and GQRS, on all 48 records."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.datasets.fetching import checksums, fetch
from keras_tvscm.datasets.heartbeat import DS1, DS2
from keras_tvscm.ecg.ec57 import NOTICE
from keras_tvscm.ecg.front_end import beats
from keras_tvscm.ecg.reading import read
from keras_tvscm.ecg.recording import Recording
from keras_tvscm.errors import InputError
from keras_tvscm.files import locked, read_json, write_json
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.progress import Progress, announcing, silent

from .. import markdown

WINDOW = 0.15  # seconds between a beat and its annotation, at most (ANSI/AAMI EC57)


def tvscm(recording: Recording) -> NDArray[np.int64]:
    """R peaks by the front end."""
    return np.rint(beats(recording.samples()).samples * recording.rate / 120).astype(np.int64)


def xqrs(recording: Recording) -> NDArray[np.int64]:
    """QRS complexes by wfdb's XQRS."""
    from wfdb.processing import xqrs_detect

    found = xqrs_detect(recording.signal.astype(np.float64), recording.rate, verbose=False)
    return np.asarray(found, np.int64)


def gqrs(recording: Recording) -> NDArray[np.int64]:
    """QRS complexes by wfdb's GQRS, a translation of the C program of that name."""
    from wfdb.processing import gqrs_detect

    found = gqrs_detect(
        d_sig=np.rint(recording.signal * 200), fs=recording.rate, adc_gain=200, adc_zero=0
    )
    return np.asarray(found, np.int64)


DETECTORS: dict[str, Callable[[Recording], NDArray[np.int64]]] = {
    "tvscm": tvscm,
    "xqrs": xqrs,
    "gqrs": gqrs,
}
ALL = tuple(
    sorted(int(name.removesuffix(".hea")) for name in checksums("mitdb") if name.endswith(".hea"))
)
# The sums that a table shows. Most constants of our detector were chosen on DS1.
PARTS = {"48 records": ALL, "DS1": DS1, "DS2": DS2}


def study(
    folder: Path,
    *,
    detectors: Sequence[str] = tuple(DETECTORS),
    records: Sequence[int] = ALL,
    data_dir: Path | None = None,
    progress: Progress = silent,
    command: str = "",
) -> dict[str, Any]:
    """Count beats that are found, missed and made up; after a kill the same call goes on.

    Args:
        folder: keeps what is done, under `records`; what is there of other detectors is shown too.
        detectors: any of `DETECTORS`.
        records: numbers of the MIT-BIH database.
        data_dir: where its files are.
        progress: called before each record of each detector.
        command: the command line to record.

    Raises:
        InputError: there is no such detector or record.
    """
    for known, asked in ((DETECTORS, detectors), (ALL, records)):
        for name in asked:
            if name not in known:
                raise InputError(f"Unknown {name!r}; expected one of {', '.join(map(str, known))}")
    source = fetch("mitdb", data_dir)
    announce = announcing(progress, len(detectors) * len(records))
    with locked(folder / "records"):
        for number in records:
            for name in detectors:
                announce(f"{name} on {number}")
                path = folder / "records" / f"{number}-{name}.json"
                if not path.exists():
                    recording = read(source / str(number), annotator="atr")
                    counted = counts(recording, DETECTORS[name](recording))
                    write_json(path, {"record": number, "detector": name} | counted)
        rows = [read_json(path) for path in sorted((folder / "records").glob("*.json"))]
    return {
        "command": command,
        "records": rows,
        "machine": machine(),
        "versions": versions(),
    }


def counts(recording: Recording, found: NDArray[np.int64]) -> dict[str, int]:
    """Beats `annotated`, of these `missed`, and `false` ones that are no beats.

    Ventricular flutter has no beats to find: what lies in an episode of it is left out.

    Args:
        recording: with annotations.
        found: samples of beats, at the recording's rate, in order.
    """
    assert recording.peaks is not None
    with warnings.catch_warnings(action="ignore"):
        from wfdb.processing import compare_annotations

    window = round(WINDOW * recording.rate)
    annotated, found = (
        _outside(samples, recording.flutter, window) for samples in (recording.peaks, found)
    )
    if not len(found):
        return {"annotated": len(annotated), "missed": len(annotated), "false": 0}
    compared = compare_annotations(annotated, found, window)
    return {"annotated": len(annotated), "missed": int(compared.fn), "false": int(compared.fp)}


def _outside(
    samples: NDArray[np.int64], episodes: Sequence[tuple[int, int]], window: int
) -> NDArray[np.int64]:
    for first, last in episodes:
        samples = samples[(samples < first - window) | (samples > last + window)]
    return samples


def as_markdown(results: dict[str, Any]) -> str:
    """The page of the results."""
    by_detector: dict[str, dict[int, Any]] = {}
    for row in results["records"]:
        by_detector.setdefault(row["detector"], {})[row["record"]] = row
    names = [name for name in DETECTORS if name in by_detector]
    lines = ["# Beat detection", "", NOTICE, ""]
    lines += [
        "How many annotated heartbeats of the MIT-BIH Arrhythmia Database each detector finds",
        "within 150 ms (sensitivity, Se), and how much of what it finds is one (positive",
        "predictivity, +P): whole records from the first sample on, lead MLII where there is one,",
        "ventricular flutter of record 207 left out. `tvscm` is the detector of the front end",
        "(`keras_tvscm.ecg.detector`), in integers at 120 Hz. Its constants were chosen on DS1 but",
        "for its rule for T waves and its refractory time: of what DS1 left open these were taken",
        "after a look at the sums over all 48 records, so its figures on DS2 flatter. XQRS, GQRS",
        "are wfdb's, at 360 Hz, with their own constants, on the same lead.",
        "",
    ]
    sums = []
    for part, numbers in PARTS.items():
        for name in names:
            rows = [by_detector[name][n] for n in numbers if n in by_detector[name]]
            if rows:
                label = part if len(rows) == len(numbers) else f"{len(rows)} of {part}"
                sums.append([label, name, *_figures(rows)])
    header = ["records", "detector", "beats", "missed", "false", "Se %", "+P %"]
    lines += markdown.table(header, sums, 2)
    lines += ["## By record", ""]
    header = ["record", *(f"{name} {what}" for name in names for what in ("missed", "false"))]
    table = [
        [
            str(number),
            *(
                f"{by_detector[name][number][what]:,}" if number in by_detector[name] else ""
                for name in names
                for what in ("missed", "false")
            ),
        ]
        for number in sorted({row["record"] for row in results["records"]})
    ]
    lines += markdown.table(header, table)
    return "\n".join([*lines, *provenance(results), ""])


def _figures(rows: Sequence[dict[str, int]]) -> list[str]:
    annotated, missed, false = (
        sum(row[key] for row in rows) for key in ("annotated", "missed", "false")
    )
    found = annotated - missed
    return [
        *(f"{number:,}" for number in (annotated, missed, false)),
        f"{100 * found / annotated:.2f}",
        f"{100 * found / max(1, found + false):.2f}",
    ]
