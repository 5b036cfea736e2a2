"""The quick-start notebook runs, and prints what is stored in it."""

import copy
import json
import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

NOTEBOOK = Path(__file__).parents[2] / "docs" / "quickstart.ipynb"


def printed(notebook):
    """What its last cell prints, without the figures, which differ from machine to machine."""
    text = "".join(output.get("text", "") for output in notebook.cells[-1].outputs)
    return re.sub(r"[\d.,]+", "0", text)


@pytest.mark.filterwarnings("default")  # of Jupyter's own
def test_it_runs_and_writes_a_verified_model(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    stored = copy.deepcopy(notebook)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    assert printed(notebook) == printed(stored) != ""
    record = json.loads((tmp_path / "digits.tflite.json").read_text(encoding="utf-8"))
    assert record["verification"]["agreement"] >= 0.99
    assert record["bytes"] == (tmp_path / "digits.tflite").stat().st_size
