"""A comparison as one self-contained web page, Markdown, CSV and JSON."""

import os
from pathlib import Path

from keras_tvscm.files import Outputs

from ..comparison import Comparison
from .html import html
from .markdown import markdown
from .spreadsheet import spreadsheet

NAMES = ("report.html", "report.md", "report.csv", "report.json")


def write(comparison: Comparison, folder: str | os.PathLike[str]) -> Path:
    """Write the files of `NAMES` into `folder`, made if missing.

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
    contents = (html(comparison), markdown(comparison), spreadsheet(comparison))
    with Outputs() as outputs:
        for name, content in zip(NAMES, contents, strict=False):
            outputs.text(folder / name, content)
        outputs.json(folder / NAMES[-1], comparison.to_json())
    return folder / NAMES[0]


__all__ = ["NAMES", "markdown", "write"]
