"""Figures in the documents are those that the study recorded."""

import json
from pathlib import Path

import pytest

from keras_tvscm.eval.microcontroller import as_markdown
from keras_tvscm.eval.microcontroller.markdown import times

DOCS = Path(__file__).parents[3] / "docs"
LAYER = "tvscm random:k=1,seed=15 int8"


@pytest.fixture(scope="module")
def recorded():
    return json.loads((DOCS / "results" / "microcontroller.json").read_text(encoding="utf-8"))


def programs(recorded, name):
    [dataset] = [one for one in recorded["datasets"] if one["name"] == name]
    return {one["name"]: one for one in dataset["programs"]}


def test_the_page_is_made_from_the_record(recorded):
    page = (DOCS / "results" / "microcontroller.md").read_text(encoding="utf-8")
    assert page == as_markdown(recorded)


@pytest.mark.parametrize("name", ["mnist", "heartbeat"])
def test_the_claims_are_held_against_the_record(recorded, name):
    page = (DOCS / "claims.md").read_text(encoding="utf-8")
    found = programs(recorded, name)
    ratios, alone = found[LAYER]["ratios"], found["softmax int8"]["ratios"]
    for core, gains in ratios["int8"]["cores"].items():
        memory = [times(gains[key]) for key in ("loads_and_stores", "accesses", "bytes_read")]
        assert " | ".join(memory) in page
        soft = " (software float)" if core == "cortex-m0" else ""
        latency = [
            times(gains["instructions"]),
            times(ratios["from_float32"]["cores"][core]["instructions"]) + soft,
            times(alone["int8"]["cores"][core]["instructions"]),
        ]
        assert " | ".join(latency) in page


@pytest.mark.parametrize("name", ["mnist", "heartbeat"])
def test_the_readme_shows_the_record(recorded, name):
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    found = programs(recorded, name)
    for program in ("dense int8", "fast int8", LAYER):
        one = found[program]
        counts = one["cores"]["cortex-m4"]["counts"]
        row = [f"{counts['instructions']:,}", f"{counts['flash_bytes']:,}"]
        for kind in ("int8", "from_float32"):
            row.append(times(one["ratios"][kind]["cores"]["cortex-m4"]["instructions"]))
        assert " | ".join([*row, f"{100 * one['score']['accuracy']:.2f}"]) in readme
