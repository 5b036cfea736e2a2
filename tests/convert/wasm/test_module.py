"""Networks as WebAssembly: the bytes of TFLite-Micro in Node.js, and what cannot be."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from keras_tvscm.convert import zig
from keras_tvscm.convert.c_source.native import drawn_rows
from keras_tvscm.convert.native import generate
from keras_tvscm.convert.tflite.graph import input_and_output
from keras_tvscm.convert.tflite.smallest import WEIGHTS, smallest
from keras_tvscm.convert.wasm.module import module
from keras_tvscm.convert.wasm.node import check, run
from keras_tvscm.convert.wasm.page import network_text
from keras_tvscm.errors import CheckError, InputError

from ..native.drawn import drawn

# Of filters with pooling, means and rows of weights.
SEED = 50
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")


def compiled(content: bytes) -> bytes:
    return module(generate(content, "network"), content)


@needs_node
@pytest.mark.parametrize(
    "seed", [SEED, *(pytest.param(s, marks=pytest.mark.slow) for s in (21, 57))]
)
def test_it_gives_the_bytes_of_the_reference(seed):
    content = drawn(seed)
    rows = drawn_rows(content, 1000)
    assert check(compiled(content), content, rows) == {
        "runtime": "tflm",
        "rows": 1000,
        "differing": 0,
    }
    assert len(np.unique(run(compiled(content), content, rows))) > 2


@needs_node
def test_its_vectors_are_those_of_webassembly():
    """A kernel that was left to plain C would give the same bytes, more slowly."""
    source = generate(drawn(SEED), "network")
    # i32x4.dot_i16x8_s, by its opcode.
    assert module(source, drawn(SEED)).count(b"\xfd\xba\x01") > 10


@needs_node
def test_javascript_takes_and_gives_real_numbers(tmp_path):
    content = drawn(SEED)
    (tmp_path / "m.wasm").write_bytes(compiled(content))
    (tmp_path / "m.mjs").write_text(network_text())
    source, target = input_and_output(content)
    x = (np.random.default_rng(0).uniform(-2, 4, source.size) * source.scale * 100).astype("f4")
    # Halves, which go to the even number.
    x[:9] = (np.arange(9) - 4.5) * np.float64(source.scale)
    (tmp_path / "x.json").write_text(json.dumps(x.tolist()))
    (tmp_path / "run.mjs").write_text("""
        import { readFileSync } from "node:fs";
        import { load } from "./m.mjs";
        const network = await load(readFileSync("m.wasm"));
        const told = async (call) => { try { await call(); } catch (e) { return `${e}`; } };
        console.log(JSON.stringify({
          about: network.about,
          outputs: [...network.predict(JSON.parse(readFileSync("x.json")))],
          short: await told(() => network.predict([1])),
          other: await told(() => load(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
        }));
    """)
    done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, check=True)
    found = json.loads(done.stdout)
    stored = run(compiled(content), content, source.quantize(x[None]).reshape(1, -1))
    assert found["outputs"] == target.dequantize(stored)[0].tolist()
    assert found["about"]["input"] == {
        "size": source.size,
        "dtype": "int8",
        "scale": source.scale,
        "zero_point": source.zero_point,
    }
    taken = f"RangeError: the network takes {source.size} numbers. Received: 1"
    assert found["short"] == taken
    assert found["other"].startswith("TypeError: no network that tvscm has written")


@needs_node
def test_real_numbers_throughout():
    content = smallest()
    np.testing.assert_array_equal(run(compiled(content), content, WEIGHTS), WEIGHTS @ WEIGHTS.T)


@needs_node
def test_another_result_is_not_written():
    other = smallest().replace(np.float32(3).tobytes(), np.float32(5).tobytes())
    with pytest.raises(CheckError, match="the WebAssembly differs from the model on 2 of 2 rows"):
        check(compiled(smallest()), other, WEIGHTS)
    with pytest.raises(CheckError, match="node does not run the WebAssembly: CompileError"):
        check(b"no module", smallest(), WEIGHTS)


def test_without_node_it_says_so(monkeypatch):
    content = compiled(smallest())
    monkeypatch.setenv("PATH", "")
    reason = "there is no node on PATH (install Node.js)"
    assert check(content, smallest(), WEIGHTS) == {"reason": reason}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("false",), "zig cc fails: no reason given; install ziglang again"),
        (("true",), "zig cc: No such file or directory; install ziglang again"),
    ],
)
def test_compilers_that_do_not_compile(monkeypatch, command, reason):
    monkeypatch.setattr(zig, "COMMAND", command)
    with pytest.raises(InputError, match=reason):
        module(generate(smallest(), "broken"), smallest())


def test_without_a_compiler(monkeypatch):
    monkeypatch.setattr("keras_tvscm.extras.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'keras-tvscm\[wasm\]'"):
        module(generate(smallest(), "missing"), smallest())
