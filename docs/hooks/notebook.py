"""Show the quick-start notebook as a page: its text, its code, and what that printed."""

import json
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

NAME = "quickstart"


def page(notebook: dict[str, Any]) -> str:
    """The cells as Markdown, one after the other."""
    lines = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            lines += [source, ""]
            continue
        lines += ["```python", source, "```", ""]
        for output in cell["outputs"]:
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            lines += ["```text", "".join(text).rstrip(), "```", ""]
    return "\n".join(lines)


def on_files(files: Files, config: Any) -> Files:
    path = Path(config.docs_dir, f"{NAME}.ipynb")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    files.append(File.generated(config, f"{NAME}.md", content=page(notebook)))
    return files
