"""The front end with its network as C: equal to Python on whole records, and counted."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.convert.c_source import generate
from keras_tvscm.convert.c_source.front_end import with_front_end
from keras_tvscm.convert.c_source.front_end_check import check_front_end
from keras_tvscm.convert.native.front_end import compiled
from keras_tvscm.datasets.fetching import fetch
from keras_tvscm.ecg.ec57 import NOTICE
from keras_tvscm.ecg.front_end import RATE, beats
from keras_tvscm.ecg.reading import read
from keras_tvscm.machine import machine, provenance, versions
from keras_tvscm.progress import Progress, announcing, silent

from .. import markdown
from ..microcontroller.front_end import COIN_CELL_JOULES, count_front_end
from .beat_detection import ALL

CORES = ("cortex-m0", "cortex-m4")
COUNTED_RECORD = 100
COUNTED_SECONDS = 20
DAY = 24 * 60 * 60


class Signals(Mapping[str, NDArray[np.int16]]):
    """Records at 120 Hz, each read when it is asked for.

    Args:
        folder: of the records.
        records: their numbers.
        announce: called before a record is read.
    """

    def __init__(self, folder: Path, records: Sequence[int], announce: Any = print) -> None:
        self._folder, self._records, self._announce = folder, records, announce

    def __getitem__(self, name: str) -> NDArray[np.int16]:
        self._announce(name)
        return read(self._folder / name.removeprefix("record "), annotator="atr").samples()

    def __iter__(self) -> Iterator[str]:
        return (f"record {number}" for number in self._records)

    def __len__(self) -> int:
        return len(self._records)


def study(
    content: bytes,
    name: str,
    *,
    records: Sequence[int] = ALL,
    cores: Sequence[str] = CORES,
    data_dir: Path | None = None,
    progress: Progress = silent,
    command: str = "",
) -> dict[str, Any]:
    """Compare the C with Python on whole records, count it on cores, and time a day of signal.

    Args:
        content: an int8 `.tflite` model of `heartbeat-rhythm`.
        name: what tables call it; a C identifier.
        records: numbers of the MIT-BIH database.
        cores: to count on, of `CORES` in `eval.cortex_m`.
        data_dir: where the database's files are.
        progress: called before each record and core.
        command: the command line to record.

    Raises:
        InputError: the model is not of that kind; there is no C compiler.
        CheckError: something differs.
    """
    folder = fetch("mitdb", data_dir)
    announce = announcing(progress, len(records) + 2 + len(cores))
    source = with_front_end(generate(content, name), content)
    equality = check_front_end(source, content, Signals(folder, records, announce))
    signal = Signals(folder, [COUNTED_RECORD], announce)[f"record {COUNTED_RECORD}"]
    counted = []
    for core in cores:
        announce(core)
        counts = count_front_end(source, signal[: RATE * COUNTED_SECONDS], core)
        counted.append(counts.to_json())
    announce("a day of signal")
    return {
        "command": command,
        "network": {"name": name, "bytes": len(content), "constant_bytes": source.constant_bytes},
        "equality": equality,
        "counted": counted,
        "resamplers": {str(rate): _resampler(rate) for rate in (250, 360)},
        "day": day(signal),
        "machine": machine(),
        "versions": versions(),
    }


def day(signal: NDArray[np.int16]) -> dict[str, float]:
    """Seconds that the front end takes for 24 hours of signal, by Python and compiled.

    Args:
        signal: some of it. Python sees that once, and the time is scaled; C a whole day of it.
    """
    started = time.perf_counter()
    beats(signal)
    in_python = (time.perf_counter() - started) * DAY * RATE / len(signal)
    front_end = compiled()
    started = time.perf_counter()
    for _ in range(-(-DAY * RATE // len(signal))):
        front_end.push_many(signal)
    return {"python": in_python, "compiled": time.perf_counter() - started}


def as_markdown(results: dict[str, Any]) -> str:
    """The page of the results."""
    equality, network = results["equality"], results["network"]
    lines = ["# The front end as C", "", NOTICE, ""]
    lines += [
        f"`{network['name']}` ({network['bytes']:,} bytes of int8 TFLite) behind the front end, as",
        "`tvscm convert --target c --with-front-end` writes it.",
        "",
        "Equality: " + (equality["reason"] if "reason" in equality else _equal(equality)),
        "",
        "## On a Cortex-M",
        "",
        f"Instructions counted on an emulated core over the first {COUNTED_SECONDS} s of record",
        f"{COUNTED_RECORD}, front end and network, per second of signal (120 samples). SRAM is the",
        "front end's state, the network's scratch memory, and the stack. Flash is all code and",
        "constants.",
        "",
    ]
    table = [
        [
            each["core"],
            f"{each['instructions_a_second']:,.0f}",
            *(
                f"{each[key]:,}"
                for key in ("flash_bytes", "sram_bytes", "state_bytes", "scratch_bytes")
            ),
            f"{each['stack_bytes']:,}",
        ]
        for each in results["counted"]
    ]
    header = ["core", "instructions a second", "flash B", "SRAM B", "state B", "scratch B"]
    lines += markdown.table([*header, "stack B"], table)
    lines += [
        "Energy of the computation alone, **modelled** (counts times cycles times the datasheet's",
        "current), without sleep, the amplifier or a radio; beside it how many years a CR2032 of",
        f"{COIN_CELL_JOULES:,.0f} J (225 mAh at 3 V) would give that much.",
        "",
    ]
    energies = [
        [
            part,
            each["core"],
            markdown.bounds(energy["joules_a_day"]),
            markdown.bounds(energy["years_of_a_coin_cell"]),
        ]
        for each in results["counted"]
        for part, energy in each["energy"].items()
    ]
    lines += markdown.table(["part", "core", "J a day", "years of a CR2032"], energies, 2)
    resamplers = [
        [rate, *(f"{figure:,}" for figure in each.values())]
        for rate, each in results["resamplers"].items()
    ]
    lines += ["The resamplers, each a file of its own (`--resample`):", ""]
    header = ["from Hz", "taps", "phases", "table B", "state B", "products a second"]
    lines += markdown.table(header, resamplers)
    seconds = results["day"]
    lines += [
        "## On this machine",
        "",
        f"24 hours of signal take {seconds['python']:,.0f} s in Python on one core (30 minutes",
        f"timed), and {seconds['compiled']:,.1f} s compiled; the network comes on top.",
        "",
    ]
    return "\n".join([*lines, *provenance(results), ""])


def _equal(equality: dict[str, int]) -> str:
    return (
        f"rows, places, scores and classes of all {equality['beats']:,} beats that were found in "
        f"{equality['signals']} whole records ({equality['samples']:,} samples) are those of "
        "Python and TFLite-Micro, byte by byte."
    )


def _resampler(rate: int) -> dict[str, int]:
    from keras_tvscm.ecg.resampling import filter_for

    phases, taps = filter_for(rate).phases.shape
    return {
        "taps": taps,
        "phases": phases,
        "table_bytes": 2 * phases * taps,
        "state_bytes": 2 * taps + 6,
        "products_a_second": RATE * taps,
    }
