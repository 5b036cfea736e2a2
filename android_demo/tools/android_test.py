"""Everything about the app that can be tested without a phone: `make android-test`.

A line each: `ok`, `skipped` with what is missing, or `FAILED` with what was wrong. Ends with 1 if
anything failed.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import api_level
import check_apk
import emulated_arm64
import harness
import junit
import make_golden
from build_apk import APK, BUILD, build
from keras_tvscm.errors import CheckError, InputError

PARTS: dict[str, Callable[[], str]] = {
    **{name: partial(check, APK) for name, check in check_apk.CHECKS.items()},
    "a second build": lambda: second_build(),
    "methods of Android 7": api_level.check,
    "arm64": lambda: emulated_arm64.check(APK),
    "unit tests and screens": junit.compiled,
    "the same, of the APK's code": junit.dexed,
    "the harness": harness.check,
}


def second_build() -> str:
    """Built once more, elsewhere, it has the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        again = build(Path(folder), BUILD / "assets", BUILD / "models")
        if again.read_bytes() != APK.read_bytes():
            raise CheckError("a second build has other bytes")
    return "the same bytes"


def main() -> None:
    """Run all parts, or those whose names are given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument(
        "--record-screens", action="store_true", help=f"write the pictures in {junit.SCREENS} anew"
    )
    options = parser.parse_args()
    names = options.part or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        parser.error(f"no part is called {unknown[0]!r}; expected one of {', '.join(PARTS)}")
    if not APK.exists():
        parser.error(f"{APK} does not exist; make android builds it")
    make_golden.main()
    if options.record_screens:
        print(junit.compiled(record=True))
        return
    outcomes = [outcome(name) for name in names]
    print(", ".join(f"{outcomes.count(kind)} {kind}" for kind in ("ok", "skipped", "FAILED")))
    sys.exit("FAILED" in outcomes)


def outcome(name: str) -> str:
    """Run a part and print its line."""
    start = time.monotonic()
    try:
        kind, text = "ok", PARTS[name]()
    except InputError as error:
        kind, text = "skipped", str(error)
    except CheckError as error:
        kind, text = "FAILED", str(error)
    print(f"{kind:<8} {name}: {text} ({time.monotonic() - start:.0f} s)", flush=True)
    return kind


if __name__ == "__main__":
    main()
