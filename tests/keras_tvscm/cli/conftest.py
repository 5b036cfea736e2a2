"""A command run in an empty folder."""

import sys

import pytest

from keras_tvscm.cli import main

from ...fitted import finished_run


@pytest.fixture
def tvscm(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder: its exit code, and the lines that it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TVSCM_DATA", raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["tvscm", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out.splitlines(), err.splitlines()

    return run


@pytest.fixture(scope="session")
def half_run(tmp_path_factory):
    return finished_run("tvscm", tmp_path_factory.mktemp("half") / "run", pattern="half:seed=3")


@pytest.fixture(scope="session")
def banded_run(tmp_path_factory):
    return finished_run("tvscm", tmp_path_factory.mktemp("banded") / "run", pattern="banded")
