"""What the commands print: one console for results, one for progress and errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from keras_tvscm.errors import InputError

# Results go to standard output, so that they can be piped; soft wrap keeps a path whole.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def epochs_bar(total: int, label: str) -> Iterator[Callable[[int, dict[str, float]], None]]:
    """A progress bar over epochs; yields what `training.train` calls after each.

    There is none where standard error is not a terminal. Bad input takes the bar away, so
    that its message stands alone.
    """
    if not err.is_terminal:
        yield lambda done, logs: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed}/{task.total}"),
        TextColumn("{task.fields[accuracy]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(label, total=total, accuracy="starting")

        def update(done: int, logs: dict[str, float]) -> None:
            accuracy = f"validation accuracy {100 * logs['val_accuracy']:.2f} %" if logs else ""
            bar.update(task, completed=done, accuracy=accuracy)

        try:
            yield update
        except InputError:
            bar.remove_task(task)
            raise
