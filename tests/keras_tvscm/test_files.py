"""Outputs appear whole or not at all."""

import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.files import (
    LOCK,
    Outputs,
    check_ours,
    locked,
    make_folder,
    read_json,
    replacing,
    sweep,
    write_json,
    write_text,
)


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


def test_writes_and_makes_the_folders_on_the_way(tmp_path):
    path = tmp_path / "a" / "b" / "out.txt"
    write_text(path, "é\n")
    assert path.read_bytes() == b"\xc3\xa9\n"
    write_text(path, "second")
    assert path.read_text() == "second"
    assert names(tmp_path) == ["a", "b", "out.txt"]


def test_others_may_read_it_as_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    write_text(tmp_path / "ours", "x")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "ours")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_write_that_raises_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "out.txt"
    path.write_text("old")
    with pytest.raises(error), replacing(path) as temporary:
        temporary.write_text("half")
        assert temporary.suffix == ".txt"
        assert path.read_text() == "old"
        raise error
    assert path.read_text() == "old"
    assert names(tmp_path) == ["out.txt"]


def test_a_full_disk_is_one_line(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")
    with (
        pytest.raises(InputError, match=r"cannot write .*out\.txt: No space left on device$"),
        replacing(path) as temporary,
    ):
        temporary.write_text("half")
        raise OSError(28, "No space left on device")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["out.txt"]


def test_a_write_that_raises_leaves_no_new_file(tmp_path):
    with pytest.raises(RuntimeError), replacing(tmp_path / "out.txt"):
        raise RuntimeError
    assert names(tmp_path) == []


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file" / "out.txt", tmp_path / "file" / "deeper" / "out.txt"):
        with pytest.raises(InputError, match=r"out\.txt: .*(is a file|Not a directory)"):
            write_text(path, "x")
    assert (tmp_path / "file").read_text() == "mine"
    assert names(tmp_path) == ["file"]


def test_a_name_that_the_file_system_does_not_take(tmp_path):
    with pytest.raises(InputError, match="File name too long; choose another output"):
        write_text(tmp_path / ("x" * 300), "x")
    assert names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    with pytest.raises(InputError, match="Permission denied; choose another output"):
        write_text(folder / "x", "x")
    with pytest.raises(InputError, match="Permission denied; choose another output"):
        make_folder(folder)


def test_a_folder_where_the_file_should_be(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="it is a folder; name a file"):
        write_text(tmp_path / "taken", "x")
    assert names(tmp_path) == ["taken"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [-float("inf")]}])
def test_json_has_no_nan(tmp_path, value):
    write_json(tmp_path / "x.json", 1)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", value)
    assert (tmp_path / "x.json").read_text() == "1\n"
    assert names(tmp_path) == ["x.json"]


