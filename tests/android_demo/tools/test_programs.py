"""What is missing is named with what brings it, and what fails with its reason."""

import sys
from pathlib import Path

import pytest

import maven
import programs
from keras_tvscm.errors import CheckError, InputError


def test_missing_programs_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError) as error:
        programs.need("aapt2", "javac", "java", "mvn")
    assert str(error.value) == (
        "aapt2, javac, java, mvn not found; on Debian: apt-get install aapt "
        "openjdk-17-jdk-headless maven"
    )


def test_the_reason_of_a_failure_is_quoted() -> None:
    code = "print('Building'); print('a.c:3: error: no such type'); print('more'); exit(3)"
    with pytest.raises(CheckError, match=r"failed \(3\): a\.c:3: error: no such type$"):
        programs.run(sys.executable, "-c", code)
    with pytest.raises(CheckError, match="no end within 0 s"):
        programs.run(sys.executable, "-c", "while True: pass", seconds=0.1)
    with pytest.raises(CheckError, match="cannot run nothing: No such file"):
        programs.run("./nothing")


def test_a_file_that_is_not_as_pinned_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path))
    monkeypatch.setattr(maven, "PINS", tmp_path / "pins.toml")
    digest = "185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969"  # of "Hello"
    (tmp_path / "pins.toml").write_text(f'[a]\n"org.tvscm:some:1" = "{digest}"\n')
    file = tmp_path / "android/maven/org/tvscm/some/1/some-1.jar"
    file.parent.mkdir(parents=True)
    file.write_text("Hello")
    assert maven.fetch("a") == {"org.tvscm:some": file}

    file.write_text("Hallo")
    with pytest.raises(InputError, match=r"has the SHA-256 .* as pinned in pins.toml; remove it"):
        maven.fetch("a")


def test_without_maven_what_is_missing_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="mvn, java not found; on Debian"):
        maven.fetch("asm")
