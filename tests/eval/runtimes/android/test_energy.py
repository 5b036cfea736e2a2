"""Energy by a device's counters, from what phones write."""

import pytest

from keras_tvscm.convert.runtimes import Unavailable
from keras_tvscm.eval.energy.counting import measure
from keras_tvscm.eval.runtimes.android import energy
from keras_tvscm.eval.runtimes.android.batterystats import VOLTS, batterystats, estimate
from keras_tvscm.eval.runtimes.android.charge import Charge
from keras_tvscm.eval.runtimes.android.power_rails import COMMAND, power_rails

# As a Pixel writes it.
RAILS = """
============= PowerStats HAL 2.0 energy meter ==============
                           Channel    Cumulative Energy
  [S10M_VDD_TPU]:TPU          500.00 mWs
  [S2M_VDD_CPUCL2]:CPU(BIG)         {big:.2f} mWs
  [S4M_VDD_CPUCL0]:CPU(LITTLE)         {little:.2f} mWs
  [VSYS_PWR_DISPLAY]:Display         9000.00 mWs
========== End of PowerStats HAL 2.0 energy meter ==========
"""
BELIEVED = """Statistics since last charge:
  Estimated power use (mAh):
    Capacity: 4524, Computed drain: 12.0, actual drain: 0
    UID 1000: 0.400 ( cpu=0.400 )
    UID u0a212: 0.0250 ( cpu=0.0250 )
"""


class Phone:
    """One that takes 1 W at rest, and 2 mJ more for each inference of a millisecond."""

    serial = "phone"

    def __init__(self, says=lambda joules: {}):
        self.now = self.joules = 0.0
        self.ran, self.asked = 0, []
        self._says = says

    def shell(self, command):
        self.asked.append(command)
        return self._says(self.joules).get(command, "")

    def sleep(self, seconds):
        self.now += seconds
        self.joules += seconds

    def run(self, times):
        self.ran += times
        self.sleep(times * 1e-3)
        self.joules += times * 2e-3

    def battery(self, step=100):
        # 4 V: a step of 100 µAh is 1.44 J.
        charge = 3_000_000 - self.joules / 4 / 3600 * 1e6 // step * step
        return {"microampere_hours": charge, "millivolts": 4000, "powered": False}


def rails(joules):
    return {COMMAND: RAILS.format(big=750 * joules, little=250 * joules)}


def measured(phone, counter, **options):
    return measure(counter, phone.run, sleep=phone.sleep, clock=lambda: phone.now, **options)


def test_power_rails_of_the_processor_alone():
    phone = Phone(rails)
    found = measured(phone, power_rails(phone), seconds=2.0, windows=6)
    assert found.kind == "measured_counter"
    assert found.method == (
        "power rails [S2M_VDD_CPUCL2]:CPU(BIG), [S4M_VDD_CPUCL0]:CPU(LITTLE), windows of 2 s, "
        "less idle power"
    )
    assert found.microjoules == pytest.approx((2000, 2000), rel=1e-3)
    assert power_rails(Phone()) is None


def test_charge_with_the_step_of_its_counter():
    """60 s of 3 W are 125 steps, of which one at each end is not known."""
    phone = Phone()
    charge = Charge(phone)
    charge.watch(lambda: phone.run(500), 60)
    found = measured(phone, charge, seconds=60.0, windows=5)
    assert found.method == "battery's counter of charge, windows of 60 s, less idle power"
    # Half a second takes 1.5 J, one step or two.
    assert found.source.endswith("in steps of 200 µAh")
    low, high = found.microjoules
    assert low < 2000 < high
    assert high - low >= 2 * 4 * 2.88e6 / 60_000
    assert high - low < 500


def test_inferences_below_the_step_do_not_show():
    phone = Phone()
    charge = Charge(phone)
    charge.watch(lambda: phone.run(500), 60)
    found = measured(phone, charge, seconds=1.0, windows=5)
    assert found.kind == "unavailable"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"unavailable": "it has no counter", "powered": False}, "^it has no counter$"),
        (
            {"unavailable": "it is being charged; take the cable off", "powered": True},
            r"^it is being charged; .* \(adb works without it over Wi-Fi: adb tcpip 5555\)$",
        ),
        ({"millivolts": 4000}, "^the app reads no charge: {'millivolts': 4000}$"),
    ],
)
def test_no_charge(said, reason):
    phone = Phone()
    phone.battery = lambda: said
    with pytest.raises(Unavailable, match=reason):
        Charge(phone)


def test_what_android_believes():
    assert estimate(BELIEVED) == pytest.approx((0.02495, 0.02505))
    assert estimate(BELIEVED.replace("UID u0", "  Uid u0")) == estimate(BELIEVED)
    assert estimate("nothing") is None
    assert estimate(BELIEVED.replace("0.0250", "0")) is None


def test_what_android_believes_of_an_inference():
    phone = Phone(lambda _: {"dumpsys batterystats --charged org.tvscm.demo": BELIEVED})
    found = batterystats(phone, lambda: 1000)
    assert found.kind == "modelled"
    assert found.microjoules == pytest.approx(
        (24.95e-6 * 3.6 * VOLTS * 1e6, 25.05e-6 * 3.6 * VOLTS * 1e6)
    )
    assert phone.asked[0] == "dumpsys battery unplug; dumpsys batterystats --reset"
    assert phone.asked[-1] == "dumpsys battery reset"
    assert batterystats(Phone(), lambda: 1000).kind == "unavailable"


def test_every_way_that_a_device_offers(monkeypatch):
    """All inferences are in what Android believes; the device is told the truth again."""
    believed = {"dumpsys batterystats --charged org.tvscm.demo": BELIEVED}
    phone = Phone(lambda joules: rails(joules) | believed)

    def on_its_clock(counter, run, **options):
        return measure(counter, run, sleep=phone.sleep, clock=lambda: phone.now, **options)

    monkeypatch.setattr(energy, "measure", on_its_clock)
    monkeypatch.setattr(energy, "times_for", lambda seconds, run: 10)
    counted, modelled = energy.energies(phone, phone, phone.run)
    assert counted.microjoules == pytest.approx((2000, 2000), rel=1e-3)
    assert modelled.microjoules.low == pytest.approx(0.02495 * 3.6 * VOLTS * 1e6 / phone.ran)


def test_a_cable_is_seen_before_the_device_is_told_that_there_is_none(monkeypatch):
    phone = Phone()
    monkeypatch.setattr(energy, "times_for", lambda seconds, run: 10)
    charged = {"unavailable": "it is being charged; take the cable off", "powered": True}
    told = "dumpsys battery unplug; dumpsys batterystats --reset"
    phone.battery = lambda: Phone.battery(phone) if told in phone.asked else charged
    counted, modelled = energy.energies(phone, phone, phone.run)
    assert [counted.kind, modelled.kind] == ["unavailable"] * 2
    assert counted.method.startswith("it is being charged")
    assert phone.ran == 10
