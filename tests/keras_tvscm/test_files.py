"""Outputs appear whole or not at all."""

import os
import stat

import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.files import make_folder, read_json, replacing, write_json, write_text


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
