"""Records that the reader must refuse, each made here and each in one line."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_tvscm.datasets.beats import read_record
from keras_tvscm.errors import InputError

# Newer pandas warns about wfdb's way of calling it.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
    import wfdb


def record(
    folder: Path,
    name: str = "100",
    *,
    fs: float = 360,
    leads: tuple[str, ...] = ("II",),
    flat: slice | None = None,
    late: tuple[int, ...] = (),
    annotator: str = "atr",
    form: str = "16",
) -> Path:
    """Twenty seconds of a made-up ECG, one beat every 0.8 s."""
    n = int(fs * 20)
    phase = (np.arange(n) / fs % 0.8) / 0.8
    wave = np.exp(-(((phase - 0.3) / 0.02) ** 2)) + 0.2 * np.exp(-(((phase - 0.6) / 0.06) ** 2))
    signals = np.stack([(1000 * wave).astype(int) + 3 * i for i in range(len(leads))], axis=1)
    if flat:
        signals[flat] = 60
    wfdb.wrsamp(
        name,
        fs=fs,
        units=["mV"] * len(leads),
        sig_name=list(leads),
        d_signal=signals,
        fmt=[form] * len(leads),
        adc_gain=[200.0] * len(leads),
        baseline=[0] * len(leads),
        write_dir=str(folder),
    )
    at = np.array([int((0.8 * k + 0.24) * fs) for k in range(24)] + list(late))
    wfdb.wrann(name, annotator, at, ["N"] * len(at), write_dir=str(folder))
    return folder / name


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read_record(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("form", ["16", "212", "24", "32"])
def test_a_record_of_our_own(tmp_path: Path, form: str) -> None:
    beats = read_record(record(tmp_path, form=form))
    assert (beats.x.shape, beats.y.tolist()) == ((23, 187), [0] * 23)
    assert (beats.x.min(axis=1) == 0).all() and (beats.x.max(axis=1) == 1).all()
    # 0.8 s and a fifth of it, at 120 Hz; the last beat of all has no interval after its own.
    used = (beats.x != 0).sum(axis=1)
    assert (used[:-1] > 30).all()


@pytest.mark.parametrize("fs", [128, 250, 359.99, 500, 1000])
def test_another_rate(tmp_path: Path, fs: float) -> None:
    assert f"{fs:g} samples a second; expected 360" in refused(record(tmp_path, fs=fs))


def test_a_lead_that_was_off(tmp_path: Path) -> None:
    message = refused(record(tmp_path, flat=slice(1800, 3300)))
    assert "record" in message and "4 of 23 beats are flat, the first at sample 1814" in message


def test_annotations(tmp_path: Path) -> None:
    assert "3 of 27 annotations are past the end of the signal, the last at sample 9720" in refused(
        record(tmp_path, late=(9000, 9360, 9720))
    )
    assert "there is no 101.atr beside it" in refused(record(tmp_path, "101", annotator="qrs"))
    (tmp_path / "100.atr").write_bytes(b"\0\0")
    assert "fewer than two annotated beats" in refused(tmp_path / "100")
    (tmp_path / "100.atr").write_bytes(b"")
    assert "record" in refused(tmp_path / "100")


@pytest.mark.parametrize("name", ["patient_A", "10a", "99999999999999999999", "1e3"])
def test_names_that_are_no_numbers(tmp_path: Path, name: str) -> None:
    assert "its name is no number" in refused(tmp_path / name)


def test_leads(tmp_path: Path) -> None:
    path = record(tmp_path, leads=("RESP", "MLII"))
    assert "first signal is 'RESP', no ECG lead that is known here; it has RESP" in refused(path)
    assert read_record(path, lead="MLII").x.shape == (23, 187)
    assert "no lead 'V5'; it has RESP, MLII" in refused(path, lead="V5")
    both = record(tmp_path, "7", leads=("MLII", "V5"))
    np.testing.assert_array_equal(read_record(both).x, read_record(both, lead="MLII").x)


def test_signal_files(tmp_path: Path) -> None:
    path = record(tmp_path)
    content = bytearray((tmp_path / "100.dat").read_bytes())
    (tmp_path / "100.dat").write_bytes(content[:-1])
    assert "100.dat is cut short: it has 14,399 bytes of 14,400" in refused(path)
    content[4001] ^= 1
    (tmp_path / "100.dat").write_bytes(content)
    assert "the samples do not add up to the checksum" in refused(path)
    (tmp_path / "100.dat").unlink()
    assert "there is no 100.dat beside it" in refused(path)
    assert "there is no 5.hea beside it" in refused(tmp_path / "5")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("100 1 360 7200\n100.dat", "100/1 1 360 7200\n100s 7200\n#", "in several segments"),
        ("100 1 360 7200", "100 0 360 7200", "its header names no signal file"),
        ("100 1 360 7200", "100 1 360 0", "does not say how many samples"),
        ("100 1 360 7200", "100 1 360 720000000000", "cut short: it has 14,400 bytes of 1,44"),
        ("100.dat 16 ", "100.dat 8 ", "stored in format 8; expected 16"),
        ("100.dat 16 ", "100.dat 16x4 ", "several samples a frame"),
    ],
)
def test_headers(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = record(tmp_path)
    text = (tmp_path / "100.hea").read_text()
    assert old in text
    (tmp_path / "100.hea").write_text(text.replace(old, new, 1))
    assert message in refused(path)


def test_samples_that_were_lost(tmp_path: Path) -> None:
    record(tmp_path, flat=slice(100, 103))
    text = (tmp_path / "100.hea").read_text()
    signal = np.frombuffer((tmp_path / "100.dat").read_bytes(), "<i2").copy()
    signal[100:103] = -(1 << 15)
    (tmp_path / "100.dat").write_bytes(signal.tobytes())
    fields = text.splitlines()[1].split()
    fields[6] = str(int(signal.sum()) & 0xFFFF)
    (tmp_path / "100.hea").write_text(text.splitlines()[0] + "\n" + " ".join(fields) + "\n")
    assert "3 samples are marked as lost, the first is 100" in refused(tmp_path / "100")
