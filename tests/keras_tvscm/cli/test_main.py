"""Exit codes, help, and what a process of its own prints."""

import shlex
import subprocess
import sys
from importlib.metadata import version

import pytest
from typer.main import get_command

from keras_tvscm import datasets
from keras_tvscm.cli import main
from keras_tvscm.cli.commands import app
from keras_tvscm.errors import CheckError, InputError

COMMANDS = (
    *("data", "train", "compress", "quantize-aware", "convert", "inspect", "summary", "classify"),
    *("evaluate", "compare", "microcontroller", "board-firmware", "energy"),
    *("zoo", "doctor", "demo", "setup-tflite-runtime", "study"),
)
STUDIES = (
    *("reproduce", "explore", "search", "rhythm"),
    *("beat-detection", "front-end", "calibrate-costs", "verify-lowerings"),
    *("training-cost", "native", "make-zoo"),
)


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "stopped; called again, train and the studies go on"),
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


@pytest.mark.parametrize(("group", "commands"), [([], COMMANDS), (["study"], STUDIES)])
def test_help_lists_the_commands(tvscm, group, commands):
    code, out, err = tvscm(*group, "--help")
    assert (code, err) == (0, [])
    listed = [line.split()[0] for line in out[out.index("Commands:") + 1 :] if line[2:3].strip()]
    assert listed == list(commands)


@pytest.mark.parametrize("name", STUDIES)
def test_an_old_name_says_the_new_one(tvscm, name):
    for options in ([], ["digits", "--out", "x"], ["--help"]):
        said = [f"tvscm: '{name}' is now 'tvscm study {name}'"]
        assert tvscm(name, *options) == (2, [], said)


def test_a_slip_of_the_pen_is_understood(tvscm):
    said = "tvscm: No such command 'trian'. Did you mean 'train'?"
    assert tvscm("trian", "digits") == (2, [], [said])
    said = "tvscm: No such command 'explor'. Did you mean 'explore'?"
    assert tvscm("study", "explor") == (2, [], [said])


def test_every_command_takes_json_and_quiet(tvscm):
    for command in [*([name] for name in COMMANDS[:-1]), *(["study", name] for name in STUDIES)]:
        _, out, _ = tvscm(*command, "--help")
        options = {line.split()[0] for line in out if line.startswith("  --")}
        assert {"--json", "--quiet"} <= options, command


@pytest.mark.parametrize(
    "name",
    [
        *("train", "compress", "convert", "summary", "classify"),
        *("evaluate", "compare", "microcontroller", "zoo"),
    ],
)
def test_the_examples_of_help_are_commands(tvscm, name):
    _, out, _ = tvscm(name, "--help")
    start = out.index("  Examples:") + 1
    examples = out[start : out.index("", start)]
    assert 1 <= len(examples) <= 3
    command = get_command(app).commands[name]
    for example in examples:
        program, called, *arguments = shlex.split(example)
        assert (program, called) == ("tvscm", name)
        # Without its callbacks, which look for the files. An option that is none is an error.
        with command.make_context(name, arguments, resilient_parsing=True) as context:
            assert not context.args


def test_version_names_what_a_report_of_a_fault_needs(tvscm):
    code, (line,), err = tvscm("--version")
    assert (code, err) == (0, [])
    assert line == (
        f"keras-tvscm {version('keras-tvscm')} (Keras {version('keras')}, "
        f"TensorFlow {version('tensorflow')}, LiteRT {version('ai-edge-litert')})"
    )


def test_in_a_process_of_its_own(tmp_path):
    """--help and --version without Keras, then one line, whatever native code has to say."""
    script = (
        "import sys\n"
        "from keras_tvscm.cli import main\n"
        "for option in ('--help', '--version'):\n"
        "    sys.argv = ['tvscm', option]\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as stopped:\n"
        "        assert not stopped.code\n"
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
