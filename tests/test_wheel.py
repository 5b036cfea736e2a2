"""What `make wheel` builds: every file of the tree is in it, and the tests run against it.

`make test-wheel` and `make test-installed` install the wheel; an installation that is editable
is the checkout, of which there is nothing to say.
"""

import subprocess
import sysconfig
import tarfile
from importlib.metadata import distributions
from pathlib import Path

import pytest

import keras_tvscm

ROOT = Path(__file__).parents[1]
PACKAGES = Path(sysconfig.get_path("purelib"))
# Not what a build left in the checkout.
(INSTALLED,) = distributions(name="keras-tvscm", path=[str(PACKAGES)])

pytestmark = pytest.mark.skipif(
    '"editable": true' in (INSTALLED.read_text("direct_url.json") or ""),
    reason="this installation is editable: make test-wheel",
)


def test_the_package_under_test_is_the_installed_one():
    assert Path(keras_tvscm.__file__) == PACKAGES / "keras_tvscm" / "__init__.py"


def test_the_wheel_holds_every_file_of_the_packages_and_no_other():
    tree = {
        f"{package}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, package in {
            "keras_tvscm": "keras_tvscm",
            "convert": "keras_tvscm/convert",
            "eval": "keras_tvscm/eval",
        }.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    # Beside them pip writes the command, compiled modules and the metadata.
    files = {path.as_posix() for path in INSTALLED.files or () if path.suffix != ".pyc"}
    metadata = f"keras_tvscm-{INSTALLED.version}.dist-info/"
    assert tree == {path for path in files if not path.startswith((metadata, "../"))}
    assert {metadata + "licenses/LICENSE", metadata + "licenses/NOTICE"} <= files


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the repository")
def test_the_sdist_holds_every_file_that_git_tracks():
    """But those of the hosting site and of this repository, whose names begin with a dot."""
    (archive,) = (ROOT / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as sdist:
        packed = {name.partition("/")[2] for name in sdist.getnames()}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    tracked = {path for path in listed.stdout.splitlines() if not path.startswith(".")}
    assert len(tracked) > 300
    assert tracked - packed == set()
