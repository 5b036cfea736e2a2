"""The failures of `make test-damage`: a few of them."""

import subprocess
import sys
from pathlib import Path


def test_commands_on_damaged_files() -> None:
    script = Path(__file__).with_name("failing") / "damage.py"
    done = subprocess.run([sys.executable, script, "--count", "12"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "wfdb: 1 times tvscm data records/100.hea" in done.stdout
