"""Ctrl-C: one line and exit code 130, at whatever moment it comes."""

import os
import signal
import subprocess
import sys

import pytest

from keras_tvscm import datasets
from keras_tvscm.cli.interrupt import STOPPED

# Ctrl-C in the middle of the import with a given number, of those that `main` begins.
PROGRAM = """
import os, signal, sys
from keras_tvscm.cli import main

class CtrlC:
    left = int(sys.argv.pop(1))

    def find_spec(self, name, path=None, target=None):
        CtrlC.left -= 1
        if CtrlC.left == 0:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, CtrlC())
sys.argv[0] = "tvscm"
main()
"""


@pytest.mark.parametrize("number", [1, 500])
def test_while_python_imports(number, tmp_path):
    (tmp_path / "model.keras").touch()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(number), "summary", "model.keras"],
        cwd=tmp_path,
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", f"tvscm: {STOPPED}\n")


def test_once_a_command_works_it_is_ended_in_order(tvscm, monkeypatch):
    ended = []

    def load(*arguments, **options):
        try:
            os.kill(os.getpid(), signal.SIGINT)
            ended.append("not interrupted")
        finally:
            ended.append("tidied")

    monkeypatch.setattr(datasets, "load", load)
    before = signal.getsignal(signal.SIGINT)
    assert tvscm("data", "digits") == (130, [], [f"tvscm: {STOPPED}"])
    assert ended == ["tidied"]
    assert signal.getsignal(signal.SIGINT) is before


def test_where_it_is_ignored_it_stays_so(tvscm, monkeypatch):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        monkeypatch.setattr(datasets, "load", lambda *_, **__: os.kill(os.getpid(), signal.SIGINT))
        with pytest.raises(AttributeError):  # None has no rows: it went on
            tvscm("data", "digits")
    finally:
        signal.signal(signal.SIGINT, before)
