"""Where the tests find the published files, and a cache that is theirs alone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from keras_tvscm.datasets import Dataset, load

BESIDE = Path(__file__).parents[4] / "shared" / "data"
PUBLISHED = Path(os.environ["TVSCM_DATA"]) if os.environ.get("TVSCM_DATA") else BESIDE


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TVSCM_DATA", raising=False)
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path / "cache"))
    # The tests' server is on this machine; a proxy would not find it.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder with the published files."""
    if not PUBLISHED.is_dir():
        pytest.skip("needs the published files: set TVSCM_DATA to their folder")
    return PUBLISHED


@pytest.fixture(scope="session")
def beats_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that outlives a test, so that beats are cut only once."""
    return tmp_path_factory.mktemp("beats")


@pytest.fixture(scope="session")
def heartbeat(published: Path, beats_cache: Path) -> Iterator[Dataset]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TVSCM_CACHE", str(beats_cache))
        yield load("heartbeat", published)


@pytest.fixture(scope="session")
def interpatient(published: Path, beats_cache: Path) -> Iterator[Dataset]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TVSCM_CACHE", str(beats_cache))
        yield load("heartbeat-interpatient", published)
