"""What the commands print: results on standard output, all else on standard error."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from keras_tvscm.errors import CheckError, InputError

# Soft wrap keeps a path whole. Names of models and layers are not markup.
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
screen = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)

# The steps of a study may take longer than the 30 s that rich looks back to tell the time left.
DAY = 24 * 60 * 60


class Output:
    """Standard output: for people, or one JSON document, or no more than paths.

    Attributes:
        json: the document of the command's last result, and what is for people goes to standard
            error.
        quiet: nothing that is for people, anywhere.
    """

    json = quiet = False
    _document: Any = None

    @contextmanager
    def asked(self, *, json: bool, quiet: bool) -> Iterator[None]:
        """A command, with the options `--json` and `--quiet`."""
        self.json, self.quiet, self._document = json, quiet, None
        if quiet:
            # Downloads show a bar of their own.
            os.environ["TQDM_DISABLE"] = "1"
        try:
            yield
            if json:
                print(as_text(self._document))
        finally:
            self.json = self.quiet = False

    def print(self, shown: RenderableType) -> None:
        """A line, a page or a table for people."""
        if not self.quiet:
            (err if self.json else screen).print(shown)

    def note(self, line: str) -> None:
        """What stands beside a result, and is none: on standard error."""
        if not self.quiet:
            err.print(line)

    def result(self, document: Any, *paths: Path) -> None:
        """What a command has found, JSON-ready, and what it has written."""
        self._document = document
        if not self.json:
            for path in paths:
                screen.print(str(path))


out = Output()


def as_text(document: Any) -> str:
    """Indented JSON; NaN and infinity are a ValueError."""
    return json.dumps(document, indent=2, allow_nan=False)


@contextmanager
def epochs_bar(total: int, label: str) -> Iterator[Callable[[int, dict[str, float]], None]]:
    """A progress bar over epochs; yields what `training.train` calls after each."""
    with _bar(label, total) as update:

        def progress(done: int, logs: dict[str, float]) -> None:
            accuracy = f"validation accuracy {100 * logs['val_accuracy']:.2f} %" if logs else ""
            update(completed=done, note=accuracy)

        yield progress


@contextmanager
def steps_bar(label: str) -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar over steps; yields what is called before each.

    It takes the number of steps that are done, that of all, and what comes next. As the last
    step is announced, too, before it is taken, nothing of the bar is left in the end.
    """
    with _bar(label, None, transient=True) as update:
        yield lambda done, total, message: update(completed=done, total=total, note=message)


@contextmanager
def _bar(label: str, total: int | None, transient: bool = False) -> Iterator[Callable[..., None]]:
    """A bar with the time left; yields what changes it.

    There is none where standard error is not a terminal. Bad input, and a failed check, take the
    bar away, so that their message stands alone.
    """
    if out.quiet or not err.is_terminal:
        yield lambda **changes: None
        return
    # Where the line is too short it is the note that is cut, not the time left.
    room = max(10, err.width - len(label) - 44)
    note = Column(no_wrap=True, overflow="ellipsis", max_width=room)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False, table_column=note),
        TimeRemainingColumn(),
    )
    options: dict[str, Any] = {"transient": transient, "speed_estimate_period": DAY}
    with Progress(*columns, console=err, **options) as bar:
        task = bar.add_task(label, total=total, note="starting")
        try:
            yield partial(bar.update, task)
        except (InputError, CheckError):
            bar.remove_task(task)
            raise
