"""Links in the files that no site is built of; `make docs` checks those of the site."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]


def anchors(path):
    """The anchors that GitHub gives to a file's headings."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    titles = re.findall(r"^#+ (.*)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(path):
    """Relative links of a Markdown file that lead nowhere."""
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^]]+\]: (\S+)", text, re.M)
    links += re.findall(r"(?:src|href|srcset)=\"([^\"]+)\"", text)
    for link in links:
        if link.startswith(("https:", "http:", "mailto:")):
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("path", [path for path in FILES if path.exists()], ids=lambda p: p.name)
def test_links_lead_somewhere(path):
    assert list(broken(path)) == []


def test_broken_links_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A title, here\n[1](#a-title-here) [2](#none) [3](gone.md)\n[4]: page.md\n")
    assert list(broken(page)) == ["#none", "gone.md"]
