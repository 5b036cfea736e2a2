"""C sources as build systems take them."""

import shutil
import subprocess

import pytest

from keras_tvscm.convert.built import GENERATORS
from keras_tvscm.convert.c_source.native import compiler
from keras_tvscm.convert.layout import laid_out
from keras_tvscm.convert.tflite.smallest import smallest
from keras_tvscm.errors import InputError

# C and C++ alike.
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


def lay_out(folder, layout, target):
    for name, text in laid_out(GENERATORS[target](smallest(), "digits"), layout).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def run(command, folder):
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("cmake") is None, reason="needs cmake")
@pytest.mark.parametrize("target", ["c", "native"])
def test_cmake_builds_it(tmp_path, target):
    lay_out(tmp_path / "digits", "cmake", target)
    (tmp_path / "main.c").write_text(MAIN)
    (tmp_path / "CMakeLists.txt").write_text(APP)
    run(["cmake", "-S", ".", "-B", "build"], tmp_path)
    run(["cmake", "--build", "build"], tmp_path)
    # The second output's first weight is 3.
    assert subprocess.run([tmp_path / "build" / "app"]).returncode == 3


@pytest.mark.skipif(shutil.which("c++") is None, reason="needs c++")
@pytest.mark.parametrize("target", ["c", "native"])
def test_an_arduino_library_compiles_as_the_ide_does(tmp_path, target):
    """The sources of `src` as C, the sketch as C++ that finds the header there."""
    lay_out(tmp_path, "arduino", target)
    (tmp_path / "sketch.ino").write_text(MAIN)
    run([*compiler(), "-std=gnu11", "-Os", "-c", "src/digits.c"], tmp_path)
    sketch = "-x", "c++", "sketch.ino", "-x", "none"
    run(["c++", "-std=gnu++11", "-Os", "-Isrc", *sketch, "digits.o", "-o", "app"], tmp_path)
    assert subprocess.run([tmp_path / "app"]).returncode == 3


def test_an_arduino_library_says_what_it_is():
    texts = laid_out(GENERATORS["c"](smallest(), "digits"), "arduino")
    properties = dict(line.split("=", 1) for line in texts["library.properties"].splitlines())
    # What Arduino's library specification asks for.
    needed = {"name", "version", "author", "maintainer", "sentence", "paragraph", "url"}
    assert needed <= set(properties) and properties["includes"] == "digits.h"


def test_another_layout():
    with pytest.raises(InputError, match="expected one of cmake, arduino"):
        laid_out(GENERATORS["c"](smallest(), "digits"), "meson")