def test_json_comes_back(tmp_path):
    value = {"ä": [1, 2.5, None, True], "b": {}}
    write_json(tmp_path / "x.json", value)
    assert read_json(tmp_path / "x.json") == value


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1,\n2", b"[" * 100_000])
def test_what_is_not_json(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.json is not JSON: .+") as caught:
        read_json(tmp_path / "x.json")
    assert "\n" not in str(caught.value)


def test_no_json_to_read(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*x\.json: No such file"):
        read_json(tmp_path / "x.json")
    with pytest.raises(InputError, match=r"cannot read .*: Is a directory"):
        read_json(tmp_path)


def test_make_folder(tmp_path):
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert names(tmp_path) == ["a", "b"]
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="it is a file; name a folder"):
        make_folder(tmp_path / "file")
    with pytest.raises(InputError, match=r"cannot write to .*; choose another output"):
        make_folder(tmp_path / "file" / "below")
    assert names(tmp_path) == ["a", "b", "file"]


FULL = OSError(28, "No space left on device")


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def write_three(folder):
    with Outputs() as outputs:
        outputs.text(folder / "a.h", "new")
        outputs.binary(folder / "a.c", b"new")
        outputs.json(folder / "a.json", "new")


NEW = {"a.h": "new", "a.c": "new", "a.json": '"new"\n'}


def test_several_files_appear_together_and_in_order(tmp_path, monkeypatch):
    renamed = []
    replace = Path.replace

    def noting(path, target):
        renamed.append(target.name)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", noting)
    with Outputs() as outputs:
        outputs.text(tmp_path / "b.txt", "1")
        outputs.text(tmp_path / "folder" / "a.txt", "2")
        assert not (tmp_path / "b.txt").exists()
    assert renamed == ["b.txt", "a.txt"]
    assert names(tmp_path) == ["a.txt", "b.txt", "folder"]


@pytest.mark.parametrize("before", [{}, {"a.c": "old"}, dict.fromkeys(NEW, "old")], ids=len)
@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()], ids=["full disk", "Ctrl-C"])
@pytest.mark.parametrize("call", ["open", "fsync", "replace", "link"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_call_that_fails_leaves_all_as_it_was(tmp_path, monkeypatch, before, error, call, number):
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    calls = []
    home = Path if call == "replace" else os
    real = getattr(home, call)

    def failing(*arguments, **options):
        calls.append(arguments)
        if len(calls) == number + 1:
            raise error
        return real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(home, call, failing)
        try:
            write_three(tmp_path)
        except InputError as caught:
            assert error is FULL
            assert str(caught).startswith(f"cannot write {tmp_path}/a.")
            assert "No space left on device" in str(caught)
        except KeyboardInterrupt:
            assert error is not FULL
        else:
            # Files that did not stand there need no second name; without one, there are copies.
            assert call == "link"
            assert contents(tmp_path) == NEW
            return
    assert len(calls) > number
    assert contents(tmp_path) == before
    write_three(tmp_path)
    assert contents(tmp_path) == NEW


def test_a_saver_that_fills_the_disk_is_named_by_its_file(tmp_path):
    with (
        pytest.raises(InputError, match=r"cannot write .*b\.keras: No space left on device$"),
        Outputs() as outputs,
    ):
        outputs.text(tmp_path / "a.txt", "new")
        outputs.file(tmp_path / "b.keras")
        raise FULL
    assert names(tmp_path) == []


def test_a_link_gives_way_to_the_file_and_what_it_points_to_stays(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "a.h").symlink_to(tmp_path / "real")
    write_three(tmp_path)
    assert contents(tmp_path) == NEW | {"real": "old"}
    assert not (tmp_path / "a.h").is_symlink()


def test_a_device_is_not_replaced():
    with pytest.raises(InputError, match="cannot write /dev/null: it is a device; name a file"):
        write_text("/dev/null", "x")
    assert Path("/dev/null").is_char_device()


# Writes two of three files and waits, or is killed.
HALF = """
import sys
from pathlib import Path
from keras_tvscm.files import Outputs, locked
folder = Path(sys.argv[1])
with locked(folder), Outputs() as outputs:
    outputs.text(folder / "a.h", "half")
    outputs.text(folder / "a.c", "half")
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process, in the middle of writing."""
    with subprocess.Popen(
        [sys.executable, "-c", HALF, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        yield process


def test_what_a_killed_process_left_is_swept_by_the_next_output(tmp_path, other):
    write_three(tmp_path)
    sweep(tmp_path)
    # A process that lives keeps its files.
    assert len(list(tmp_path.glob(".tvscm-*-a.?"))) == 2
    other.send_signal(signal.SIGKILL)
    other.wait()
    (tmp_path / ".tvscm-mine").write_text("mine")
    write_text(tmp_path / "a.h", "later")
    assert contents(tmp_path) == NEW | {
        "a.h": "later",
        ".tvscm-mine": "mine",
        LOCK: str(other.pid),
    }


def test_a_process_whose_files_were_not_swept_finishes_them(tmp_path, other):
    sweep(tmp_path)
    other.communicate()
    assert other.returncode == 0
    assert contents(tmp_path) == {"a.h": "half", "a.c": "half"}


def test_a_temporary_file_that_is_swept_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    real, times = fcntl.flock, []

    def late(file, operation):
        times.append(operation)
        if len(times) == 1:
            monkeypatch.setattr(fcntl, "flock", real)
            sweep(tmp_path)
        real(file, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    write_three(tmp_path)
    assert contents(tmp_path) == NEW


def test_a_folder_has_one_writer(tmp_path, other):
    with pytest.raises(InputError) as caught, locked(tmp_path):
        pass
    assert str(caught.value) == (
        f"{tmp_path} is being written by another process (pid {other.pid}); wait for it, or "
        "choose another folder"
    )
    other.send_signal(signal.SIGKILL)
    other.wait()
    # The lock ended with its process; what it left goes.
    with locked(tmp_path):
        assert contents(tmp_path) == {LOCK: str(os.getpid())}
    assert names(tmp_path) == []


def test_a_folder_in_which_nothing_was_written_goes_with_its_lock(tmp_path):
    with pytest.raises(RuntimeError), locked(tmp_path / "runs" / "run"):
        raise RuntimeError
    with locked(tmp_path / "kept"):
        (tmp_path / "kept" / "x").touch()
    assert names(tmp_path) == ["kept", "x"]
    with (
        pytest.raises(InputError, match="it is a file; name a folder"),
        locked(tmp_path / "kept" / "x"),
    ):
        pass


def test_what_we_did_not_write_is_not_replaced(tmp_path):
    record, model, text = (tmp_path / name for name in ("m.tflite.json", "m.tflite", "m.c"))
    check_ours(record, model, text)
    record.write_text('{"versions": {"keras-tvscm": "0.1.0"}}')
    model.write_bytes(b"TFL3")
    text.write_text("// written by keras-tvscm 0.1.0")
    check_ours(record, model, text)
    record.unlink()
    with pytest.raises(InputError) as caught:
        check_ours(record, model, text)
    assert str(caught.value) == (
        f"{model} stands there already, and keras-tvscm did not write it; name another output, "
        "or overwrite it"
    )
    text.write_text("int main(void) { return 0; }")
    with pytest.raises(InputError, match=r"m\.c stands there already"):
        check_ours(text)
