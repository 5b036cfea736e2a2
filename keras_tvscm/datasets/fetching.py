"""Published files: found in the user's folder or downloaded, and always verified.

A *collection* is a set of files published together. `checksums.txt`, which
`sha256sum -c` understands, names the files of each.
"""

import os
from importlib.resources import files
from pathlib import Path

import pooch
import requests
from tqdm import tqdm

from keras_tvscm.errors import InputError

URLS = {
    # The copy that the authors' page (yann.lecun.com/exdb/mnist) points to.
    "mnist": "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "mitdb": "https://physionet.org/files/mitdb/1.0.0/",
}


def fetch(collection: str, data_dir: str | os.PathLike[str] | None = None) -> Path:
    """Return a folder that holds every file of the collection, each verified.

    Args:
        collection: "mnist" or "mitdb".
        data_dir: folder that holds the files, or holds a folder named after the
            collection that does. None takes `$TVSCM_DATA`; where that is not
            set either, missing files are downloaded to the cache folder.

    Raises:
        InputError: no such folder, a missing file, a file whose SHA-256 is not
            the published one, no network, or a cache that cannot be written.
    """
    if data_dir is None:
        data_dir = os.environ.get("TVSCM_DATA") or None
    if data_dir is None:
        return _download(collection)
    try:
        return _find(collection, Path(data_dir))
    except OSError as error:
        raise InputError(f"cannot read the data in {data_dir}: {_reason(error)}") from error


def checksums(collection: str) -> dict[str, str]:
    """File name -> SHA-256 (hexadecimal), in the order of the names."""
    lines = files("keras_tvscm.datasets").joinpath("checksums.txt").read_text().splitlines()
    pairs = (line.split() for line in lines)
    return {
        path.removeprefix(f"{collection}/"): digest
        for digest, path in pairs
        if path.startswith(f"{collection}/")
    }


def cache_folder() -> Path:
    """`$TVSCM_CACHE`, else the usual place for caches on this system."""
    return Path(os.environ.get("TVSCM_CACHE") or pooch.os_cache("keras-tvscm"))


def _find(collection: str, given: Path) -> Path:
    if not given.is_dir():
        raise InputError(
            f"data folder {given} {'is not a folder' if given.exists() else 'does not exist'}; "
            "name the folder that holds the data, or set TVSCM_DATA to it"
        )
    expected = checksums(collection)

    def missing(folder: Path) -> list[str]:
        return [name for name in expected if not (folder / name).is_file()]

    folder = min(given / collection, given, key=lambda folder: len(missing(folder)))
    if absent := missing(folder):
        what = absent[0] if len(absent) == 1 else f"{len(absent)} files, the first is {absent[0]}"
        raise InputError(
            f"missing in {folder}: {what}; expected the {len(expected)} files of {collection}: "
            f"get them from {URLS[collection]}, or give no data folder to have them downloaded"
        )
    for name, digest in expected.items():
        _verify(folder / name, digest)
    return folder


def _verify(path: Path, expected: str) -> None:
    digest = pooch.file_hash(path)
    if digest != expected:
        raise InputError(
            f"{path} ({path.stat().st_size:,} bytes) is cut short or altered: "
            f"its SHA-256 is {digest}, expected {expected}; get the file again"
        )


def _download(collection: str) -> Path:
    """Download what the cache lacks; pooch verifies old and new files alike.

    A download is renamed to its own name only once it is verified, so that an
    interrupted one is never taken for whole.
    """
    # Its log repeats what the progress bar shows.
    pooch.get_logger().setLevel("ERROR")
    folder = cache_folder() / collection
    expected = checksums(collection)
    url = URLS[collection]
    store = pooch.create(folder, url, registry=expected)
    advice = "download it yourself and name its folder, or set TVSCM_DATA to it"
    # By default no bar where standard error is not a terminal; tqdm's own variable hides it always.
    hidden = True if os.environ.get("TQDM_DISABLE") else None
    for name in tqdm(expected, desc=collection, unit="file", disable=hidden, leave=False):
        try:
            # Read in one go: a stream would be left open on a 404.
            store.fetch(name, downloader=pooch.HTTPDownloader(stream=False))
        except requests.RequestException as error:
            raise InputError(
                f"cannot download {name} from {url}: {_reason(error)}; {advice}"
            ) from error
        except ValueError as error:
            raise InputError(
                f"{name} as downloaded from {url} is not the published file: its SHA-256 "
                f"differs from the expected {expected[name]}; {advice}"
            ) from error
        except OSError as error:
            raise InputError(
                f"cannot write {name} to the cache {folder}: {_reason(error)}; set "
                "TVSCM_CACHE to a folder that can be written"
            ) from error
    return folder


def _reason(error: BaseException) -> str:
    """What first went wrong, without the layers of libraries above it."""
    while error.__context__:
        error = error.__context__
    return " ".join(str(error).split()) or type(error).__name__
