"""The documents say what the recorded results say."""

import json
import shutil
from pathlib import Path

import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.eval.results import documents

ROOT = Path(__file__).parents[2]


def test_the_documents_are_fresh():
    stale = [
        path.relative_to(ROOT)
        for path, text in documents(ROOT).items()
        if path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run make results"


@pytest.fixture
def checkout(tmp_path):
    """A copy of the documents, to be changed."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def test_another_result_changes_the_page_and_the_tables_that_show_it(checkout):
    path = checkout / "docs" / "results" / "mnist.json"
    results = json.loads(path.read_text(encoding="utf-8"))
    dense = next(row for row in results["table"] if row["label"] == "dense")
    dense["mean"], dense["deviation"] = 97.11, 0.25
    path.write_text(json.dumps(results), encoding="utf-8")
    changed = {
        path.relative_to(checkout).as_posix()
        for path, text in documents(checkout).items()
        if path.read_text(encoding="utf-8") != text and "97.11" in text
    }
    assert changed == {"docs/results/README.md", "docs/results/mnist.md"}


def test_a_block_that_nobody_knows_is_refused(checkout):
    block = "<!-- results: weather -->\n<!-- end of results -->\n"
    (checkout / "docs" / "weather.md").write_text(block, encoding="utf-8")
    with pytest.raises(InputError, match="no block is called 'weather'"):
        documents(checkout)


def test_a_result_that_is_missing_is_named(checkout):
    (checkout / "docs" / "results" / "lowerings.json").unlink()
    with pytest.raises(InputError, match=r"cannot read the results in .*lowerings\.json"):
        documents(checkout)
