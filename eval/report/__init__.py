"""A comparison as JSON, Markdown and one self-contained web page."""

import os
from pathlib import Path

from keras_tvscm.files import Outputs

from ..comparison import Comparison
from .html import html
from .markdown import markdown

NAMES = ("report.html", "report.md", "report.json")


def write(comparison: Comparison, folder: str | os.PathLike[str]) -> Path:
    """Write `report.html`, `report.md` and `report.json` into `folder`, made if missing.

    Returns:
        The path of the web page.

    Raises:
        InputError: the folder cannot be written.

    Examples:

        >>> from keras_tvscm.eval import report
        >>> report.write(comparison, "report").name
        'report.html'
    """
    folder = Path(folder)
    page = html(comparison)
    with Outputs() as outputs:
        outputs.text(folder / NAMES[0], page)
        outputs.text(folder / NAMES[1], markdown(comparison))
        outputs.json(folder / NAMES[2], comparison.to_json())
    return folder / NAMES[0]


__all__ = ["NAMES", "markdown", "write"]
