"""The processor's own counter of energy (RAPL), as Linux shows it through powercap.

A folder a domain, `intel-rapl:0` or `intel-rapl:0:1`, on AMD as well: `name` says which it is,
`energy_uj` counts microjoules up to `max_energy_range_uj` and begins again at 0
(Linux, Documentation/power/powercap/powercap.rst). It moves about every millisecond.
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_tvscm.convert.runtimes.unavailable import Unavailable

from .figure import Energy
from .net import Samples, net

ROOT = Path("/sys/class/powercap")


class Counter:
    """Microjoules of a domain; of all processors together, where there are several.

    Attributes:
        name: of the domains, such as "package-0" or "package-0 + package-1".
    """

    def __init__(self, name: str, zones: list[Path]) -> None:
        self.name = name
        self._used = 0
        self._zones = {zone: _number(zone / "energy_uj") for zone in zones}
        self._ranges = {zone: _number(zone / "max_energy_range_uj") for zone in zones}

    def read(self) -> int:
        """Microjoules since the counter was made.

        It has to be read at least once in the time in which the domain's own goes round, which
        is minutes under load.
        """
        for zone, before in self._zones.items():
            now = self._zones[zone] = _number(zone / "energy_uj")
            self._used += now - before + (self._ranges[zone] if now < before else 0)
        return self._used


def available(domain: str = "package", root: Path = ROOT) -> Counter:
    """The counter of the domains whose name begins so: package, psys, dram, core, uncore.

    Raises:
        Unavailable: there is none, or it may not be read; the message says what would help.
    """
    zones = {zone: _text(zone / "name") for zone in sorted(root.glob("intel-rapl:*"))}
    if not zones:
        raise Unavailable(
            f"no RAPL in {root}: a virtual machine, another kind of processor, or the kernel's "
            "module is not loaded (modprobe intel_rapl_msr)"
        )
    chosen = {zone: name for zone, name in zones.items() if name.startswith(domain)}
    if not chosen:
        raise Unavailable(f"RAPL counts {', '.join(zones.values())} here, not {domain}")
    return Counter(" + ".join(chosen.values()), list(chosen))


def measure(
    counter: Counter,
    run: Callable[[int], object],
    *,
    seconds: float = 1.0,
    windows: int = 10,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.perf_counter,
) -> Energy:
    """Energy of an inference beyond an idle machine's, by windows of inferences and of sleep.

    Whatever else the machine does is in the figure: the interval says how much it varied, not
    that it was little.

    Args:
        counter: see `available`.
        run: runs the model so many times, and returns when that is done.
        seconds: of each window, about, and of the sleep before it: a thousand times what the
            counter takes to move, by default.
        windows: how often, in turn.
        sleep, clock: in seconds.

    Returns:
        Of kind "measured_counter", or "unavailable" if inferences do not show.

    Raises:
        Unavailable: the counter cannot be read any more.
    """
    times = _times(run, seconds, clock)
    idle, active = [], []
    for _ in range(windows):
        idle.append(_counted(counter, lambda: sleep(seconds), clock))
        active.append(_counted(counter, lambda: run(times), clock))
    estimate, bounds = net(_samples(active), _samples(idle), times)
    if estimate <= 0:
        return Energy(
            "unavailable",
            None,
            f"RAPL {counter.name} counted no more in {windows} windows of inferences than in sleep",
            str(ROOT),
        )
    method = f"RAPL {counter.name}, windows of {seconds:g} s, less idle power"
    return Energy("measured_counter", bounds, method, f"{ROOT}, intel-rapl")


def _times(run: Callable[[int], object], seconds: float, clock: Callable[[], float]) -> int:
    """How many inferences take about so long."""
    run(1)  # the first may still allocate
    times = 1
    while True:
        before = clock()
        run(times)
        elapsed = clock() - before
        if elapsed >= seconds / 10:
            return max(1, round(times * seconds / elapsed))
        times *= 2


def _counted(
    counter: Counter, work: Callable[[], object], clock: Callable[[], float]
) -> tuple[float, float]:
    """Joules and seconds that it takes."""
    energy, before = counter.read(), clock()
    work()
    return 1e-6 * (counter.read() - energy), clock() - before


def _samples(counted: list[tuple[float, float]]) -> Samples:
    joules, seconds = np.array(counted).T
    return Samples(joules, seconds)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except PermissionError as error:
        raise Unavailable(
            "RAPL may be read by root alone (Linux 5.10 and later); until the next start, this "
            "allows it: sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj"
        ) from error
    except OSError as error:
        raise Unavailable(f"cannot read {path}: {error.strerror}") from error


def _number(path: Path) -> int:
    text = _text(path)
    if not text.isdecimal():
        raise Unavailable(f"{path} holds '{text[:20]}'; expected microjoules")
    return int(text)
