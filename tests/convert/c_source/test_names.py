"""Symbols carry the file's name, and a header fits its own source alone."""

import re
import shutil
import subprocess

import numpy as np
import pytest

from keras_tvscm.convert.c_source import generate, native
from keras_tvscm.convert.tflite.graph import input_and_output

TWO = """
#include <stdio.h>
#include "wake.h"
#include "command.h"

int main(void)
{
    static int8_t row[WAKE_INPUT_SIZE > COMMAND_INPUT_SIZE ? WAKE_INPUT_SIZE : COMMAND_INPUT_SIZE];
    static int8_t woken[WAKE_OUTPUT_SIZE], said[COMMAND_OUTPUT_SIZE];
    static int32_t scratch[(WAKE_SCRATCH_BYTES + COMMAND_SCRATCH_BYTES) / 4 + 1];
    wake_predict(row, woken, scratch);
    command_predict(row, said, scratch);
    for (int i = 0; i < WAKE_OUTPUT_SIZE; i++) printf("%d ", woken[i]);
    for (int i = 0; i < COMMAND_OUTPUT_SIZE; i++) printf("%d ", said[i]);
    return 0;
}
"""


def compile_in(folder, *arguments):
    command = [*native.compiler(), *native.FLAGS, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_two_networks_in_one_firmware(make, tmp_path):
    expected = []
    for name, model in (("wake", make("tiny")), ("command", make("half"))):
        source = generate(model.content, name)
        source.write(tmp_path)
        expected += native.run(source, np.zeros((1, source.input_size), np.int8))[0].tolist()
    (tmp_path / "main.c").write_text(TWO)
    done = compile_in(tmp_path, "main.c", "wake.c", "command.c", "-o", "program")
    assert (done.returncode, done.stderr) == (0, "")
    printed = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=True)
    assert [int(number) for number in printed.stdout.split()] == expected


def test_every_symbol_and_macro_that_others_see_begins_with_the_name(make, tmp_path):
    source = generate(make("image heads").content, "my-Net")
    assert (source.name, source.function, source.prefix) == ("my_Net", "my_Net_predict", "MY_NET")
    macros = re.findall(r"^#define (\w+)", source.header, re.MULTILINE)
    assert len(macros) == 9 and all(macro.startswith("MY_NET_") for macro in macros)
    source.write(tmp_path)
    assert compile_in(tmp_path, "-c", "my_Net.c").returncode == 0
    if shutil.which("nm") is None:
        pytest.skip("needs nm")
    command = ["nm", "-g", "my_Net.o"]
    names = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    defined = {line.split()[-1] for line in names.stdout.splitlines() if " U " not in line}
    assert defined == {"my_Net_predict"}


def test_header_and_source_of_two_conversions_do_not_compile(make, tmp_path):
    old, new = (generate(make(name).content, "m") for name in ("half", "tiny"))
    (tmp_path / "m.h").write_text(old.header)
    (tmp_path / "m.c").write_text(new.source)
    done = compile_in(tmp_path, "-c", "m.c")
    assert done.returncode and "m.h belongs to another m.c: convert again" in done.stderr
    # A header from before there were checksums.
    (tmp_path / "m.h").write_text(re.sub(r".*_CHECKSUM.*\n", "", new.header))
    assert "belongs to another" in compile_in(tmp_path, "-c", "m.c").stderr
    new.write(tmp_path)
    assert compile_in(tmp_path, "-c", "m.c").returncode == 0


def test_the_same_model_comes_out_the_same(make):
    model = make("tiny").content
    assert generate(model, "m", ["about"]) == generate(model, "m", ["about"])
    assert "@" not in generate(model, "m").header + generate(model, "m").source


def test_scale_and_zero_point_are_the_model_s(make, tmp_path):
    content = make("half").content
    source = generate(content, "m")
    source.write(tmp_path)
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "m.h"\nint main(void) { printf("%.9g %d %.9g %d", '
        "(double)M_INPUT_SCALE, M_INPUT_ZERO_POINT, (double)M_OUTPUT_SCALE, M_OUTPUT_ZERO_POINT);"
        " return 0; }\n"
    )
    assert compile_in(tmp_path, "main.c", "-o", "program").returncode == 0
    printed = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=True)
    scale, zero, *output = (float(number) for number in printed.stdout.split())
    given, result = input_and_output(content)
    assert (np.float32(scale), zero) == (np.float32(given.scale), given.zero_point)
    assert np.float32(output[0]) == np.float32(result.scale) and output[1] == result.zero_point


def test_a_float_model_has_no_scale(make):
    assert "SCALE" not in generate(make("float32").content, "m").header
