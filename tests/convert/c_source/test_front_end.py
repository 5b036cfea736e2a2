"""The front end in C beside the one in Python: the same rows, beats, classes and scores."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.convert.c_source.front_end import with_front_end
from keras_tvscm.convert.c_source.front_end_check import check_front_end, drawn_signal
from keras_tvscm.convert.c_source.resampler import with_resampler
from keras_tvscm.convert.native.front_end import compiled
from keras_tvscm.convert.tflite.quantize import to_int8
from keras_tvscm.ecg.front_end import FrontEnd, beats, to_float
from keras_tvscm.ecg.resampling import Resampler
from keras_tvscm.errors import CheckError, InputError

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "ecg-firmware.md"


@pytest.fixture(scope="module")
def content():
    """A network of 238 numbers."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((238,), batch_size=1),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(4),
        ]
    )
    return to_int8(model, to_float(beats(drawn_signal(60)).x))


@pytest.fixture(scope="module")
def source(content):
    return with_front_end(generate(content, "ecg"), content)


def test_the_firmware_says_what_python_says(content, source):
    signals = {"drawn": drawn_signal(60, seed=1), "loud": 60 * drawn_signal(30, seed=2)}
    checked = check_front_end(source, content, signals)
    assert checked["signals"] == 2 and checked["samples"] == 90 * 120 and checked["beats"] > 100


def test_another_constant_is_noticed(content, source):
    texts = dict(source.beside)
    changed = texts["ecg_front_end.c"].replace("#define STEP 123", "#define STEP 122")
    assert changed != texts["ecg_front_end.c"]
    wrong = replace(source, beside=texts | {"ecg_front_end.c": changed})
    with pytest.raises(CheckError, match="other scores than Python for drawn"):
        check_front_end(wrong, content, {"drawn": drawn_signal(60)})


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_rows_of_any_samples_are_equal(levels, seed):
    signal = np.random.default_rng(seed).choice(levels, 900).repeat(2).astype(np.int16)
    samples, x = FrontEnd().push_many(signal)
    in_c = compiled()
    blocks = [in_c.push_many(block) for block in np.array_split(signal, 3)]
    np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks]), samples)
    np.testing.assert_array_equal(np.concatenate([block.x for block in blocks]), x)


def test_the_state_is_about_a_kilobyte():
    assert 1000 < compiled().state_bytes <= 1200


@pytest.mark.parametrize("rate", [120, 250, 360])
def test_the_resampler_is_equal(source, rate, tmp_path):
    with_resampler(source, rate).write(tmp_path)
    name = f"ecg_resample_{rate}"
    (tmp_path / "main.c").write_text(f"""
#include <stdio.h>
#include "{name}.h"
static {name}_state state;
int main(void)
{{
    int16_t sample, output;
    while (fread(&sample, 2, 1, stdin) == 1)
        if ({name}(&state, sample, &output)) fwrite(&output, 2, 1, stdout);
    return 0;
}}
""")
    command = [*native.compiler(), *native.FLAGS, "main.c", f"{name}.c", "-o", "program"]
    subprocess.run(command, cwd=tmp_path, check=True)
    signal = np.random.default_rng(0).choice([-32768, -500, 0, 700, 32767], 3000).astype(np.int16)
    done = subprocess.run([tmp_path / "program"], input=signal.tobytes(), capture_output=True)
    expected = Resampler(rate).push(signal)
    np.testing.assert_array_equal(np.frombuffer(done.stdout, np.int16), expected)
    assert len(expected) == pytest.approx(3000 * 120 / rate, abs=7)


def test_what_does_not_fit_is_refused(source, make):
    with pytest.raises(InputError, match="train one on heartbeat-rhythm"):
        with_front_end(generate(make("tiny").content, "tiny"), make("tiny").content)
    for rate in (100, 9973):
        with pytest.raises(InputError, match=f"no C for a resampler from {rate}"):
            with_resampler(source, rate)


def test_the_example_firmware_compiles(source, tmp_path):
    blocks = re.findall(r"```c\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    [firmware] = [block for block in blocks if "int main" in block]
    with_resampler(source, 250).write(tmp_path)
    (tmp_path / "main.c").write_text(firmware)
    sources = ["main.c", "ecg.c", "ecg_front_end.c", "ecg_resample_250.c"]
    subprocess.run([*native.compiler(), *native.FLAGS, "-c", *sources], cwd=tmp_path, check=True)
    assert (tmp_path / "main.o").exists()
