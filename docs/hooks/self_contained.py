"""Refuse a site that loads anything from elsewhere: it has to work without a network."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

# What a browser fetches by itself; a link (`a href`) waits for a reader.
FETCHED = {"src", "srcset", "data", "poster"}


class Fetches(HTMLParser):
    """Collects the addresses on other servers that a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            fetched = name in FETCHED or (tag == "link" and name == "href")
            if fetched and (value or "").startswith(("http:", "https:", "//")):
                self.elsewhere.append(f"<{tag} {name}={value}>")


def elsewhere(html: str) -> list[str]:
    """The tags of a page that fetch from another server."""
    parser = Fetches()
    parser.feed(html)
    return parser.elsewhere


def on_post_build(config: Any) -> None:
    for path in sorted(Path(config.site_dir).rglob("*.html")):
        if found := elsewhere(path.read_text(encoding="utf-8")):
            raise PluginError(f"{path.name} loads from elsewhere: {', '.join(found)}")
