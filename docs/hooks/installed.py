"""Lay out the sources as they install, for mkdocstrings, which reads files and imports nothing.

`convert/` and `eval/` stand beside the package in the repository, and inside it once installed.
"""

import shutil
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority

ROOT = Path(__file__).parents[2]
# What `paths` in mkdocs.yml names.
INSTALLED = ROOT / "build" / "installed" / "keras_tvscm"


@event_priority(100)  # mkdocstrings looks for its paths in the same event
def on_config(config: Any) -> None:
    shutil.rmtree(INSTALLED, ignore_errors=True)
    shutil.copytree(ROOT / "keras_tvscm", INSTALLED)
    for stage in ("convert", "eval"):
        shutil.copytree(ROOT / stage, INSTALLED / stage)
