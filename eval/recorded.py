"""The JSON of recorded results."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from keras_tvscm.errors import InputError

Json = dict[str, Any]
TITLES = {"mnist": "MNIST", "heartbeat": "heartbeats"}
# The paper's network: one layer of two nonzero offsets.
LAYER = "tvscm random:k=1,seed=15 int8"


class Results:
    """The JSON files of one folder, each read once.

    Raises:
        InputError: one is missing or is not JSON.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.of = cache(self._read)

    def _read(self, name: str) -> Json:
        path = self.folder / f"{name}.json"
        try:
            results: Json = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"cannot read the results in {path}: {error}") from error
        return results

    def row(self, study: str, label: str) -> Json:
        """A row of a study of accuracy."""
        return next(row for row in self.of(study)["table"] if row["label"] == label)

    def program(self, dataset: str, name: str) -> Json:
        """A program of the study of microcontrollers."""
        datasets = self.of("microcontroller")["datasets"]
        programs = next(entry for entry in datasets if entry["name"] == dataset)["programs"]
        program: Json = next(program for program in programs if program["name"] == name)
        return program

    def fastest(self, dataset: str, runtime: str, dtype: str, key: str) -> float:
        """The greatest ratio over the dense network of that dtype, of one-layer networks."""
        return max(
            row[key][dtype]
            for row in self.of(f"{dataset}-report")["measurements"]
            if row["runtime"] == runtime and row["model"].startswith("tvscm")
        )
