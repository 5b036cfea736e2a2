"""Judge the packaged models on the whole test parts, for the app to show.

    python android_demo/tools/make_accuracy.py --data-dir FOLDER

Written once and kept, for the app is built without the whole data sets: on the few rows of the
excerpts two networks may come out the other way round. Reads the models of `make_assets.py`.
"""

import argparse
import json
from pathlib import Path

from keras_tvscm import datasets
from keras_tvscm.convert import runtimes
from keras_tvscm.files import write_text
from make_assets import ACCURACY, BUILD, DATASETS, NETWORKS


def judged(dataset: str, assets: Path, data_dir: Path | None) -> dict[str, float]:
    """`rows` of the test part, and of each network the fraction that LiteRT's XNNPACK gets right.

    Args:
        dataset: of `DATASETS`.
        assets: folder with the models.
        data_dir: see `datasets.load`.
    """
    test = datasets.load(dataset, data_dir).test
    found: dict[str, float] = {"rows": len(test)}
    for network in NETWORKS:
        content = (assets / f"{dataset}-{network}.tflite").read_bytes()
        scores = runtimes.load("litert-xnnpack", content).predict(test.x)
        found[network] = round(float((scores.argmax(axis=1) == test.y).mean()), 4)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="the official files; else as tvscm data")
    options = parser.parse_args()
    made = {name: judged(name, BUILD / "assets", options.data_dir) for name in DATASETS}
    write_text(ACCURACY, json.dumps(made, indent=1) + "\n")
    print(ACCURACY)


if __name__ == "__main__":
    main()
