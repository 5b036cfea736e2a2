"""A made-up recording of a power analyser, whose energy is known.

    python tests/eval/energy/recording.py   # writes the example of docs/guides/power-analyser.md

Idle at 1 mA; in each window inferences of three samples, of 8, 2 and 2 mA: 3 mA more than idle
on average. At 3 V and 1 ms a sample an inference takes 27 uJ more than idle. The windows differ by
up to 2 %, and by nothing on average.
"""

from pathlib import Path

VOLTS = 3.0
MICROJOULES = 27.0
WINDOWS, INFERENCES = 6, 20
EXAMPLE = Path(__file__).parents[3] / "docs" / "guides" / "synthetic-ppk2.csv"


def samples():
    """Milliseconds, milliamperes, and whether D0 is high."""
    idle = [(1.0, False)] * 40
    currents = list(idle)
    for window in range(WINDOWS):
        factor = 1 + 0.008 * (window - (WINDOWS - 1) / 2)
        # What is beyond idle differs, so that the mean over the windows stays.
        currents += [(1 + factor * beyond, True) for beyond in (7, 1, 1)] * INFERENCES + idle
    return [(float(number), current, high) for number, (current, high) in enumerate(currents)]


def ppk2():
    """As Power Profiler exports it."""
    rows = [f"{ms:g},{1000 * ma:.3f},{int(high)}0000000" for ms, ma, high in samples()]
    return "\n".join(
        ["# synthetic: nothing was measured", "Timestamp(ms),Current(uA),D0-D7", *rows]
    )


if __name__ == "__main__":
    EXAMPLE.write_text(ppk2())
