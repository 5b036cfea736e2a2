"""Figures in the documents are those that the studies of models and lowerings recorded."""

import json
from pathlib import Path

import pytest

from keras_tvscm.eval.report.tables import times
from keras_tvscm.eval.studies.lowering_times import WITHIN, as_markdown

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_lowerings_are_those_recorded():
    recorded = json.loads(text(RESULTS / "lowerings.json"))
    assert text(RESULTS / "lowerings.md") == as_markdown(recorded)
    near = [row["ratio"] <= WITHIN for row in recorded["rows"]]
    said = f"fastest form in {sum(near)} of {len(near)} cases"
    assert said in text(RESULTS.parent / "conversion.md")


@pytest.mark.parametrize("name", ["mnist", "heartbeat"])
def test_the_readme_shows_the_reports(name):
    page, readme = text(RESULTS / f"{name}-report.md"), text(RESULTS.parents[1] / "README.md")
    for runtime in ("litert-xnnpack", "tflm"):
        _, _, rest = page.partition(f"## {runtime}\n\n")
        assert rest.partition("\n\n")[0] in readme
    assert page.split("\n\n")[2] in readme


@pytest.mark.parametrize("name", ["mnist", "heartbeat"])
def test_the_claims_on_latency_are_the_fastest_in_the_reports(name):
    recorded = json.loads(text(RESULTS / f"{name}-report.json"))

    def best(runtime: str, dtype: str, key: str) -> str:
        return times(
            max(
                one[key][dtype]
                for one in recorded["measurements"]
                if one["runtime"] == runtime and one["model"].startswith("tvscm")
            )
        )

    [claim] = [
        line
        for line in text(RESULTS / "README.md").splitlines()
        if line.startswith(f"| latency, {'MNIST' if name == 'mnist' else 'heartbeats'} |")
    ]
    for dtype in ("int8", "float32"):
        for key in ("times_faster_than_dense", "times_faster_without_call"):
            assert best("litert-xnnpack", dtype, key) in claim
        assert best("tflm", dtype, "times_faster_than_dense") in claim


def test_the_lowerings_that_verify_are_those_recorded():
    recorded = json.loads(text(RESULTS / "verification.json"))
    status = [
        form["status"]
        for case in recorded["cases"]
        for lowering in case["lowerings"].values()
        for form in lowering.values()
    ]
    verified, refused = status.count("verified"), status.count("refused")
    said = f"{verified + refused} forms were offered, and {verified} verified"
    assert said in text(RESULTS.parent / "conversion.md")
