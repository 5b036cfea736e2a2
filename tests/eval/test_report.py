import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from keras_tvscm.eval.measurement import Measurement
from keras_tvscm.eval.report import plots, write
from keras_tvscm.eval.report.headline import headline
from keras_tvscm.eval.report.html import html
from keras_tvscm.eval.report.markdown import escape, markdown
from keras_tvscm.eval.report.tables import microseconds, percent, plain, results, times
from keras_tvscm.files import check_ours, read_json
from keras_tvscm.patterns import circulant
from keras_tvscm.patterns.pattern import Pattern

from .conftest import invented, measured, model_facts, scored

NASTY = "<script>alert(1)</script> | `x` $\\frac$ \n# [a](http://b) *é* \ud800 中"


class Page(HTMLParser):
    """Tags, addresses and the text that a reader sees."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [v for k, v in attributes if k in ("src", "href", "srcset", "data")]

    def handle_data(self, data):
        if not self.tags or self.tags[-1] != "style":
            self.text += data


def test_files_are_whole_and_json_comes_back(comparison, tmp_path):
    path = write(comparison, tmp_path / "new" / "folder")
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "report.html",
        "report.json",
        "report.md",
    ]
    assert read_json(path.parent / "report.json") == json.loads(json.dumps(comparison.to_json()))


def test_the_next_report_may_take_its_place(comparison, tmp_path):
    write(replace(comparison, versions={"keras-tvscm": "0.1.0"}), tmp_path)
    check_ours(*tmp_path.iterdir())


def test_same_comparison_same_page(comparison):
    assert html(comparison) == html(comparison)


def test_page_is_self_contained(comparison):
    page = Page(html(comparison))
    assert page.addresses and all(a.startswith("data:image/") for a in page.addresses)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert "url(" not in html(comparison) and "@import" not in html(comparison)


def test_no_python_shows_through(comparison):
    for text in (Page(html(comparison)).text, markdown(comparison)):
        assert not re.search(r"\b(None|NaN|nan|inf|True|False)\b|[{}]", text)


def test_headline_says_gain_loss_and_floors(comparison):
    found = headline(comparison)
    text = " ".join(found.sentences).replace("\N{NO-BREAK SPACE}", " ")
    assert text.startswith(
        "tvscm int8 is 10.0\N{MULTIPLICATION SIGN} smaller than dense int8 at 93.0 % accuracy "
        "(dense int8 97.0 %): 8.0\N{MULTIPLICATION SIGN} faster on litert-xnnpack, "
        "40.0\N{MULTIPLICATION SIGN} faster on tflm."
    )
    assert "The head alone (softmax int8: the same network without the TVSCM layer)" in text
    assert "reaches 90.0 %." in text and "right for 50.0 %" in text
    assert found.figures == (
        ("10.0\N{MULTIPLICATION SIGN}", "smaller file"),
        ("8.0\N{MULTIPLICATION SIGN}", "the speed on litert-xnnpack"),
        ("40.0\N{MULTIPLICATION SIGN}", "the speed on tflm"),
        ("\N{MINUS SIGN}4.0", "points of accuracy"),
    )


def test_headline_begins_with_the_smallest_that_loses_nothing_and_shows_the_cnn():
    models = [
        model_facts("d", "dense", "int8", 4000),
        model_facts("exact", "stack", "int8", 200),
        model_facts("good", "fast", "int8", 100),
        model_facts("quick", "tvscm", "int8", 50),
        model_facts("cnn", "cnn-small", "int8", 40),
    ]
    instructions = {"d": 8000, "exact": 16_000, "good": 4000, "quick": 1000, "cnn": 2000}
    accuracy = {"d": 95, "exact": 99, "good": 97, "quick": 90, "cnn": 96}
    microseconds = {"d": 8.0, "exact": 16.0, "good": 8.1, "quick": 2.0, "cnn": 1.0}
    runs = [measured(name, accuracy[name], 1000 * us) for name, us in microseconds.items()]
    for name, count in instructions.items():
        counts = {"instructions": count, "flash_bytes": 1, "sram_bytes": 2}
        score = scored(accuracy[name])
        runs.append(Measurement(name, "cortex-m4", "measured", None, score, None, counts))
    compared = invented(models, runs, cores=["cortex-m4"], calls={"litert-xnnpack": 200.0})
    found = headline(compared)
    x = "\N{MULTIPLICATION SIGN}"
    assert [line.replace("\N{NO-BREAK SPACE}", " ") for line in found.sentences[:4]] == [
        f"good is 40.0{x} smaller than d at 97.0 % accuracy (d 95.0 %): about as fast on "
        f"litert-xnnpack, 2.0{x} fewer instructions on cortex-m4.",
        f"The fastest: quick is 80.0{x} smaller than d at 90.0 % accuracy (d 95.0 %): "
        f"4.0{x} faster on litert-xnnpack, 8.0{x} fewer instructions on cortex-m4.",
        f"The most accurate: exact is 20.0{x} smaller than d at 99.0 % accuracy (d 95.0 %): "
        f"2.0{x} slower on litert-xnnpack, 2.0{x} more instructions on cortex-m4.",
        f"The small CNN: cnn is 100{x} smaller than d at 96.0 % accuracy (d 95.0 %): "
        f"8.0{x} faster on litert-xnnpack, 4.0{x} fewer instructions on cortex-m4.",
    ]
    assert (f"2.0{x}", "fewer instructions on cortex-m4") in found.figures
    table = results(compared, "cortex-m4")
    assert table.heads[5:] == ("instructions", "vs dense int8", "flash bytes", "SRAM bytes")
    assert [cell.text for cell in table.rows[1].cells[5:]] == ["4,000", f"2.0{x}", "1", "2"]
    page = Page(html(compared)).text
    assert "cortex-m4, emulated: instructions are counted" in page and "small CNN" in page
    assert "Instructions are not time" in markdown(compared)


def test_headline_admits_slower_and_useless():
    models = [
        model_facts("d", "dense", "int8", 100),
        model_facts("t", "tvscm", "int8", 101),
        model_facts("s", "softmax", "int8", 90),
    ]
    runs = [measured("d", 97, 1000.0), measured("t", 90, 2000.0), measured("s", 90, 900.0)]
    text = " ".join(headline(invented(models, runs)).sentences)
    assert text.startswith("t is about as large as d at 90.0")
    assert "2.0\N{MULTIPLICATION SIGN} slower on litert-xnnpack" in text
    assert "so the TVSCM layer adds no accuracy here" in text


def test_headline_without_dense_and_without_anything():
    models = [model_facts("one", None, None, 10), model_facts("two", None, None, 20)]
    runs = [measured("one", 80, 2000.0), measured("two", 70, 1000.0)]
    text = " ".join(headline(invented(models, runs)).sentences)
    assert "one is the most accurate" in text and "two the fastest" in text
    none = [Measurement("one", "tflm", "unavailable", "not installed")]
    assert "No model could be run" in headline(invented(models[:1], none)).sentences[0]
    assert "not installed" in html(invented(models[:1], none))


def test_table_ranks_and_marks_the_best(comparison):
    table = results(comparison, "litert-xnnpack")
    assert [row.name for row in table.rows] == [
        "dense float32",
        "dense int8",
        "tvscm int8",
        "softmax int8",
        "always “head”",
    ]
    assert [row.baseline for row in table.rows] == [False, False, False, True, True]
    best = {
        (row.name, head)
        for row in table.rows
        for head, cell in zip(table.heads, row.cells, strict=bool(row.cells))
        if cell.best
    }
    assert ("dense float32", "accuracy %") in best
    assert ("tvscm int8", "latency µs") in best and ("tvscm int8", "model bytes") in best
    assert all(name != "softmax int8" for name, _ in best)
    assert not any(head == "multiplications" for _, head in best)  # all alike


def test_table_of_tflm_has_arena_and_reason(comparison):
    table = results(comparison, "tflm")
    assert table.heads[-1] == "minimum arena bytes" and "vs dense float32" not in table.heads
    assert table.rows[-1].reason == "TFLite-Micro has no operator X"
    assert "| 9,168 |" in markdown(comparison)


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
    assert "<script" not in text and text.count("&lt;script&gt;") > 10
    page = Page(text)
    assert "script" not in page.tags and "a" not in page.tags
    lines = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "<" not in lines and "&lt;script&gt;" in lines
    # A pipe or a line break of a name's own would change the table.
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines.splitlines() if "|" in line[:1]}
    assert widths == {len(results(nasty, NASTY).heads) + 2, 4, 7}


def test_markup_is_escaped_in_pictures():
    picture = plots.trade_off([(NASTY[:20], "tvscm", "int8", 10.0, 0.9)], "bytes").decode()
    assert "<script" not in picture and "&lt;script&gt;" in picture
    assert "<script" not in plots.confusion([[1, 0], [0, 1]], ["<script>", "$x$"]).decode()


def test_markdown_escape():
    assert escape("a|b`c\nd<e>&_*") == r"a\|b\`c d&lt;e&gt;&amp;\_\*"


def test_pattern_picture_is_the_matrix():
    from io import BytesIO

    from matplotlib.image import imread

    pattern = Pattern(64, a=[0, 5], b=[1, 30])
    picture = imread(BytesIO(plots.pattern(pattern)))[::4, ::4, :3]
    wanted = circulant.matrix(circulant.first_row(pattern, 1, 2)).astype(int)
    colours = np.array([plots._rgb(c) for c in plots.PATTERN_COLOURS]) / 255
    np.testing.assert_allclose(picture, colours[wanted], atol=0.003)


@pytest.mark.parametrize("n", [1, 2, 256, 257, 784, 5000])
def test_pattern_picture_is_small_and_keeps_thin_diagonals(n):
    from io import BytesIO

    from matplotlib.image import imread

    picture = imread(BytesIO(plots.pattern(Pattern(n, a=[0], b=[]))))[..., :3]
    assert picture.shape[0] == picture.shape[1] <= 256
    np.testing.assert_allclose(
        np.diagonal(picture).T, np.tile(plots._rgb("#0072B2") / 255, (len(picture), 1)), atol=0.003
    )


def test_pictures_are_the_same_each_time():
    points = [("a", "dense", "int8", 10.0, 0.9), ("b", "tvscm", "float32", 5.0, 0.8)]
    assert plots.trade_off(points, "bytes") == plots.trade_off(points, "bytes")
    assert plots.confusion([[5, 1], [0, 3]], ["x", "y"]) == plots.confusion(
        [[5, 1], [0, 3]], ["x", "y"]
    )


def test_front_leaves_out_what_is_beaten():
    points = [("a", None, None, 1.0, 0.5), ("b", None, None, 2.0, 0.4), ("c", None, None, 3.0, 0.9)]
    assert plots._front(points) == [(1.0, 50.0), (3.0, 90.0)]


def test_broken_pattern_is_left_out(comparison):
    for entry in (3, {"layer": "l", "n": 8, "a": [99], "b": [], "label": "x"}):
        model = comparison.models[3] | {"patterns": [entry]}
        page = html(replace(comparison, models=[*comparison.models[:3], model]))
        assert "<h2>Patterns</h2>" not in page


def test_model_at_chance_level_is_named_instead_of_drawn(comparison):
    models = [*comparison.models, model_facts("guess", None, None, 10)]
    runs = [*comparison.measurements, measured("guess", 50, 100.0)]
    assert "no better than the majority class: guess" in html(
        replace(comparison, models=models, measurements=runs)
    )


def test_numbers_as_people_write_them():
    assert [microseconds(ns) for ns in (1380, 55_540, 567_000, 1_234_567)] == [
        "1.38",
        "55.5",
        "567",
        "1,235",
    ]
    assert (percent(0.93541, 10_000), percent(0.93541, 540)) == ("93.54", "93.5")
    assert [times(r)[:-1] for r in (0.561, 8.64, 117.2, 1017)] == ["0.56", "8.6", "117", "1,017"]
    assert plain(None) == plain("") == plain("\n") == "\N{EN DASH}"


def test_a_ratio_has_the_one_without_the_call_beside_it(comparison):
    table = results(comparison, "litert-xnnpack")
    at = table.heads.index("vs dense int8")
    found = {row.name: (row.cells[at].text, row.cells[at].note) for row in table.rows}
    assert found["tvscm int8"] == (times(8), times(15_800 / 1_800))
    assert found["dense int8"] == (times(1), "")
