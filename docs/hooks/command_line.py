"""Write the page of the command line's reference from the commands themselves."""

from typing import Any

import typer
from mkdocs.structure.files import File, Files

from keras_tvscm.cli.commands import app

PAGE = "reference/command-line.md"
INTRODUCTION = """\
# Command line

Made from the commands themselves; `tvscm COMMAND --help` says the same. A command ends with exit
code 0 when it has done its work, 1 when a result failed its check, 2 when it was given something
that it cannot work with (one line says what), and 130 when it was interrupted.
"""


def page() -> str:
    """The page's text: every command, in the order of `tvscm --help`."""
    return "\n".join([INTRODUCTION, *_sections(typer.main.get_command(app), "tvscm", 2)])


def _sections(group: Any, name: str, level: int) -> list[str]:
    """One section a command of a group; a group inside it is a level deeper."""
    lines = []
    for command in group.commands.values():
        if command.hidden:
            continue
        title = f"{name} {command.name}"
        lines += [f"{'#' * level} {title}", "", command.help or "", ""]
        if hasattr(command, "commands"):
            lines += _sections(command, title, level + 1)
        else:
            lines += _usage(command, title)
    return lines


def _usage(command: Any, title: str) -> list[str]:
    """How a command is called: one line, then a table of arguments and options."""
    context = command.make_context(title, [], resilient_parsing=True)
    lines = ["```text", " ".join([title, *command.collect_usage_pieces(context)]), "```", ""]
    records = [parameter.get_help_record(context) for parameter in command.params]
    rows = [f"| `{name}` | {_cell(text)} |" for name, text in filter(None, records)]
    return lines + (["| argument or option | |", "| --- | --- |", *rows, ""] if rows else [])


def _cell(text: str) -> str:
    """Help as the text of a table's cell: Markdown has no meaning in it."""
    for character in "\\|*_<`":
        text = text.replace(character, f"\\{character}" if character != "<" else "&lt;")
    return text


def on_files(files: Files, config: Any) -> Files:
    files.append(File.generated(config, PAGE, content=page()))
    return files
