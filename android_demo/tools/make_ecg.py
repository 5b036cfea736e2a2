"""Cut a strip out of a record of the MIT-BIH Arrhythmia Database, for the app to play.

    python android_demo/tools/make_ecg.py

Written once and kept, for the app is built without the database.
"""

import argparse
import json
from pathlib import Path

from keras_tvscm.datasets.beats import CLASS_OF, CLASSES, RATE
from keras_tvscm.datasets.fetching import fetch
from keras_tvscm.datasets.wfdb_files import read_wfdb
from keras_tvscm.files import write_text

# Few stretches of the database have four kinds of beats in so short a time.
RECORD, START, SECONDS = "213", 1420, 75
PATH = Path(__file__).parents[1] / "ecg" / "strip.json"


def strip(record: Path, start: int, seconds: int) -> dict[str, object]:
    """The samples of the first signal, and the beats that lie wholly among them.

    A beat lasts from its annotation to the next one and a fifth of the interval after that, as in
    the data set (see `keras_tvscm.datasets.beats`).

    Args:
        record: its files, without suffix.
        start: second of the record.
        seconds: how long.
    """
    signal, at, symbols = read_wfdb(record, RATE, None)
    first, end = start * RATE, (start + seconds) * RATE
    beats = []
    for i, symbol in enumerate(symbols[:-2]):
        length = int(at[i + 1] - at[i] + 0.2 * (at[i + 2] - at[i + 1]))
        if symbol in CLASS_OF and first <= at[i] and at[i] + length <= end:
            label = CLASSES[CLASS_OF[symbol]]
            beats.append({"start": int(at[i]) - first, "length": length, "label": label})
    seconds_of = f"seconds {start} to {start + seconds}"
    return {
        "source": "MIT-BIH Arrhythmia Database 1.0.0 (PhysioNet; ODC-By 1.0), record "
        f"{record.name}, first signal, {seconds_of}; labels: its annotations",
        "rate": RATE,
        "beats": beats,
        "samples": signal[first:end].tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", help="folder with the official files; else as tvscm data")
    options = parser.parse_args()
    made = strip(fetch("mitdb", options.data_dir) / RECORD, START, SECONDS)
    write_text(PATH, json.dumps(made, separators=(",", ":")) + "\n")
    print(f"{PATH} {PATH.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
