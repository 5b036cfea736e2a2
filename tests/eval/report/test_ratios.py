"""Every ratio that the report prints, computed again from report.json alone."""

import re
from functools import cache

import numpy as np
import pytest

from keras_tvscm.files import read_json

X = "\N{MULTIPLICATION SIGN}"


def printed(ratio):
    return f"{ratio:,.{2 if ratio < 1 else 1 if ratio < 100 else 0}f}{X}"


def drawn_medians(windows):
    """Of windows drawn with replacement, 2,000 times."""
    draw = np.random.default_rng(0).integers(len(windows), size=(2000, len(windows)))
    return np.median(np.array(windows)[draw].reshape(2000, -1), axis=1)


def to(bounds):
    low, high = (printed(bound)[:-1] for bound in bounds)
    return f"{low} to {high}"


class Recorded:
    """The JSON, by model and place."""

    def __init__(self, data):
        self.data = data
        self.models = {model["name"]: model for model in data["models"]}
        self.rows = {(row["model"], row["runtime"]): row for row in data["measurements"]}
        self.drawn = cache(lambda model, place: drawn_medians(self.windows(model, place)))

    def windows(self, model, place):
        return self.rows[model, place]["latency_ns"]["windows"]

    def cost(self, model, place):
        if place == "bytes":
            return self.models[model]["bytes"]
        row = self.rows[model, place]
        return (
            row["counts"]["instructions"]
            if row["counts"]
            else np.median(self.windows(model, place))
        )

    def interval(self, above, below, place):
        """Of the ratio of the two, at 95 %; None of what is counted."""
        if place == "bytes" or self.rows[above, place]["counts"]:
            return None
        return np.percentile(self.drawn(above, place) / self.drawn(below, place), [2.5, 97.5])


@pytest.fixture(scope="module")
def recorded(written):
    return Recorded(read_json(written / "report.json"))


@pytest.fixture(scope="module")
def text(written):
    return (written / "report.md").read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")


def cells(line):
    return [cell.strip().replace("**", "") for cell in line.strip("|\n").split("|")]


def section(text, head):
    return text.split(f"## {head}\n")[1].split("\n## ")[0]


def rows_of(text):
    """Rows of the table in it, by head; the model's name without what stands beside it."""
    lines = [cells(line) for line in text.splitlines() if line.startswith("|")]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


@pytest.mark.parametrize(
    "place", ["litert-xnnpack", "litert-builtin", "tflite-runtime", "tflm", "cortex-m4"]
)
def test_ratios_to_the_dense_network(recorded, text, place):
    call = recorded.data["calls"].get(place, 0)
    checked = 0
    for row in rows_of(section(text, place)):
        name = re.sub(r" \(.*", "", row["model"])
        for dtype in ("int8", "float32"):
            shown, dense = row.get(f"vs dense {dtype}", ""), f"dense {dtype}"
            if X not in shown:
                continue
            above, below = recorded.cost(dense, place), recorded.cost(name, place)
            notes = []
            bounds = None if name == dense else recorded.interval(dense, name, place)
            if bounds is not None:
                notes.append(to(bounds))
            without = printed((above - call) / (below - call))
            if without != printed(above / below):
                notes.append(f"{without} less call")
            expected = printed(above / below) + (f" ({'; '.join(notes)})" if notes else "")
            assert shown == expected, name
            checked += 1
    assert checked == (12 if place == "cortex-m4" else 30)


def test_ratios_of_the_decision(recorded, text):
    """Row by row: what the best of the others takes over what ours takes."""
    table = rows_of(text.split("## ")[0])
    assert [row["what counts"] for row in table][:3] == [
        "accuracy",
        "bytes",
        "time on litert-xnnpack",
    ]
    for row in table[1:]:
        place = row["what counts"].split(" on ")[-1]
        ours, theirs = (
            re.sub(r" \(.*", "", row[head]) for head in ("best TVSCM network", "best of the others")
        )
        ratio = recorded.cost(theirs, place) / recorded.cost(ours, place)
        bounds = recorded.interval(theirs, ours, place)
        if ratio < 1:
            ratio, bounds = 1 / ratio, None if bounds is None else 1 / bounds[::-1]
        expected = printed(ratio) + ("" if bounds is None else f" ({to(bounds)})")
        assert row["TVSCM against the other"].startswith(f"{expected} ")


def test_ratios_of_the_first_sentences(recorded, text):
    """Each gain of one over the other, and what the second most accurate saves."""
    sentences = " ".join(text.split("## ")[0].split("\n\n")[2:4])
    found = 0
    for place, best, ratio, bounds, second in re.findall(
        rf"(?:smallest|on (\S+)) (?:is|takes) (\S+ int8) with [\d.,]+(?: \w+)?, "
        rf"([\d.,]+{X})(?: \((.*?)\))? [a-z ]+ than (\S+ \w+), the best",
        sentences,
    ):
        place = place or "bytes"
        assert ratio == printed(recorded.cost(second, place) / recorded.cost(best, place))
        expected = recorded.interval(second, best, place)
        assert bounds == ("" if expected is None else to(expected))
        found += 1
    # Of two models, of which the first saves something.
    saved = rf"([\d.]+{X}) smaller and ([\d.]+{X}) \((.*?)\) faster on litert-xnnpack"
    beaten = re.search(rf"(\S+ int8) beats (\S+ int8): at .*? it is {saved}", sentences)
    most = re.search(
        rf"most accurate is (\S+ int8) with .*? above (\S+ int8), the best of the others, which "
        rf"is {saved}",
        sentences,
    )
    best, second, *figures = most.groups()
    for less, more, size, speed, bounds in (beaten.groups(), (second, best, *figures)):
        assert size == printed(recorded.cost(more, "bytes") / recorded.cost(less, "bytes"))
        place = "litert-xnnpack"
        assert speed == printed(recorded.cost(more, place) / recorded.cost(less, place))
        assert bounds == to(recorded.interval(more, less, place))
        found += 2
    # No other is printed there.
    assert sentences.count(X) == found == 10


def test_ratios_of_claims_and_energy(recorded, text):
    by_claim = {row["claim"]: row for row in rows_of(section(text, "What the paper claims"))}
    models = recorded.models
    layer = "tvscm random:k=1,seed=15 int8"
    memory = models["dense int8"]["parameters"] / models[layer]["parameters"]
    assert by_claim["memory"]["here"] == printed(memory)
    hosts = recorded.data["calls"]
    against_float = max(
        recorded.cost("dense float32", place) / recorded.cost(layer, place) for place in hosts
    )
    # The last of the two on latency is the one against float32.
    assert by_claim["latency"]["here"] == printed(against_float)
    of_energy = section(text, "Energy")
    measured, modelled = of_energy.split("Modelled, not measured, cortex-m4: ")
    for table, place in ((measured, "tflm"), (modelled, "cortex-m4")):
        rows = rows_of(table)
        assert len(rows) == (14 if place == "tflm" else 12)
        for row in rows:
            own, dense = (
                recorded.rows[name, place]["energy"][0]["microjoules"]
                for name in (row["model"], "dense int8")
            )
            ends = [dense[end] / own[end] for end in ("low", "high")]
            if place == "tflm" and row["model"] != "dense int8":
                # Two measurements are off independently of each other.
                ends = [dense["low"] / own["high"], dense["high"] / own["low"]]
            low, high = (f"{float(f'{end:.3g}'):,.10g}" for end in sorted(ends))
            assert row["vs dense"] == (low if low == high else f"{low} to {high}") + X
