import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from keras_tvscm.eval.comparison import Comparison
from keras_tvscm.eval.measurement import Measurement
from keras_tvscm.eval.report import NAMES, pictures, write
from keras_tvscm.eval.report.html import html
from keras_tvscm.eval.report.markdown import escape, markdown
from keras_tvscm.eval.report.runtime_table import results
from keras_tvscm.files import check_ours, read_json
from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.pattern import Pattern

from ..conftest import invented, measured, model_facts

NASTY = "<script>alert(1)</script> | `x` $\\frac$ \n# [a](http://b) *é* \ud800 中"


class Page(HTMLParser):
    """Tags, addresses and the text that a reader sees."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.ids, self.text = [], [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [v for k, v in attributes if k in ("src", "href", "srcset", "data")]
        self.ids += [v for k, v in attributes if k == "id"]

    def handle_data(self, data):
        if not self.tags or self.tags[-1] not in ("style", "script"):
            self.text += data


def test_files_are_whole_and_json_comes_back(comparison, tmp_path):
    path = write(comparison, tmp_path / "new" / "folder")
    assert {p.name for p in path.parent.iterdir()} == set(NAMES)
    assert read_json(path.parent / "report.json") == json.loads(json.dumps(comparison.to_json()))


def test_the_next_report_may_take_its_place(comparison, tmp_path):
    write(replace(comparison, versions={"keras-tvscm": "0.1.0"}), tmp_path)
    check_ours(*tmp_path.iterdir())


def test_markdown_has_the_confusion_matrix_of_each_sides_best(comparison):
    text = markdown(comparison)
    found = text[text.index("## Confusion matrices") :]
    # 93 and 98 of 100 rows, those in front, are right, and the classes take turns.
    lines = [line for line in found.splitlines() if line.startswith(("| head", "| tail"))]
    assert [line.split(" | ", 1)[1] for line in lines[:4]] == [
        "47 | 3 |",
        "4 | 46 |",
        "49 | 1 |",
        "1 | 49 |",
    ]


def test_same_comparison_same_page(comparison):
    assert html(comparison) == html(comparison)


def test_page_is_self_contained(comparison):
    text = html(comparison)
    page = Page(text)
    assert any(a.startswith("data:image/") for a in page.addresses)
    assert all(a.startswith(("data:image/", "#")) for a in page.addresses)
    assert not {"link", "iframe", "object"} & set(page.tags) and page.tags.count("script") == 1
    assert not re.search(r"url\(|@import|fetch\(|https?:", text)


def test_no_python_shows_through(comparison):
    for text in (Page(html(comparison)).text, markdown(comparison)):
        assert not re.search(r"\b(None|NaN|nan|inf|True|False)\b|[{}]", text)


@pytest.fixture
def nasty():
    """Markup wherever text from elsewhere can stand."""
    model = model_facts(NASTY, "tvscm", "int8", 10)
    model |= {"lowering": NASTY, "verification": {NASTY: NASTY}}
    model["patterns"] = [{"layer": NASTY, "n": 9, "a": [0], "b": [1], "label": NASTY}]
    dense = model_facts(NASTY + "2", "dense", "int8", 10)
    return invented(
        [model, dense, model_facts("z", None, None, 1)],
        [
            measured(NASTY, 90, 10.0, NASTY),
            measured(NASTY + "2", 91, 10.0, NASTY),
            Measurement("z", NASTY, "unavailable", NASTY),
        ],
        command=NASTY,
        dataset={"name": NASTY, "source": NASTY, "rows": 100, "classes": [NASTY, "y"]},
        majority={"class": NASTY, "accuracy": 0.5, "macro_f1": 0.3},
        machine={"processor": NASTY, "cores": 2},
        versions={NASTY: NASTY},
    )


def test_markup_is_escaped(nasty, tmp_path):
    path = write(nasty, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert text.count("<script") == 1 and text.count("&lt;script&gt;") > 10
    page = Page(text)
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    lines = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "<" not in lines and "&lt;script&gt;" in lines
    # A pipe or a line break of a name's own would change the table.
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines.splitlines() if "|" in line[:1]}
    assert widths == {len(results(nasty, NASTY).heads) + 2, 4, 6, 9}


def test_markdown_escape():
    assert escape("a|b`c\nd<e>&_*") == r"a\|b\`c d&lt;e&gt;&amp;\_\*"


def test_pattern_picture_is_the_matrix():
    pattern = Pattern(64, a=[0, 5], b=[1, 30])
    picture = imread(BytesIO(pictures.pattern(pattern)))[::4, ::4, :3]
    wanted = circulant.matrix(circulant.first_row(pattern, 1, 2)).astype(int)
    colours = np.array([pictures._rgb(c) for c in pictures.PATTERN_COLOURS]) / 255
    np.testing.assert_allclose(picture, colours[wanted], atol=0.003)


@pytest.mark.parametrize("n", [1, 2, 256, 257, 784, 5000])
def test_pattern_picture_is_small_and_keeps_thin_diagonals(n):
    picture = imread(BytesIO(pictures.pattern(Pattern(n, a=[0], b=[]))))[..., :3]
    assert picture.shape[0] == picture.shape[1] <= 256
    np.testing.assert_allclose(
        np.diagonal(picture).T,
        np.tile(pictures._rgb("#0072B2") / 255, (len(picture), 1)),
        atol=0.003,
    )


def test_broken_pattern_is_left_out(comparison):
    for entry in (3, {"layer": "l", "n": 8, "a": [99], "b": [], "label": "x"}):
        model = comparison.models[3] | {"patterns": [entry]}
        page = html(replace(comparison, models=[*comparison.models[:3], model]))
        assert "<h4>Patterns</h4>" not in page


def test_model_at_chance_level_is_named_instead_of_drawn(comparison):
    models = [*comparison.models, model_facts("guess", None, None, 10)]
    runs = [*comparison.measurements, measured("guess", 50, 100.0)]
    assert "no better than the majority class: guess" in html(
        replace(comparison, models=models, measurements=runs)
    )


def test_worst_mistakes_are_drawn_as_what_they_are(written):
    page = (written / "report.html").read_text(encoding="utf-8")
    assert 'alt="Test row 0"' in page and "<polyline" not in page
    data = read_json(written / "report.json")
    signal = base64.b64encode(bytes([0, 255, 51])).decode()
    data["dataset"] |= {"name": "mine", "drawn": {"0": signal}}
    page = html(Comparison.from_json(data))
    assert '<polyline points="0,100 1,0 2,80"/>' in page
    # What was not recorded has its words alone.
    assert "1, taken for 8</b>row 10" in page and "Test row 10" not in page


def test_a_digit_keeps_its_pixels():
    pixels = np.arange(64, dtype=np.uint8)
    picture = imread(BytesIO(pictures.image(pixels.tobytes(), (8, 8))))
    np.testing.assert_allclose(picture[..., 0].ravel(), pixels / 255, atol=0.003)


def test_every_model_has_a_section_that_its_rows_lead_to(written):
    page = Page((written / "report.html").read_text(encoding="utf-8"))
    assert len(page.ids) == len(set(page.ids))
    targets = {address[1:] for address in page.addresses if address[:1] == "#"}
    assert targets <= set(page.ids)
    assert {f"model-{number}" for number in range(1, 17)} <= targets


def older(report):
    """The report without what schema 1 did not have."""
    new = {"schema", "windows", "places", "spins", "runtime_memory", "recordings", "noise", "noisy"}
    report = {key: value for key, value in report.items() if key not in new}
    del report["dataset"]["drawn"]
    for model in report["models"]:
        del model["gzip_bytes"], model["operators"]
    for row in report["measurements"]:
        for key in ("latency", "peak_memory_bytes", "mistakes", "energy", "operators", "interval"):
            del row[key]
        if row["latency_ns"]:
            del row["latency_ns"]["windows"], row["latency_ns"]["cold"]
    return report


def test_an_older_report_is_written_again(tmp_path):
    path = Path(__file__).parents[3] / "docs" / "results" / "heartbeat-report.json"
    comparison = Comparison.from_json(older(read_json(path)))
    page = write(comparison, tmp_path).read_text(encoding="utf-8")
    assert "Take cnn-bytes int8 for accuracy" in page and "noisy" not in page
