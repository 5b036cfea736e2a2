"""Exit codes, help, and what a process of its own prints."""

import subprocess
import sys

import pytest

from keras_tvscm import datasets
from keras_tvscm.cli import main
from keras_tvscm.errors import CheckError, InputError

COMMANDS = (
    *("data", "train", "compress", "quantize-aware", "summary"),
    *("convert", "inspect", "setup-tflite-runtime", "evaluate", "calibrate-costs"),
    *("search", "explore", "reproduce", "training-cost", "demo"),
)


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (
            KeyboardInterrupt(),
            130,
            "stopped; train, search, explore, reproduce and verify",
        ),
        (CheckError("too\nfar apart"), 1, "too far apart"),
        (InputError("two\n  lines"), 2, "two lines"),
    ],
)
def test_exit_codes(tvscm, monkeypatch, raised, code, message):
    def load(*arguments, **options):
        raise raised

    monkeypatch.setattr(datasets, "load", load)
    found, out, err = tvscm("data", "digits")
    assert (found, out, len(err)) == (code, [], 1)
    assert err[0].startswith(f"tvscm: {message}")


def test_a_fault_of_our_own_is_not_hidden(monkeypatch):
    def load(*arguments, **options):
        raise RuntimeError("ours")

    monkeypatch.setattr(datasets, "load", load)
    monkeypatch.setattr(sys, "argv", ["tvscm", "data", "digits"])
    with pytest.raises(RuntimeError, match="ours"):
        main()


def test_help_lists_the_commands(tvscm):
    code, out, err = tvscm("--help")
    assert (code, err) == (0, [])
    listed = [line.split()[0] for line in out[out.index("Commands:") + 1 :] if line.strip()]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)


def test_in_a_process_of_its_own(tmp_path):
    """--help without waiting for Keras, then one line, whatever native code has to say."""
    script = (
        "import sys\n"
        "sys.argv = ['tvscm', '--help']\n"
        "from keras_tvscm.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as stopped:\n"
        "    assert not stopped.code\n"
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules\n"
        "sys.argv = ['tvscm', 'train', 'digits', '--pattern', 'random:k=40']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.startswith("Usage: tvscm")
    assert done.stderr == (
        "tvscm: A random pattern draws 2k of the 33 offsets of width 64. Received: k=40\n"
    )
    assert done.returncode == 2
    assert sorted(tmp_path.rglob("*")) == []
