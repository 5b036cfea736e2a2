"""The processor's own counter of energy (RAPL), as Linux shows it through powercap.

A folder a domain, `intel-rapl:0` or `intel-rapl:0:1`, on AMD as well: `name` says which it is,
`energy_uj` counts microjoules up to `max_energy_range_uj` and begins again at 0
(Linux, Documentation/power/powercap/powercap.rst). It moves about every millisecond.
"""

from pathlib import Path

from keras_tvscm.convert.runtimes.unavailable import Unavailable

ROOT = Path("/sys/class/powercap")


class Counter:
    """Microjoules of a domain; of all processors together, where there are several.

    Attributes:
        name: of the domains, such as "package-0" or "package-0 + package-1".
        label, source, resolution: see `counting.Counter`.
    """

    resolution = 0.0

    def __init__(self, name: str, zones: list[Path]) -> None:
        self.name, self.label = name, f"RAPL {name}"
        self.source = f"{ROOT}, intel-rapl"
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
