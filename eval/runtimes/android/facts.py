"""What decides how fast a device is, beside the model: its processor and its state."""

import re
from typing import Any

from .device import Device

# What a real device calls its virtual machine.
ANDROID_VM = "Dalvik"


def identity(device: Device, vm: str) -> dict[str, Any]:
    """Which device it is.

    Args:
        device: that is asked.
        vm: what the app runs on.

    Returns:
        `kind`: "phone", "emulator", or "stand-in" for a program that speaks adb in a device's
        place; `device`, `soc`, `android`, `sdk`, `abi`, `build`; empty where it does not say.
    """
    props = dict(re.findall(r"^\[(.+?)\]: \[(.*)\]$", device.shell("getprop"), re.MULTILINE))

    def first(*names: str) -> str:
        return next((props[name] for name in names if props.get(name)), "")

    emulated = first("ro.kernel.qemu", "ro.boot.qemu") == "1"
    kind = "emulator" if emulated else "phone"
    maker = first("ro.soc.manufacturer")
    return {
        "kind": kind if vm == ANDROID_VM else "stand-in",
        "device": f"{first('ro.product.manufacturer')} {first('ro.product.model')}".strip(),
        "soc": f"{maker} {first('ro.soc.model', 'ro.board.platform', 'ro.hardware')}".strip(),
        "android": first("ro.build.version.release"),
        "sdk": first("ro.build.version.sdk"),
        "abi": first("ro.product.cpu.abi"),
        "build": first("ro.build.fingerprint"),
        "serial": device.serial,
    }


def state(device: Device) -> dict[str, Any]:
    """What changes from minute to minute.

    Returns:
        `governors` of the processors, `thermal_status` (0 is none, 3 severe), `airplane_mode`,
        `screen` ("Awake", "Asleep", ...), `battery_percent`, `battery_celsius`, `charging`; None
        where the device does not say.
    """
    governors = device.shell("cat /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor")
    battery = device.shell("dumpsys battery")
    celsius = _number(r"temperature: (\d+)", battery)
    return {
        "governors": sorted(set(re.findall(r"^\w+$", governors, re.MULTILINE))) or None,
        "thermal_status": _number(r"Thermal Status: (\d)", device.shell("dumpsys thermalservice")),
        "airplane_mode": _flag(device.shell("settings get global airplane_mode_on")),
        "screen": _found(r"mWakefulness=(\w+)", device.shell("dumpsys power")),
        "battery_percent": _number(r"level: (\d+)", battery),
        "battery_celsius": None if celsius is None else celsius / 10,
        "charging": bool(re.search(r"powered: true", battery)) if battery else None,
    }


def in_words(facts: dict[str, Any], state: dict[str, Any]) -> str:
    """One line, for a report: which device, and in what state."""
    kind = "stand-in for a phone" if facts["kind"] == "stand-in" else facts["kind"]
    words = [f"{kind}: {facts['device'] or 'unnamed'}"]
    words += [facts["soc"]] if facts["soc"] else []
    words += [f"Android {facts['android']}"] if facts["android"] else []
    if state["governors"]:
        words.append(f"governor {'/'.join(state['governors'])}")
    if state["thermal_status"] is not None:
        words.append(f"thermal status {state['thermal_status']}")
    if state["airplane_mode"] is not None:
        words.append(f"airplane mode {'on' if state['airplane_mode'] else 'off'}")
    if state["screen"]:
        words.append(f"screen {state['screen'].lower()}")
    return ", ".join(words)


def _found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return match[1] if match else None


def _number(pattern: str, text: str) -> int | None:
    found = _found(pattern, text)
    return None if found is None else int(found)


def _flag(text: str) -> bool | None:
    return {"0": False, "1": True}.get(text.strip())
