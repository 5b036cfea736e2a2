"""What Gradle's files say is what is built without Gradle."""

import re
import tomllib

import build_apk
import keras_tvscm
import maven


def test_versions_are_the_same_in_gradle_and_here() -> None:
    catalog = tomllib.loads((build_apk.DEMO / "gradle" / "libs.versions.toml").read_text())
    pins = tomllib.loads(maven.PINS.read_text())
    pinned = {name for group in pins.values() for name in group}
    for library in catalog["libraries"].values():
        name = f"{library['module']}:{catalog['versions'][library['version']['ref']]}"
        assert any(re.fullmatch(f"{name}(:aar)?", pin) for pin in pinned), name
    settings = build_apk.settings()
    assert settings["versionName"] == keras_tvscm.__version__
    assert (settings["minSdk"], settings["targetSdk"]) == ("24", "35")
    assert settings["namespace"] == settings["applicationId"] == "org.tvscm.demo"
