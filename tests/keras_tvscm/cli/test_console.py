"""Progress on a terminal."""

import io
import re
from itertools import count

import pytest
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


def steps(monkeypatch, seconds):
    """What a terminal is sent for two of four steps, each of so many seconds, and a third."""
    sent, clock = io.StringIO(), iter(count(step=seconds / 100))
    terminal = Console(file=sent, force_terminal=True, width=99, get_time=lambda: next(clock))
    monkeypatch.setattr(console, "err", terminal)
    with console.steps_bar("measuring") as progress:
        for done in range(4):
            for _ in range(99):
                next(clock)
            progress(done, 4, f"model {done} {'of a long name ' * 9}")
    return sent.getvalue()


@pytest.mark.parametrize("seconds", [5, 500])
def test_steps_show_the_time_left(monkeypatch, seconds):
    """Those of minutes too, of which rich by itself forgets each before the next is done."""
    shown = steps(monkeypatch, seconds)
    assert "3/4" in shown and "model 3" in shown
    left = [60 * int(minutes) + int(s) for minutes, s in re.findall(r"0:(\d\d):(\d\d)", shown)]
    assert seconds <= left[-1] < 2 * seconds
    assert shown.rpartition("\x1b[2K")[2].strip("\x1b[?25h\r\n") == ""


def test_quiet_shows_no_bar(monkeypatch):
    with console.out.asked(json=False, quiet=True):
        assert screen(monkeypatch, terminal=True) == ""
