"""When inferences ran: what --window means, and what it finds."""

import numpy as np
import pytest

from keras_tvscm.errors import InputError
from keras_tvscm.eval.energy.marking import Marked, parse, stretches
from keras_tvscm.eval.energy.trace import Trace
from keras_tvscm.eval.energy.windows import find


def recording(window, marks):
    """A sample a second, from second 10 on, with these cells in the column."""
    codes = np.array([window.code(mark) for mark in marks], float)
    return Trace("t.csv", 10 + np.arange(len(marks)), np.ones(len(marks)), codes, None, False)


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("D0", Marked("D0")),
        ("phase/infer", Marked("phase", "infer")),
        ("note/start/stop", Marked("note", "start", "stop")),
        ("1.2:3.4", [(1.2, 3.4)]),
        ("5:6,1.5:3", [(1.5, 3), (5, 6)]),
    ],
)
def test_what_a_window_is_given_as(text, window):
    assert parse(text) == window


@pytest.mark.parametrize("text", ["", "/", "D0/", "a/b/c/d", "a/x/x"])
def test_what_is_no_column_is_refused(text):
    with pytest.raises(InputError, match=r"expected a column as in D0, COLUMN/VALUE"):
        parse(text)


@pytest.mark.parametrize("text", ["1:", "1:2:3", "2:1", "1:1", "a:b", "nan:1", "1:inf", "1:2,"])
def test_what_are_no_seconds_are_refused(text):
    with pytest.raises(InputError, match=r"expected START:STOP, such as 1\.2:3\.4"):
        stretches(text)
    with pytest.raises(InputError, match="expected START:STOP"):
        parse(text)


def test_seconds_that_overlap_are_refused():
    with pytest.raises(InputError, match="overlap"):
        stretches("1:3,2:4")


def test_a_level_lasts_from_half_a_sample_before_to_half_a_sample_after():
    window = Marked("D0")
    whole, cut = find(recording(window, "0011100X10"), window)
    assert whole == [(11.5, 14.5), (16.5, 18.5)]
    assert cut == []


def test_windows_that_the_ends_of_a_recording_cut_are_set_apart():
    window = Marked("phase", "run")
    whole, cut = find(recording(window, ["run", "", " run ", "", "run"]), window)
    assert whole == [(11.5, 12.5)]
    assert cut == [(10, 10.5), (13.5, 14)]


def test_starts_and_stops_are_events():
    window = Marked("note", "on", "off")
    marks = ["", "off", "", "on", "", "off", "on", "x", "off", "on", ""]
    whole, cut = find(recording(window, marks), window)
    assert whole == [(13, 15), (16, 18)]
    assert cut == [(10, 11), (19, 20)]


def test_seconds_are_those_of_the_file():
    trace = recording(Marked("D0"), "0000")
    assert find(trace, [(10.5, 12)]) == ([(10.5, 12)], [])
    for window in [(9, 11)], [(10, 14)]:
        with pytest.raises(InputError, match=r"t\.csv lasts from 10 to 13 s; expected windows in"):
            find(trace, window)


@pytest.mark.parametrize(
    ("window", "marks", "message"),
    [
        (Marked("D0"), "0000", "D0 is never high; expected a window that starts and ends in"),
        (Marked("D0"), "1111", "D0 is always high"),
        (Marked("p", "run"), ["", "walk"], "p is never run"),
        (Marked("n", "on", "off"), ["", ""], "n holds no 'on' with a 'off' after it"),
        (Marked("n", "on", "off"), ["off", "on"], "n holds no 'on' with a 'off' after it"),
        (Marked("n", "on", "off"), ["on", "", "on"], "two of 'on' in a row in n, the second at 12"),
        (Marked("n", "on", "off"), ["on", "off", "off"], "two of 'off' in a row in n"),
    ],
)
def test_no_window_is_refused(window, marks, message):
    with pytest.raises(InputError, match=message):
        find(recording(window, marks), window)
