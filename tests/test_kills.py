"""A few of the failures of `train`; `make test-kills` tries all, of every command: see kills.py."""

import subprocess
import sys
from pathlib import Path


def test_the_same_command_mends_what_a_failure_left():
    tool = Path(__file__).with_name("failing") / "kills.py"
    done = subprocess.run(
        [sys.executable, tool, "--only", "train", "--share", "0.02"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.splitlines()[-1].split()[0]) >= 3
