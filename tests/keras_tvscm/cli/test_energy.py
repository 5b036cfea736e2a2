"""`energy`: a power analyser's recording, on the screen and as a file."""

import hashlib
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from keras_tvscm.eval.energy.analyser import read_energy

from ...eval.energy import recording

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "power-analyser.md"


@pytest.fixture
def files(tmp_path):
    shutil.copy(recording.EXAMPLE, tmp_path / "t.csv")
    text = recording.ppk2()
    (tmp_path / "low.csv").write_text(text.replace(",10000000", ",00000000"))
    (tmp_path / "gap.csv").write_text(re.sub(r"\n5\d,.*", "", text))
    (tmp_path / "unit.csv").write_text(text.replace("(uA)", "(uW)"))
    (tmp_path / "back.csv").write_text(text.replace("\n77,", "\n7,"))
    (tmp_path / "empty-cell.csv").write_text(text.replace("\n77,", "\n77,,"))
    (tmp_path / "negative.csv").write_text(re.sub(r"\n(\d+),", r"\n\1,-", text))
    (tmp_path / "session.ppk2").write_bytes(b"PK\x03\x04\xff\xfe")
    (tmp_path / "page.csv").write_text("<!DOCTYPE html>\n<p>Sign in</p>\n")
    (tmp_path / "none.csv").write_text("")
    (tmp_path / "m.tflite").write_bytes(b"\x1c\0\0\0TFL3 and so on")
    (tmp_path / "note.json").write_text("{}")
    return tmp_path


def test_the_guide_shows_what_is_printed(tvscm, tmp_path):
    """And the example there is what makes it."""
    assert recording.EXAMPLE.read_text() == recording.ppk2()
    shutil.copy(recording.EXAMPLE, tmp_path)
    block = re.search(r"```text\n\$ tvscm (.*?)\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    command, shown = block.groups()
    code, out, err = tvscm(*shlex.split(command))
    assert (code, err) == (0, [])
    assert [line.rstrip() for line in out] == shown.splitlines()


def test_the_file_says_what_the_screen_says(tvscm, files):
    command = "energy t.csv --inferences 20 --volts 3 --model m.tflite -o m.energy.json"
    code, out, err = tvscm(*command.split(), "--json")
    assert code == 0
    document = json.loads("\n".join(out))
    assert document == json.loads((files / "m.energy.json").read_text())
    assert document["estimate_microjoules"] == pytest.approx(recording.MICROJOULES, rel=1e-3)
    assert err[0].split() == ["energy", "of", "an", "inference", "27.00", "µJ"]
    found = read_energy(files / "m.energy.json")
    assert found.model_sha256 == hashlib.sha256((files / "m.tflite").read_bytes()).hexdigest()
    # What it wrote it may replace.
    assert tvscm(*command.split(), "--quiet") == (0, ["m.energy.json"], [])


def test_windows_that_are_cut_are_told(tvscm, files):
    text = recording.ppk2().splitlines(keepends=True)
    (files / "t.csv").write_text("".join([*text[:2], *text[60:]]))
    code, out, err = tvscm("energy", "t.csv", "--inferences", "20", "--volts", "3")
    assert (code, out[-1]) == (0, "t.energy.json")
    assert err == ["note: left out, as the recording begins or ends in them: 1 windows"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("absent.csv", "cannot read absent.csv: No such file or directory; give a CSV"),
        ("low.csv", "low.csv: D0 is never high; expected a window"),
        ("gap.csv", "gap.csv: no samples from 0.049 to 0.06 s, in what is to be measured"),
        ("unit.csv", "unit.csv: the heading 'Current(uW)' has the unknown unit 'uW'; expected A"),
        ("back.csv", "back.csv: after 0.076 s comes 0.007 s; expected time to increase"),
        ("empty-cell.csv", "empty-cell.csv, line 80: current is ''; expected a number"),
        ("negative.csv", "negative.csv: the current is negative throughout"),
        ("session.ppk2", "session.ppk2 is no CSV in UTF-8; export one"),
        ("page.csv", "page.csv has no column of time"),
        ("none.csv", "none.csv has no column of time"),
        ("t.csv --window D9", "t.csv has no column 'D9' of marks"),
        ("t.csv --window D1", "t.csv: D1 is never high"),
        ("t.csv --window D0/", "a window of 'D0/'; expected a column as in D0"),
        ("t.csv --window 2:1", "seconds of '2:1'; expected START:STOP"),
        ("t.csv --window 0.1:9", "t.csv lasts from 0 to 0.639 s; expected windows inside"),
        ("t.csv --idle now", "seconds of 'now'; expected START:STOP"),
        ("t.csv --inferences 0", "Invalid value for '--inferences'"),
        ("t.csv --volts 0", "a supply of 0 V; expected more than 0"),
        ("t.csv --volts many", "Invalid value for '--volts'"),
        ("t.csv --model absent.tflite", "cannot read absent.tflite: No such file or directory"),
        ("t.csv --model t.csv", "t.csv: not a TFLite model; give the .tflite file that ran"),
        ("t.csv -o t.csv", "t.csv is not named .json; name a JSON file"),
        ("t.csv -o note.json", "note.json stands there already, and keras-tvscm did not write it"),
        ("t.csv -o t.csv/x.json", "cannot write t.csv/x.json: t.csv is a file"),
    ],
)
def test_misuse_is_one_line_and_leaves_nothing(tvscm, files, options, message):
    before = sorted(files.rglob("*"))
    code, out, err = tvscm("energy", "--inferences", "20", "--volts", "3", *options.split())
    assert (code, out, len(err)) == (2, [], 1)
    assert err[0].startswith("tvscm: ")
    assert message in err[0]
    assert sorted(files.rglob("*")) == before


def test_volts_are_asked_for(tvscm, files):
    said = "tvscm: t.csv has no column of voltage; pass the supply's, as --volts 3.0"
    assert tvscm("energy", "t.csv", "--inferences", "20") == (2, [], [said])
