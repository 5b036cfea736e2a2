"""`convert --target wasm` and `web`: what they print, write and refuse."""

import json
import shutil

import pytest

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
# Nothing is chosen, which takes the time.
AS_IS = "--lowering", "dense"


def test_a_page_and_a_module_of_the_same_network(tvscm, tmp_path, banded_run):
    code, lines, err = tvscm("convert", banded_run, "--target", "wasm", "-o", "m.wasm", *AS_IS)
    assert (code, err, lines[-1]) == (0, [], "m.wasm")
    size = (tmp_path / "m.wasm").stat().st_size
    equal = "equal to TFLite-Micro on 504 rows, byte by byte"
    assert lines[-2] == f"m.wasm: {size:,} bytes of WebAssembly; {equal}"
    assert (tmp_path / "m.wasm").read_bytes()[:4] == b"\0asm"
    assert "export async function load" in (tmp_path / "m.mjs").read_text()
    record = json.loads((tmp_path / "m.tflite.json").read_text())
    assert record["c"]["equality"] == {"runtime": "tflm", "rows": 504, "differing": 0}

    page = "--target", "web", "--beside", "m.tflite", "-o", "p.html"
    code, lines, err = tvscm("convert", banded_run, *page, *AS_IS)
    assert (code, err, lines[-1]) == (0, [], "p.html")
    html = (tmp_path / "p.html").read_text()
    given = json.loads(html.partition('id="data">')[2].partition("</script>")[0])
    ours, beside = given["networks"]
    # The same bytes from the same weights, twice.
    assert ours["accuracy"] == pytest.approx(beside["accuracy"])
    assert given["imageShape"] == [8, 8] and not given["draws"]
    assert ours["compared"] == equal and "http" not in html.partition("</style>")[2].replace(
        "http-equiv", ""
    )
    # Written again over itself, and over what another tool wrote only if that is asked for.
    (tmp_path / "p.html").write_text("<!doctype html>")
    code, _, err = tvscm("convert", banded_run, *page, *AS_IS)
    assert code == 2 and "p.html stands there already" in err[0]


def test_a_module_of_a_tflite_model(tvscm, tmp_path, banded_run):
    assert tvscm("convert", banded_run, "-o", "t.tflite", *AS_IS)[0] == 0
    code, lines, err = tvscm("convert", "t.tflite", "--target", "wasm")
    assert (code, err, lines[-1]) == (0, [], "t.wasm")
    assert lines[-2].endswith("bytes; equal to TFLite-Micro on 500 rows, byte by byte")
    code, lines, err = tvscm("convert", "t.tflite", "--target", "web")
    assert code == 2 and err == [
        "tvscm: A page shows rows of the data set, which t.tflite does not name; give the Keras "
        "model, or take --target wasm"
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--target", "web", "-o", "p.htm"], "p.htm is not named .html"),
        (["--target", "wasm", "-o", "m.js"], "m.js is not named .wasm"),
        (["--beside", "d.tflite", "-o", "m.tflite"], "Only a page of the target web shows"),
        (["--target", "web", "--beside", "d.tflite", "-o", "p.html"], "cannot read d.tflite"),
        (["--target", "wasm", "--dtype", "int16x8", "-o", "m.wasm"], "int8 and float32 models"),
        (["--target", "web", "--layout", "cmake", "-o", "p"], "--layout cmake is for"),
    ],
)
def test_misuse(tvscm, tmp_path, banded_run, options, said):
    code, lines, err = tvscm("convert", banded_run, *options, *AS_IS)
    assert (code, lines, len(err)) == (2, [], 1) and said in err[0]
    assert list(tmp_path.iterdir()) == []
