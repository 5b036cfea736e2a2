"""C sources as build systems take them."""

import shutil
import subprocess

import pytest

from keras_tvscm.convert.c_source import generate
from keras_tvscm.convert.layout import laid_out
from keras_tvscm.convert.tflite.smallest import smallest
from keras_tvscm.errors import InputError

MAIN = """#include <digits.h>
static float input[DIGITS_INPUT_SIZE], output[DIGITS_OUTPUT_SIZE];
static int64_t scratch[DIGITS_SCRATCH_BYTES / 8 + 1];
int main(void)
{
    input[0] = 1.0f;
    digits_predict(input, output, scratch);
    return (int)output[1];
}
"""
APP = """cmake_minimum_required(VERSION 3.13)
project(app LANGUAGES C)
add_subdirectory(digits)
add_executable(app main.c)
target_link_libraries(app PRIVATE digits)
"""


def test_cmake_builds_it(tmp_path):
    if shutil.which("cmake") is None:
        pytest.skip("needs cmake")
    folder = tmp_path / "digits"
    folder.mkdir()
    for name, text in laid_out(generate(smallest(), "digits"), "cmake").items():
        (folder / name).write_text(text)
    (tmp_path / "main.c").write_text(MAIN)
    (tmp_path / "CMakeLists.txt").write_text(APP)
    for command in (["-S", ".", "-B", "build"], ["--build", "build"]):
        subprocess.run(["cmake", *command], cwd=tmp_path, check=True, capture_output=True)
    # The second output's first weight is 3.
    assert subprocess.run([tmp_path / "build" / "app"]).returncode == 3


def test_an_arduino_library_has_its_sources_in_src():
    texts = laid_out(generate(smallest(), "digits"), "arduino")
    assert sorted(texts) == ["library.properties", "src/digits.c", "src/digits.h"]
    properties = dict(line.split("=", 1) for line in texts["library.properties"].splitlines())
    # What Arduino's library specification asks for.
    needed = {"name", "version", "author", "maintainer", "sentence", "paragraph", "url"}
    assert needed <= set(properties) and properties["includes"] == "digits.h"


def test_another_layout():
    with pytest.raises(InputError, match="expected one of cmake, arduino"):
        laid_out(generate(smallest()), "meson")
