"""`board-firmware`: what it writes, and refuses."""

import hashlib
import json
import shutil

import pytest


@pytest.fixture
def models(linear, tmp_path):
    """Two models in the working folder."""
    for name in ("int8", "float32"):
        shutil.copy(linear.folder / f"{name}.tflite", tmp_path / f"{name} x.tflite")
    return ["int8 x.tflite", "float32 x.tflite"]


def test_it_writes_a_sketch(tvscm, models, tmp_path):
    options = ["--board", "Nano 33 BLE", "-o", "my-board"]
    code, out, err = tvscm("board-firmware", *models, *options)
    assert (code, err, out[-1]) == (0, [], "my-board/my-board.ino")
    # In int8 and float32: 12 inputs and 3 outputs each, and scratch memory of none.
    memory = (12 + 3) + 4 * (12 + 3)
    assert f"{memory} of memory; README.md says how to flash it" in out[0]
    folder = tmp_path / "my-board"
    assert {path.name for path in folder.iterdir()} == {
        *("my-board.ino", "README.md", "tvscm_board.h", "tvscm_board.c", "tvscm_models.c"),
        *("int8_x.h", "int8_x.c", "float32_x.h", "float32_x.c"),
    }
    table = (folder / "tvscm_models.c").read_text()
    assert 'tvscm_board_name[] = "Nano 33 BLE";' in table
    for model in models:
        assert hashlib.sha256((tmp_path / model).read_bytes()).hexdigest() in table
    # Two files of one name, such as those of the baselines, and one that is there twice.
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / models[0], tmp_path / "other")
    code, out, err = tvscm("board-firmware", models[0], f"other/{models[0]}", "--json")
    assert {"int8_x.c", "int8_x__2.c"} <= set(json.loads("\n".join(out))["files"])
    # Once more, into the same folder: all of it is ours.
    code, out, err = tvscm("board-firmware", models[0], *options, "--json")
    assert json.loads("\n".join(out))["memory_bytes"] == 15
    theirs = folder / "README.md"
    theirs.write_text("Mine")
    code, out, err = tvscm("board-firmware", models[0], *options)
    assert (code, out) == (2, [])
    assert "README.md stands there already" in err[0]
    assert tvscm("board-firmware", models[0], *options, "--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.tflite"], "cannot read absent.tflite"),
        (
            ["int8 x.tflite", "int8_x.tflite"],
            "two files would be called int8_x.c; rename int8_x",
        ),
        (["tvscm_board.tflite"], "two files would be called tvscm_board.c; rename tvscm"),
        (
            ["int8 x.tflite", "-o", "my board"],
            "'my board' cannot be a sketch's name; name a fold",
        ),
        (["int8 x.tflite", "--board", 'a"b'], "'a\"b' cannot be a board's name; give at most 40"),
    ],
)
def test_misuse(tvscm, models, tmp_path, arguments, said):
    for name in ("int8_x", "tvscm_board"):
        shutil.copy(tmp_path / models[0], tmp_path / f"{name}.tflite")
    before = sorted(tmp_path.rglob("*"))
    code, out, err = tvscm("board-firmware", *arguments)
    assert (code, out, len(err)) == (2, [], 1)
    assert said in err[0]
    assert sorted(tmp_path.rglob("*")) == before
