"""`doctor`: what it finds here, and what it says of what is not here."""

import json
import platform
from importlib import metadata

import pytest

from keras_tvscm.cli import installation
from keras_tvscm.cli.installation import PURPOSES, facts
from keras_tvscm.convert.runtimes.unavailable import refusal

FINE = ("_c_compiler", "_cortex_m", "_web_assembly", "_gcc", "_clang", "_adb", "_data_folder")


@pytest.fixture(scope="module")
def found():
    """By kind and name; and what is announced before each trial."""
    steps = []
    found = {(fact.about, fact.name): fact for fact in facts(lambda *step: steps.append(step))}
    return found, steps


def test_what_works_was_tried(found):
    found, steps = found
    assert found["package", "keras"].said == metadata.version("keras")
    assert found["backend", "of Keras"].said == "tensorflow"
    for runtime in ("LiteRT with XNNPACK", "LiteRT's own kernels", "TFLite-Micro"):
        fact = found["runtime", runtime]
        assert (fact.works, fact.said) == (True, "runs a model")
    assert found["tool", "C compiler"].said.endswith("compiles generated C, which runs")
    assert "generated C runs on an emulated Cortex-M4" in found["tool", "zig cc, Unicorn"].said
    assert found["data", "digits"].works
    assert [step[:2] for step in steps] == [(done, len(steps)) for done in range(len(steps))]


def test_every_extra_is_explained(found):
    extras = [name for about, name in found[0] if about == "extra"]
    assert extras == metadata.metadata("keras-tvscm").get_all("Provides-Extra")
    assert set(extras) == set(PURPOSES)
    assert found[0]["extra", "convert"].works


def test_both_forms(tvscm, monkeypatch):
    """With one trial that works, and one that does not."""
    trials = {"_backend": lambda: "jax", "_cache": lambda: 1 / 0}
    for name in dir(installation):
        if name in FINE:
            trials[name] = lambda: "fine"
    trials |= {"_runtime": lambda name: name, "_dataset": lambda name: name}
    for name, trial in trials.items():
        monkeypatch.setattr(installation, name, trial)
    code, out, err = tvscm("doctor")
    assert (code, err) == (0, [])
    lines = [line.split() for line in out]
    does_not = lines.index(["does", "not"])
    assert ["backend", "of", "Keras", "jax"] in lines[:does_not]
    said = " ".join(word for line in lines for word in line)
    assert "C compiler, zig cc, Unicorn, zig cc, node, arm-none-eabi-gcc, clang, adb" in said
    assert ["data", "cache:", "division", "by", "zero"] in lines[does_not:]
    assert not any({"dev:", "all:"} & set(line) for line in lines)
    code, lines, err = tvscm("doctor", "--json")
    assert (code, [line.split() for line in err]) == (0, [line.split() for line in out])
    (cache,) = [fact for fact in json.loads("\n".join(lines))["facts"] if fact["name"] == "cache"]
    assert cache == {"about": "data", "name": "cache", "works": False, "said": "division by zero"}
    assert tvscm("doctor", "--quiet") == (0, [], [])


def test_an_extra_that_lacks_something_says_what_to_install(monkeypatch):
    """A package that is missing, and one that is too old; the others are not the machine's."""
    requires = [
        "numpy>=2",
        "absent>=1.5; extra == 'cortex-m'",
        "numpy>=99; extra == 'cortex-m'",
        "rich>=13; extra == 'cortex-m'",
        "elsewhere; sys_platform == 'none' and extra == 'cortex-m'",
        "keras-tvscm[cortex-m]; extra == 'all'",
    ]
    monkeypatch.setattr(metadata, "requires", lambda name: requires)
    fact = installation._extra("cortex-m")
    assert (fact.works, fact.said) == (
        False,
        "microcontroller: pip install 'absent>=1.5' 'numpy>=99'",
    )
    assert installation._extra("all").said.endswith(": what is missing of cortex-m")
    assert installation._extra("jax").works


def test_where_the_data_are(monkeypatch, tmp_path):
    monkeypatch.delenv("TVSCM_DATA", raising=False)
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path))
    assert installation._cache() == str(tmp_path)
    assert _refused(installation._dataset, "mnist") == "not downloaded yet: tvscm data NAME"
    monkeypatch.setenv("TVSCM_DATA", str(tmp_path / "absent"))
    assert "is no folder" in _refused(installation._data_folder)
    monkeypatch.setenv("TVSCM_DATA", str(tmp_path))
    assert "expected the 4 files of mnist" in _refused(installation._dataset, "mnist")


def test_another_platform_has_no_tflite_micro(monkeypatch):
    assert installation._platform().startswith("Linux on x86-64")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert "verified on LiteRT only" in _refused(installation._platform)
    assert str(refusal("tflm", "ModuleNotFoundError: tflite_micro", "")) == (
        "tflite-micro is not installed (it has wheels for Linux on x86-64 alone)"
    )


def _refused(trial, *arguments):
    fact = installation._fact("", "", None, lambda: trial(*arguments))
    assert not fact.works
    return fact.said
