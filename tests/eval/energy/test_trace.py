"""CSVs of power analysers: what is read from them, and what is refused."""

import numpy as np
import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.eval.energy import trace
from keras_tvscm.eval.energy.marking import Marked
from keras_tvscm.eval.energy.trace import read_trace

PPK2 = "Timestamp(ms),Current(uA),D0-D7,D0,D1,D2,D3,D4,D5,D6,D7"


@pytest.fixture
def read(tmp_path):
    """What a CSV of this text is read as; with 3 V, unless the text has volts or the test says."""

    def read(text, column=None, volts=3.0):
        (tmp_path / "t.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        marked = Marked(*column.split("/")) if column else None
        return read_trace(tmp_path / "t.csv", volts=volts, marked=marked)

    return read


def test_what_power_profiler_exports(read):
    found = read(
        f"{PPK2}\n0,1000.000,00000000,0,0,0,0,0,0,0,0\n0.01,2500.5,1000000X,1,0,0,0,0,0,0,X\n"
    )
    assert found.seconds.tolist() == pytest.approx([0, 1e-5])
    assert found.watts.tolist() == pytest.approx([0.003, 0.0075015])
    assert (found.name, found.volts, found.synthetic) == ("t.csv", 3.0, False)


@pytest.mark.parametrize(
    ("column", "marks"),
    [("D0", [0, 1, 1]), ("d1", [0, 0, 1]), ("D7", [1, 1, 0]), ("D1/-", [1, 0, 0])],
)
@pytest.mark.parametrize("headings", [["D0-D7"], [f"D{n}" for n in range(8)]])
def test_a_digital_channel_of_either_form(read, column, marks, headings):
    """The first character is D0; X is a sample that saw both levels."""
    rows = ["0-00000X", "X0000001", "11000000"]
    if len(headings) > 1:
        rows = [",".join(row) for row in rows]
    lines = [f"{number},5,{row}" for number, row in enumerate(rows)]
    found = read("\n".join([",".join(["Timestamp(ms),Current(uA)", *headings]), *lines]), column)
    assert found.marks.tolist() == marks


@pytest.mark.parametrize(
    ("header", "row", "seconds", "watts"),
    [
        ("time_s,current_a,voltage_v", "2,0.5,3", 2, 1.5),
        ("time (ms), current (mA), voltage (V)", "2,500, 3", 0.002, 1.5),
        ("Voltage [mV],TIMESTAMP [us],Current [nA]", "3000,2,500", 2e-6, 1.5e-6),
        ("time/ns,current/\N{MICRO SIGN}A,voltage/V", "2,5,3", 2e-9, 15e-6),
        ('"time (s)","current (\N{GREEK SMALL LETTER MU}A)",note,voltage_V', "2,5,x,3", 2, 15e-6),
    ],
)
def test_units_are_read_from_the_headings(read, header, row, seconds, watts):
    start = ",".join("0" for _ in row.split(","))
    found = read(f"\ufeff{header}\r\n{start}\r\n{row}\r\n", volts=None)
    assert found.seconds[1] == pytest.approx(seconds)
    assert found.watts[1] == pytest.approx(watts)
    assert found.volts is None


def test_comments_are_left_aside_and_synthetic_is_kept(read):
    text = "# a\n# Synthetic: made up\n\ntime_s,current_a\n0,1\n# between\n\n1,2\n"
    found = read(text)
    assert found.synthetic and found.watts.tolist() == [3, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "t.csv has no column of time; expected one such as 'time .s.', and its first line is"),
        ("<!DOCTYPE html>\n<html>", "no column of time.* is '<!DOCTYPE html>'"),
        ("time_s,power_w\n0,1\n", "no column of current; expected one such as 'current .A.'"),
        ("time,current_a\n0,1\n", "heading 'time' has no unit; expected s, ms, us, ns, as in"),
        ("time_s,current (furlong)\n", "the unknown unit 'furlong'; expected A, mA, uA, nA"),
        ("time_s,current_ms\n", "heading 'current_ms' has the unknown unit 'ms'"),
        ("time_s,time_ms,current_a\n", "two columns of time"),
        ("time_s,current_a,voltage_v\n0,1,3\n", "has a column of voltage; leave --volts out"),
        ("time_s,current_a\n0,1\n", "fewer than two samples"),
        ("time_s,current_a\n", "fewer than two samples"),
        ("time_s,current_a\n0,1\n\n1,\n", "t.csv, line 4: current is ''; expected a number"),
        ("time_s,current_a\n0,1\n1\n", "t.csv, line 3: current is ''"),
        ("#\ntime_s,current_a\n# x\n0,nan\n1,1\n", "t.csv, line 4: current is 'nan'"),
        ("time_s,current_a\n0,1\ninf,2\n", "t.csv, line 3: time is 'inf'"),
        ("time_s,current_a\n0,1\n1,two\n", "t.csv, line 3: current is 'two'"),
        ("time_s,current_a\n0,1\n1,0_1\n", "a cell cannot be read; expected plain numbers"),
        ("time_s,current_a\n0,1\n2,1\n1,1\n", "after 2 s comes 1 s; expected time to increase"),
        ("time_s,current_a\n0,1\n0,1\n", "after 0 s comes 0 s"),
        ("time_s,current_a\n0,-1\n1,-2\n", "current is negative throughout; turn the .* round"),
        ("time_s,current_a\n0,1\n1,5000\n", "has a current of 5000 A; expected 1000 at most"),
        (b"PK\x03\x04\x80\x81\xff\x00", "is no CSV in UTF-8; export one"),
        (b"time_s,current_a\n0,1\n1,\xff\n", "is no CSV in UTF-8"),
        ("x" * 200_000, "is no CSV in UTF-8"),
    ],
)
def test_what_is_no_such_recording_is_refused(read, text, message):
    with pytest.raises(InputError, match=message) as refused:
        read(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("D8", "no column 'D8' of marks, and its first line is 'time_s,current_a,D0-D7'"),
        ("current_a", "no column 'current_a' of marks"),
        ("D1", "t.csv, line 3: the mark is '1'; expected one as in the other rows"),
    ],
)
def test_a_column_that_marks_nothing_is_refused(read, column, message):
    with pytest.raises(InputError, match=message):
        read("time_s,current_a,D0-D7\n0,1,00000000\n1,1,1\n", column)


