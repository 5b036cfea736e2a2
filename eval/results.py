"""The pages of recorded results, made from the JSON beside them: `make results`.

Whole pages are made by the study that recorded the JSON. Other documents hold tables between
`<!-- results: NAME ARGUMENTS -->` and `<!-- end of results -->`; what stands there is made anew.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from keras_tvscm.errors import InputError
from keras_tvscm.files import write_text

from . import microcontroller, report
from .comparison import Comparison
from .recorded import Json, Results
from .recorded_tables import BLOCKS
from .studies import (
    accuracy,
    beat_detection,
    explore,
    lowering_agreement,
    lowering_times,
    native,
    rhythm,
    training_cost,
)

BLOCK = re.compile(r"(<!-- results: ([^>\n]+) -->\n).*?(<!-- end of results -->)", re.DOTALL)


def accuracy_page(results: Json) -> str:
    """With the plot under the name that it has in docs/results."""
    page = accuracy.as_markdown(results)
    return page.replace("(frontier.svg)", f"({results['dataset']['name']}.svg)")


def report_page(results: Json) -> str:
    """A report's page, from `report.json`."""
    return report.markdown(Comparison.from_json(results))


PAGES: dict[str, Callable[[Json], str]] = {
    "mnist": accuracy_page,
    "heartbeat": accuracy_page,
    "heartbeat-interpatient": accuracy_page,
    "explore-mnist": explore.as_markdown,
    "explore-heartbeat": explore.as_markdown,
    "rhythm": rhythm.as_markdown,
    "beat-detection": beat_detection.as_markdown,
    "training-cost": training_cost.as_markdown,
    "lowerings": lowering_times.as_markdown,
    "verification": lowering_agreement.as_markdown,
    "native": native.as_markdown,
    "microcontroller": microcontroller.as_markdown,
    "mnist-report": report_page,
    "heartbeat-report": report_page,
}


def documents(root: Path) -> dict[Path, str]:
    """Every document that holds recorded results, with what it should say.

    Args:
        root: a checkout.

    Raises:
        InputError: results are missing, or a document names a block that is not known.
    """
    folder = root / "docs" / "results"
    results = Results(folder)
    pages = {folder / f"{name}.md": page(results.of(name)) for name, page in PAGES.items()}

    def block(match: re.Match[str]) -> str:
        name, *arguments = match[2].split()
        if name not in BLOCKS:
            raise InputError(f"no block is called {name!r}; expected one of {', '.join(BLOCKS)}")
        return match[1] + "\n".join(BLOCKS[name](results, *arguments)).rstrip() + "\n" + match[3]

    for path in (root / "README.md", *sorted((root / "docs").rglob("*.md"))):
        if path not in pages:
            pages[path] = BLOCK.sub(block, path.read_text(encoding="utf-8"))
    return pages


def main() -> None:
    """Write every document under the folder that is given; today's by default."""
    for path, text in documents(Path(*sys.argv[1:2])).items():
        if path.read_text(encoding="utf-8") != text:
            write_text(path, text)
            print(path)


if __name__ == "__main__":
    main()
