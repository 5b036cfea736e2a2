"""The version stands in pyproject.toml; whatever repeats it says the same."""

import re
import tomllib
from pathlib import Path

import keras_tvscm

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_the_installed_package_is_of_this_version():
    assert keras_tvscm.__version__ == VERSION


def test_the_citation_names_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [VERSION]
