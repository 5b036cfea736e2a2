"""Messages of native code, caught and let through again."""

import os

import pytest

from keras_tvscm.quiet import captured


def test_what_is_written_past_python_is_caught(capfd):
    with captured() as messages:
        os.write(2, b"native \xff\n")
    os.write(2, b"after\n")
    assert messages.text == "native \ufffd\n"
    assert capfd.readouterr().err == "after\n"


def test_a_failure_gives_the_terminal_back(capfd):
    with pytest.raises(RuntimeError), captured() as messages:
        os.write(2, b"before\n")
        raise RuntimeError
    os.write(2, b"after\n")
    assert messages.text == "before\n"
    assert capfd.readouterr().err == "after\n"
