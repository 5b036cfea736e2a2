"""The processor's counter of energy, in a folder of files made up; this needs no such processor."""

import pytest

from keras_tvscm.convert.runtimes.unavailable import Unavailable
from keras_tvscm.eval.energy.counting import measure
from keras_tvscm.eval.energy.rapl import Counter, available

RANGE = 800_000


@pytest.fixture
def zone(tmp_path):
    """Make a domain: its folder."""

    def zone(folder, name, microjoules=0):
        path = tmp_path / folder
        path.mkdir()
        (path / "name").write_text(f"{name}\n")
        (path / "energy_uj").write_text(f"{microjoules}\n")
        (path / "max_energy_range_uj").write_text(f"{RANGE}\n")
        return path

    return zone


def test_it_counts_on_where_the_domain_s_own_counter_begins_again(zone):
    folder = zone("intel-rapl:0", "package-0", 799_000)
    counter = Counter("package-0", [folder])
    readings = [counter.read()]
    for raw in (799_500, 300, 400):
        (folder / "energy_uj").write_text(f"{raw}\n")
        readings.append(counter.read())
    assert readings == [0, 500, 1300, 1400]


def test_all_processors_are_counted_together(zone, tmp_path):
    zones = [zone(f"intel-rapl:{n}", f"package-{n}") for n in (0, 1)]
    memory = zone("intel-rapl:0:0", "dram")
    zone("intel-rapl-mmio:0", "package-0")  # the same counter, seen another way
    counter, of_memory = available(root=tmp_path), available("dram", tmp_path)
    assert (counter.name, of_memory.name) == ("package-0 + package-1", "dram")
    for folder in (*zones, memory):
        (folder / "energy_uj").write_text("70\n")
    assert (counter.read(), of_memory.read()) == (140, 70)
    with pytest.raises(Unavailable, match="RAPL counts package-0, dram, package-1 here, not psys"):
        available("psys", tmp_path)


def test_no_counter_is_unavailable(tmp_path):
    for root in (tmp_path, tmp_path / "absent"):
        with pytest.raises(Unavailable, match=r"no RAPL in .*modprobe intel_rapl_msr"):
            available(root=root)


def test_a_counter_that_root_alone_may_read_says_how_to_allow_it(zone, tmp_path, monkeypatch):
    zone("intel-rapl:0", "package-0")
    read = type(tmp_path).read_text

    def refuse(path, *arguments, **options):
        if path.name == "energy_uj":
            raise PermissionError(13, "Permission denied")
        return read(path, *arguments, **options)

    monkeypatch.setattr(type(tmp_path), "read_text", refuse)
    with pytest.raises(Unavailable, match=r"root alone .*: sudo chmod a\+r /sys/class/powercap/"):
        available(root=tmp_path)


def test_a_counter_that_is_none_is_unavailable(zone, tmp_path):
    folder = zone("intel-rapl:0", "package-0", "n/a")
    with pytest.raises(Unavailable, match="holds 'n/a'; expected microjoules"):
        available(root=tmp_path)
    (folder / "energy_uj").unlink()
    with pytest.raises(Unavailable, match=r"cannot read .*energy_uj: No such file"):
        available(root=tmp_path)


class Machine:
    """2 W at rest, and 0.1 s and 50,000 uJ more an inference; each window by another factor."""

    def __init__(self, folder, factors):
        self.folder, self.factors = folder, factors
        self.now, self.used, self.ran = 0.0, 0.0, []

    def sleep(self, seconds):
        self.spend(seconds, 2e6 * seconds)

    def run(self, times):
        factor = self.factors[len(self.ran) % len(self.factors)]
        self.ran.append(times)
        self.spend(0.1 * times, 0.2e6 * times + 50_000 * factor * times)

    def spend(self, seconds, microjoules):
        self.now += seconds
        self.used += microjoules
        (self.folder / "energy_uj").write_text(f"{round(self.used) % RANGE}\n")

    def measured(self, root, **options):
        counter = available(root=root)
        return measure(counter, self.run, sleep=self.sleep, clock=lambda: self.now, **options)


def test_energy_of_an_inference(zone, tmp_path):
    """Windows of three inferences take 0.3 s, and the domain's counter goes round in each."""
    machine = Machine(zone("intel-rapl:0", "package-0"), [0.9, 1.1])
    energy = machine.measured(tmp_path, seconds=0.3, windows=40)
    assert energy.kind == "measured_counter"
    assert energy.method == "RAPL package-0, windows of 0.3 s, less idle power"
    low, high = energy.microjoules
    assert low < 50_000 < high
    # Ten per cent between windows, over the root of 40, twice 1.96.
    assert high - low == pytest.approx(2 * 1.96 * 5_000 / 40**0.5, rel=0.2)
    assert machine.ran == [1, 1, *[3] * 40]
    assert machine.now == pytest.approx(0.2 + 40 * 0.6)


def test_inferences_that_do_not_show_are_unavailable(zone, tmp_path):
    machine = Machine(zone("intel-rapl:0", "package-0"), [-0.01])
    energy = machine.measured(tmp_path, seconds=0.3, windows=5)
    assert energy.kind == "unavailable"
    assert energy.method == (
        "RAPL package-0 counted no more in 5 windows of inferences than in sleep"
    )
