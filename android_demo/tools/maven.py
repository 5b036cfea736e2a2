"""Files of Maven Central, each of the SHA-256 in `pins.toml`, in the cache folder.

The ordinary client gets them, with the user's own settings, into a repository of this project's:
`$TVSCM_CACHE/android/maven`.
"""

import hashlib
import re
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

from keras_tvscm.datasets.fetching import cache_folder
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.files import Outputs
from programs import need, run

PINS = Path(__file__).with_name("pins.toml")
# One dependency, without what it would bring: that is pinned, too, where it is needed.
DEPENDENCY = """
<dependency><groupId>{0}</groupId><artifactId>{1}</artifactId><version>{2}</version>
<type>{3}</type>
<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
</dependency>"""
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>org.tvscm</groupId><artifactId>pins</artifactId><version>1</version>
<packaging>pom</packaging><dependencies>{0}</dependencies></project>
"""


def fetch(*groups: str) -> dict[str, Path]:
    """Where each file of some groups of `pins.toml` lies, by `group:artifact`.

    Raises:
        InputError: Maven is missing, it cannot get one of them, or one is not what is pinned.
    """
    pins = tomllib.loads(PINS.read_text(encoding="utf-8"))
    wanted = {name: digest for group in groups for name, digest in pins[group].items()}
    missing = [name for name in wanted if not _path(name).exists()]
    if missing:
        _get(missing)
    for name, digest in wanted.items():
        with _path(name).open("rb") as file:
            seen = hashlib.file_digest(file, "sha256").hexdigest()
        if seen != digest:
            raise InputError(
                f"{_path(name)} has the SHA-256 {seen}, not {digest} as pinned in {PINS.name}; "
                "remove it and try again"
            )
    return {":".join(name.split(":")[:2]): _path(name) for name in wanted}


def jars(files: Iterable[Path]) -> list[Path]:
    """Files for a class path: JARs as they are, of an AAR its `classes.jar`, unpacked beside it."""
    return [_classes(file) if file.suffix == ".aar" else file for file in files]


def _classes(aar: Path) -> Path:
    jar = aar.with_name(f"{aar.stem}-classes.jar")
    if not jar.exists():
        with zipfile.ZipFile(aar) as archive, Outputs() as outputs:
            outputs.binary(jar, archive.read("classes.jar"))
    return jar


def _repository() -> Path:
    return cache_folder().absolute() / "android" / "maven"


def _parts(name: str) -> tuple[str, str, str, str]:
    group, artifact, version, *kind = name.split(":")
    return group, artifact, version, kind[0] if kind else "jar"


def _path(name: str) -> Path:
    group, artifact, version, kind = _parts(name)
    folder = _repository() / group.replace(".", "/") / artifact / version
    return folder / f"{artifact}-{version}.{kind}"


def _get(names: list[str]) -> None:
    need("mvn", "java")
    with tempfile.TemporaryDirectory() as folder:
        pom = Path(folder) / "pom.xml"
        pom.write_text(POM.format("".join(DEPENDENCY.format(*_parts(name)) for name in names)))
        options = ("-q", "-B", f"-Dmaven.repo.local={_repository()}", "-f", str(pom))
        try:
            run("mvn", *options, "dependency:resolve", seconds=3600)
        except CheckError as error:
            found = re.search(r"Could not (?:find|transfer) artifact \S+", str(error))
            reason = found[0] if found else str(error)
            raise InputError(
                f"Maven cannot get what the app is built of: {reason}; is there a network?"
            ) from error
