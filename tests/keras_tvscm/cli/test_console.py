"""Progress on a terminal."""

import io

from rich.console import Console

from keras_tvscm.cli import console
from keras_tvscm.errors import InputError


def screen(monkeypatch, terminal, failure=None):
    """What a terminal or a file is sent for one of two epochs, then perhaps a failure."""
    sent = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=sent, force_terminal=terminal, width=99))
    try:
        with console.epochs_bar(2, "training") as progress:
            progress(1, {"val_accuracy": 0.125})
            if failure:
                raise failure
    except (InputError, KeyboardInterrupt):
        pass
    return sent.getvalue()


def test_progress_is_for_terminals(monkeypatch):
    assert screen(monkeypatch, terminal=False) == ""
    shown = screen(monkeypatch, terminal=True)
    assert "training" in shown
    assert "1/2" in shown
    assert "validation accuracy 12.50 %" in shown


def test_bad_input_takes_the_progress_away(monkeypatch):
    erase = "\x1b[2K"
    stopped = screen(monkeypatch, terminal=True, failure=KeyboardInterrupt())
    assert "training" in stopped.rpartition(erase)[2]
    refused = screen(monkeypatch, terminal=True, failure=InputError("no"))
    assert "training" not in refused.rpartition(erase)[2]
