"""The page in a browser, as wide as a phone and as a desktop: nothing overflows, tables sort."""

import html
import json
import re
import shutil
import subprocess

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

# In each frame: what sticks out of the page, and a table's first column after a click on a head.
LOOK = """
addEventListener("load", () => {
  const found = [...document.querySelectorAll("iframe")].map((frame) => {
    const page = frame.contentDocument, root = page.documentElement;
    const table = page.querySelectorAll("table.sortable")[0];
    const button = [...table.querySelectorAll("thead button")]
      .find((head) => head.textContent === "model bytes");
    const names = () => [...table.tBodies[0].rows].map((row) => row.cells[0].dataset.name);
    const sorted = [1, 2].map(() => {
      button.click();
      return [button.parentElement.getAttribute("aria-sort"), names()];
    });
    button.focus();
    return {
      width: frame.contentWindow.innerWidth,
      overflow: root.scrollWidth - root.clientWidth,
      shown: [...page.querySelectorAll(".wide, .narrow")]
        .filter((plot) => plot.getClientRects().length).map((plot) => plot.className),
      focused: page.activeElement === button,
      unnamed: page.querySelectorAll("table:not(.confusion *):not(:has(caption))").length,
      sorted,
    };
  });
  document.title = JSON.stringify({ found, errors });
});
"""


@pytest.fixture(scope="module")
def looked(written, tmp_path_factory):
    """What the browser finds, and what it writes on its console."""
    if CHROMIUM is None:
        pytest.skip("no chromium on the path")
    page = (written / "report.html").read_text(encoding="utf-8")
    page = page.replace("<head>", "<head><script>onerror = (e) => parent.errors.push(e)</script>")
    frames = "".join(
        f'<iframe style="width: {width}px; height: 900px" srcdoc="{html.escape(page)}"></iframe>'
        for width in (390, 1400)
    )
    folder = tmp_path_factory.mktemp("browser")
    path = folder / "frames.html"
    path.write_text(
        f"<!doctype html><script>const errors = [];{LOOK}</script>{frames}", encoding="utf-8"
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    done = subprocess.run(
        [CHROMIUM, *options, f"--user-data-dir={folder / 'profile'}", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    title = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert title, done.stderr[-2000:]
    return json.loads(html.unescape(title[1])), done.stderr


def test_nothing_overflows_at_either_width(looked):
    phone, desktop = looked[0]["found"]
    assert (phone["width"], desktop["width"]) == (390, 1400)
    assert phone["overflow"] == desktop["overflow"] == 0
    assert set(phone["shown"]) == {"narrow"} and set(desktop["shown"]) == {"wide"}


def test_no_error_is_on_the_console(looked):
    found, log = looked
    assert found["errors"] == [] and "CONSOLE" not in log


def test_a_click_on_a_head_sorts_and_the_next_one_turns_it_round(looked):
    for frame in looked[0]["found"]:
        (up, rising), (down, falling) = frame["sorted"]
        assert (up, down) == ("ascending", "descending")
        assert rising[:3] == ["two inputs", "cnn-small int8", "cnn-operations int8"]
        assert falling[:3] == ["dense float32", "dense int8", "dense-pruned int8"]
        # Without a figure: below, whichever way.
        without = ["always “1”", "broken", "dense-clustered int8"]
        assert rising[-3:] == falling[-3:] == without


def test_heads_take_the_focus_and_tables_have_captions(looked):
    for frame in looked[0]["found"]:
        assert frame["focused"] and frame["unnamed"] == 0
