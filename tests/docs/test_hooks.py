"""What the site's hooks make: the command line's page, the notebook's page, the last check."""

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("mkdocs")
HOOKS = Path(__file__).parents[2] / "docs" / "hooks"


def hook(name):
    """A hook as mkdocs loads it: from its file."""
    spec = importlib.util.spec_from_file_location(name, HOOKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_command_line_s_page_has_every_command():
    from keras_tvscm.cli.commands import app

    page = hook("command_line").page()
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    shown = [name for name in names if f"## tvscm {name.replace('_', '-')}\n" in page]
    visible = [
        name
        for name, command in zip(names, app.registered_commands, strict=True)
        if not command.hidden
    ]
    assert shown == visible
    assert "tvscm convert [OPTIONS]" in page
    assert (
        "| `--calibration-rows <int>` | Training rows that set the integers' ranges; 500. |" in page
    )


def test_the_notebook_s_page_has_text_code_and_output():
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "Text."]},
        {
            "cell_type": "code",
            "source": ["print(1)\n", "2"],
            "outputs": [{"text": ["1\n"]}, {"data": {"text/plain": ["2"]}}],
        },
    ]
    assert hook("notebook").page({"cells": cells}).split("\n\n") == [
        "# Title\nText.",
        "```python\nprint(1)\n2\n```",
        "```text\n1\n```",
        "```text\n2\n```\n",
    ]


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="//example.org/a.css">',
        '<img src="http://example.org/a.png">',
    ],
)
def test_what_is_fetched_from_elsewhere_is_found(tag):
    elsewhere = hook("self_contained").elsewhere
    assert len(elsewhere(f"<body>{tag}</body>")) == 1
    assert elsewhere('<a href="https://example.org">x</a><img src="matrix.svg">') == []
