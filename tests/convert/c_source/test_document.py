"""The firmware in docs/guides/c.md compiles against a generated header."""

import re
import subprocess
from pathlib import Path

from keras_tvscm.convert.c_source import generate, native

DOCUMENT = Path(__file__).parents[3] / "docs" / "guides" / "c.md"


def test_the_example_firmware_compiles(make, tmp_path):
    blocks = re.findall(r"```c\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    [firmware] = [block for block in blocks if "int main" in block]
    generate(make("tiny").content, "mnist").write(tmp_path)
    (tmp_path / "main.c").write_text(firmware)
    command = [*native.compiler(), *native.FLAGS, "-c", "main.c", "mnist.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert {"main.o", "mnist.o"} <= {path.name for path in tmp_path.iterdir()}
