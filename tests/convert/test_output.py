"""The files of a conversion: together, and never in the place of another's."""

import json

import pytest

from keras_tvscm.convert.about import about_file
from keras_tvscm.convert.c_source import CSource
from keras_tvscm.convert.output import files, write
from keras_tvscm.convert.runtimes.arena import Arena
from keras_tvscm.errors import InputError

from ..example_record import CONTENT, example

MARK = "/* written by keras-tvscm 0.1.0 */\n"


def for_c(text="int x;"):
    names = ("net", f"{MARK}{text}", f"{MARK}{text}", 4, 3, "int8", "int8", 64, 900, 1000)
    return CSource(*names)


def test_the_record_is_the_last(tmp_path):
    path = tmp_path / "net.tflite"
    assert list(files(path, CONTENT, example(), None)) == [path, tmp_path / "net.tflite.json"]
    in_c = files(tmp_path / "net.c", CONTENT, example(target="c"), for_c())
    assert [file.name for file in in_c] == ["net.h", "net.c", "net.tflite", "net.tflite.json"]
    record = example(target="tflm", arena=Arena(90, 100, 128))
    content = (tmp_path / "none").with_suffix(".tflite")
    assert json.loads(in_c[tmp_path / "net.tflite.json"]) == example(target="c").to_json()
    with pytest.raises(InputError, match=r"net\.tflite is not named \.c"):
        files(path, CONTENT, example(target="c"), for_c())
    with pytest.raises(InputError, match=r"net\.c is not named \.tflite"):
        files(content.with_name("net.c"), CONTENT, record, None)


def test_what_a_conversion_has_written_is_replaced(tmp_path):
    first = files(tmp_path / "net.c", CONTENT, example(target="c"), for_c())
    write(first)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == first
    other = example(target="c", sha256="0" * 64, network="other")
    second = files(tmp_path / "net.c", b"other", other, for_c("int y;"))
    write(second)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == second


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("net.tflite", "somebody's model"),
        ("net.tflite.json", '{"mine": 1}'),
        ("net.tflite.json", "{"),
        ("net.h", "#define MINE 1"),
        ("net.c", "int main(void) { return 0; }"),
    ],
)
def test_nothing_else_is_replaced_in_silence(tmp_path, name, text):
    theirs = tmp_path / name
    theirs.write_text(text)
    contents = files(tmp_path / "net.c", CONTENT, example(target="c"), for_c())
    with pytest.raises(InputError, match=f"{name} stands there already, and .* overwrite it"):
        write(contents)
    assert [path.name for path in tmp_path.iterdir()] == [name] and theirs.read_text() == text
    write(contents, overwrite=True)
    assert theirs.read_bytes() == contents[theirs]


def test_a_model_of_which_the_record_is_of_other_bytes_is_not_ours(tmp_path):
    contents = files(tmp_path / "m.tflite", CONTENT, example(), None)
    write(contents)
    (tmp_path / "m.tflite").write_bytes(b"changed by hand")
    with pytest.raises(InputError, match=r"m\.tflite stands there already, and has no record"):
        write(contents)
    # What a kill between the two leaves is finished by the same call.
    (tmp_path / "m.tflite").write_bytes(CONTENT)
    (tmp_path / "m.tflite.json").unlink()
    write(contents)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == contents


def test_what_sources_say_of_a_file(tmp_path):
    path = tmp_path / "m.tflite"
    lines = about_file(path, CONTENT)
    assert lines[0] == "m.tflite" and lines[1].startswith("7 bytes of TFLite, sha256 ")
    write(files(path, CONTENT, example(), None))
    assert about_file(path, CONTENT)[:3:2] == [
        "tvscm banded int8",
        "pattern: banded; data set: digits",
    ]
    # A record of other bytes says nothing.
    assert about_file(path, b"other")[0] == "m.tflite"