@pytest.mark.parametrize("volts", [0, -3, float("nan"), float("inf")])
def test_volts_are_a_supply_s(read, volts):
    with pytest.raises(InputError, match="expected more than 0 and at most 1000"):
        read("time_s,current_a\n0,1\n1,1\n", volts=volts)


def test_volts_are_needed(read):
    with pytest.raises(InputError, match="no column of voltage; pass the supply's, as --volts"):
        read("time_s,current_a\n0,1\n1,1\n", volts=None)


def test_a_file_that_is_too_large_or_missing_is_refused(read, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"cannot read .*: No such file or directory; give a CSV"):
        read_trace(tmp_path / "absent.csv")
    with pytest.raises(InputError, match=r"cannot read .*: Is a directory"):
        read_trace(tmp_path)
    monkeypatch.setattr(trace, "MOST_BYTES", 20_000_000)
    with (tmp_path / "t.csv").open("wb") as file:
        file.truncate(21_000_000)
    with pytest.raises(InputError, match="has 21 MB; expected 20 at most: export the part with"):
        read_trace(tmp_path / "t.csv")


def test_a_long_recording(read):
    """More rows than are parsed at once."""
    rows = "".join(f"{n},{n % 7}\n" for n in range(120_000))
    found = read(f"time_s,current_a\n{rows}")
    assert np.array_equal(found.watts, 3.0 * (np.arange(120_000) % 7))
