"""The pages in headless Chromium, at the width of a phone and of a desktop, with a user's input."""

import base64
import json
import os
from pathlib import Path

import numpy as np
import pytest

from drawings import drawing
from keras_tvscm import datasets
from keras_tvscm.convert.c_source.native import drawn_rows
from keras_tvscm.convert.native import generate
from keras_tvscm.convert.record import read_record
from keras_tvscm.convert.verify.task import CLASSIFICATION
from keras_tvscm.convert.wasm.exhibit import BEAT_NAMES, Exhibit
from keras_tvscm.convert.wasm.module import module
from keras_tvscm.convert.wasm.node import run
from keras_tvscm.convert.wasm.page import network_text, page
from keras_tvscm.errors import InputError

from ..native.drawn import drawn
from .browser import CHROMIUM, Browser

DENSE = Path(__file__).parents[3] / "android_demo" / "dense"
WIDTHS = 390, 1400
NOTHING = "\u2013"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path")


def made(name: str, dataset: str, folder: Path, beside: Path | None = None) -> Path:
    """The page of a dense network that stands in the checkout."""
    model = DENSE / f"{name}.tflite"
    content = model.read_bytes()
    record = read_record(model, content)
    exhibit = Exhibit.of(datasets.load(dataset), CLASSIFICATION, content, beside)
    path = folder / f"{name}.html"
    path.write_text(page(generate(content, "dense"), content, record, exhibit), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Path:
    return made("mnist-dense", "mnist-excerpt", tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="module")
def beats(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("beats")
    return made("heartbeat-dense", "heartbeat-excerpt", folder, DENSE / "heartbeat-dense.tflite")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


def text(browser: Browser, name: str) -> str:
    return browser.value(f"document.getElementById('{name}').textContent")


def opened(browser: Browser, path: Path, width: int, dark: bool = False) -> None:
    """The page, once it has measured; nothing sticks out of it."""
    browser.logged.clear()
    browser.open(path, width, dark=dark)
    browser.wait("document.querySelector('[data-microseconds]') && document.title")
    assert browser.value("document.documentElement.scrollWidth - innerWidth") <= 0


def medians(browser: Browser) -> list[float]:
    times = "[...document.querySelectorAll('[data-microseconds]')]"
    return browser.value(f"{times}.map((cell) => Number(cell.dataset.microseconds))")


def answer(browser: Browser, *, not_yet: str = NOTHING) -> str:
    browser.wait(f"document.getElementById('answer').textContent !== '{not_yet}'")
    return text(browser, "answer")


def keep(browser: Browser, name: str) -> None:
    """Pictures to look at, where a folder for them is named."""
    if folder := os.environ.get("TVSCM_SCREENSHOTS"):
        browser.screenshot(Path(folder) / f"{name}.png")


@pytest.mark.parametrize(("width", "digit"), [(390, 4), (1400, 3)])
def test_a_digit_is_drawn_and_read(browser, digits, width, digit):
    opened(browser, digits, width, dark=width == 390)
    place = "document.getElementById('pad').getBoundingClientRect()"
    left, top, side = browser.value(f"(({{left, top, width}}) => [left, top, width])({place})")
    for stroke in drawing(digit, 0):
        # A corner of the curve at least, and few events.
        points = [(left + x * side / 4480, top + y * side / 4480) for x, y in stroke[::4]]
        (browser.touch if width == 390 else browser.mouse)(points)
    browser.wait(f"document.getElementById('answer').textContent === '{digit}'")
    assert text(browser, "sure").endswith("% sure")
    # A screen reader is told once the pen rests.
    browser.wait(f"document.getElementById('spoken').textContent.startsWith('{digit}: ')")
    keep(browser, f"digit-{width}")
    browser.value("document.getElementById('clear').click()")
    assert answer(browser, not_yet=str(digit)) == NOTHING
    (microseconds,) = medians(browser)
    assert 1 < microseconds < 10_000
    assert browser.logged == []


def test_a_digit_is_drawn_by_the_keyboard(browser, digits):
    opened(browser, digits, 1400)
    browser.value("document.getElementById('pad').focus()")
    for key in [*["ArrowUp"] * 12, " ", *["ArrowDown"] * 24]:
        browser.key(key)
    assert answer(browser) == "1"
    browser.key("Backspace", 8)
    assert answer(browser, not_yet="1") == NOTHING
    browser.value("document.getElementById('another').click()")
    label = data(digits)["labels"][0]
    browser.wait("document.getElementById('label').textContent")
    assert text(browser, "label") == f"From the test set, labelled {label}"
    assert answer(browser) == str(label)
    assert browser.logged == []


@pytest.mark.parametrize("width", WIDTHS)
def test_beats_are_played(browser, beats, width):
    opened(browser, beats, width)
    labels, classes = data(beats)["labels"], data(beats)["classes"]
    assert len(labels) == 60 and {labels.count(k) for k in range(5)} == {12}
    browser.value("document.getElementById('next').click()")
    assert f"Labelled {classes[labels[1]]}, {BEAT_NAMES[classes[labels[1]]]}: " in text(
        browser, "label"
    )
    browser.value("document.getElementById('play').click()")
    browser.wait("document.getElementById('number').value === '3'")
    assert text(browser, "play") == "Pause"
    browser.wait("document.getElementById('label').textContent.endsWith('of 3 so far.')")
    keep(browser, f"beats-{width}")
    # Both are the same network.
    browser.wait("!document.getElementById('measure').disabled")
    one, other = medians(browser)
    assert 0.2 < one / other < 5 and "in this browser" in text(browser, "ratio")
    says = browser.value("[...document.querySelectorAll('tbody td')].map((td) => td.textContent)")
    assert says[0] == says[2] == text(browser, "answer")
    assert "No medical device" in text(browser, "notice")
    assert browser.logged == []


def data(path: Path) -> dict:
    """What the page was given."""
    given = path.read_text(encoding="utf-8").partition('id="data">')[2].partition("</script>")[0]
    return json.loads(given)


def test_chromium_gives_the_bytes_of_node(browser, tmp_path):
    content = drawn(50)
    compiled = module(generate(content, "network"), content)
    rows = drawn_rows(content, 1000)
    script = f"""(async () => {{
        const {{ load }} = await import("data:text/javascript;base64,{_base64(network_text())}");
        const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        const network = await load(bytes("{_base64(compiled)}"));
        const rows = new Int8Array(bytes("{_base64(rows.tobytes())}").buffer), outputs = [];
        for (let at = 0; at < rows.length; at += network.input.length) {{
          network.input.set(rows.subarray(at, at + network.input.length));
          network.run();
          outputs.push(...network.output);
        }}
        return outputs;
    }})()"""
    blank = tmp_path / "blank.html"
    blank.write_text("<!doctype html><title>blank</title>")
    browser.open(blank, 1400)
    browser.wait("document.title === 'blank'")
    outputs = np.array(browser.value(script)).reshape(1000, -1)
    np.testing.assert_array_equal(outputs, run(compiled, content, rows))


def test_no_text_of_a_data_set_is_markup(beats):
    """Names may be anybody's."""
    given = json.loads(json.dumps(data(beats)))
    assert "<" not in beats.read_text().partition('id="data">')[2].partition("</script>")[0]
    assert given["source"].startswith("MIT-BIH Arrhythmia Database")


def test_other_networks_beside(tmp_path):
    content = (DENSE / "heartbeat-dense.tflite").read_bytes()
    excerpt = datasets.load("heartbeat-excerpt")
    for path, reason in [
        (tmp_path / "none.tflite", "cannot read .*none.tflite: No such file"),
        (DENSE / "mnist-dense.tflite", "784 numbers in and 10 out; expected 187 and 5, as the"),
        (DENSE / "README.md", "choose another file to show beside"),
    ]:
        with pytest.raises(InputError, match=reason) as error:
            Exhibit.of(excerpt, CLASSIFICATION, content, path)
        assert "\n" not in str(error.value)


def _base64(content: str | bytes) -> str:
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()
