"""`convert --target c`: what it prints, writes and refuses."""

import json

import numpy as np
import pytest

from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.native import load


@pytest.fixture
def model(tvscm, banded_run, tmp_path):
    """An int8 model of a network on digits."""
    code, _, _ = tvscm("convert", banded_run, "-o", "m.tflite", "--lowering", "dense")
    assert code == 0
    return tmp_path / "m.tflite"


def test_a_trained_network(tvscm, tmp_path, banded_run):
    code, lines, err = tvscm("convert", banded_run, "--target", "c", "-o", "net.c", "--explain")
    assert (code, err, lines[-1]) == (0, [], "net.c")
    assert "byte by byte" in lines[-2]
    assert "predicted instructions" in lines[0]
    record = json.loads((tmp_path / "net.tflite.json").read_text())
    assert record["c"]["equality"]["differing"] == 0
    content = (tmp_path / "net.tflite").read_bytes()
    header = (tmp_path / "net.h").read_text()
    assert f"#define NET_SCRATCH_BYTES {record['c']['scratch_bytes']}" in header
    assert record["sha256"] in header
    # The digits are divided by 16, as an app has to do it.
    assert "input: samples as the data set has them, divided by 16" in header
    assert "#define NET_INPUT_SCALE" in header
    # What was written is what the model in the folder comes to, as anybody can check.
    assert (
        generate(content, "net").source.partition("#include")[2]
        == ((tmp_path / "net.c").read_text().partition("#include")[2])
    )


def test_a_tflite_model(tvscm, tmp_path, model):
    code, lines, err = tvscm("convert", model, "--target", "c")
    assert (code, err, lines[-1]) == (0, [], str(tmp_path / "m.c"))
    assert "equal to TFLite-Micro on 500 rows, byte by byte" in lines[-2]
    rows = native.drawn_rows(model.read_bytes(), 5)
    assert native.run(generate(model.read_bytes()), rows).dtype == np.int8


def test_a_shared_library_of_a_tflite_model(tvscm, tmp_path, model):
    code, lines, err = tvscm("convert", model, "--target", "native", "-o", "m.so")
    assert (code, err, lines[-1]) == (0, [], "m.so")
    assert lines[-2].endswith("equal to TFLite-Micro on 500 rows, byte by byte")
    network = load(tmp_path / "m.so", model)
    assert network.predict(np.zeros(64, np.float32)).shape == (10,)
    code, lines, err = tvscm("convert", model, "--target", "native", "-o", "m.h")
    assert code == 2 and err == ["tvscm: m.h is not named .so or .c; choose such an output"]


def test_a_folder_for_a_build_system(tvscm, tmp_path, model):
    where = "--target", "c", "-o", "digits"
    code, lines, err = tvscm("convert", model, *where, "--layout", "arduino")
    assert (code, err, lines[-1]) == (0, [], "digits/library.properties")
    assert (tmp_path / "digits" / "src" / "digits.h").is_file()
    code, _, err = tvscm("convert", model, *where, "--layout", "meson")
    assert code == 2 and err == ["tvscm: Unknown layout 'meson'; expected one of cmake, arduino"]


def test_without_a_compiler_nothing_is_written(tvscm, tmp_path, model, monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    code, _, err = tvscm("convert", model, "--target", "native", "-o", "m.so")
    assert code == 2 and "cannot run the C compiler no-such-compiler" in err[0]
    assert len(err) == 1 and not (tmp_path / "m.so").exists()


def test_sources_for_tflite_micro_of_a_tflite_model(tvscm, tmp_path, model):
    code, lines, err = tvscm("convert", model, "--target", "tflm")
    assert (code, err, lines[-1]) == (0, [], str(tmp_path / "m_op_resolver.h"))
    size = model.stat().st_size
    assert lines[0].startswith("m_model_data.h, m_model_data.cc, m_op_resolver.h: ")
    assert f"{size:,} bytes of TFLite" in lines[0]
    assert f"_length = {size};" in (tmp_path / "m_model_data.cc").read_text()
    assert "resolver.AddFullyConnected()" in (tmp_path / "m_op_resolver.h").read_text()


def test_another_s_file_is_replaced_where_that_is_asked_for(tvscm, tmp_path, banded_run):
    theirs = tmp_path / "net.tflite"
    theirs.write_text("another's")
    options = ["--target", "c", "-o", "net.c", "--lowering", "dense"]
    code, lines, err = tvscm("convert", banded_run, *options)
    assert (code, lines, len(err)) == (2, [], 1)
    assert "net.tflite stands there already" in err[0]
    assert theirs.read_text() == "another's" and list(tmp_path.iterdir()) == [theirs]
    assert tvscm("convert", banded_run, *options, "--overwrite")[0] == 0
    assert theirs.read_bytes()[4:8] == b"TFL3"


@pytest.mark.parametrize(
    "options, said",
    [
        ([], "is a TFLite model already; --target c, native, wasm or tflm makes source of it"),
        (
            ["--target", "c", "--dtype", "int8", "--no-collapse", "--report", "r.json"],
            "is converted already: --dtype, --collapse, --report cannot change it",
        ),
        (["--target", "c", "-o", "m.tflite"], "is not named .c"),
        (["--target", "c", "--part", "Z80"], "no part 'Z80' in the table; expected one of"),
        (["--part", "nRF52840"], "--part is for --target c, not litert"),
        (["--with-front-end"], "--with-front-end is for --target c, not litert"),
        (["--target", "c", "--resample", "250"], "give --with-front-end too"),
        (["--target", "c", "--with-front-end"], "train one on heartbeat-rhythm"),
    ],
)
def test_misuse(tvscm, model, options, said):
    before = sorted(model.parent.iterdir())
    code, lines, err = tvscm("convert", model, *options)
    assert (code, lines, len(err)) == (2, [], 1)
    assert said in err[0]
    assert sorted(model.parent.iterdir()) == before


def test_a_part_that_is_too_small(tvscm, model, monkeypatch):
    from keras_tvscm.eval.energy.parts import Part

    monkeypatch.setattr(Part, "flash_bytes", 1000)
    code, _, err = tvscm("convert", model, "--target", "c", "--part", "nRF52840")
    assert code == 2
    assert "does not fit: needs" in err[0] and "bytes of flash, of which there are 1,000" in err[0]
    assert not model.with_suffix(".c").exists()


def test_types_of_which_there_is_no_c(tvscm, banded_run):
    for options in (["--dtype", "int16x8"], ["--dtype", "int8x4"], ["--costs", "t.json"]):
        code, _, err = tvscm("convert", banded_run, "--target", "c", "-o", "n.c", *options)
        assert (code, len(err)) == (2, 1)
