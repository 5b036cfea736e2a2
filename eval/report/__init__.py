"""A comparison as JSON, Markdown and one self-contained web page."""

import os
from pathlib import Path

from keras_tvscm.files import write_json, write_text

from ..compare import Comparison
from .html import html
from .markdown import markdown


def write(comparison: Comparison, folder: str | os.PathLike[str]) -> Path:
    """Write `report.json`, `report.md` and `report.html` into `folder`, made if missing.

    Returns:
        The path of the web page.

    Raises:
        InputError: the folder cannot be written.
    """
    folder = Path(folder)
    page = html(comparison)
    write_json(folder / "report.json", comparison.to_json())
    write_text(folder / "report.md", markdown(comparison))
    write_text(folder / "report.html", page)
    return folder / "report.html"


__all__ = ["markdown", "write"]
