import hashlib
import http.server
import io
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from keras_tvscm.datasets import fetching, load
from keras_tvscm.datasets.fetching import cache_folder, checksums, fetch
from keras_tvscm.errors import InputError

FILES = {"a.dat": b"first" * 1000, "b.hea": b"second"}


class Server(http.server.ThreadingHTTPServer):
    """Serves `content`; a file in `cut` is promised whole and breaks off half-way."""

    content: dict[str, bytes]
    cut: set[str]
    asked: list[str]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.server.asked.append(name)
        content = self.server.content.get(name)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if name in self.server.cut else content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    monkeypatch.setattr(fetching, "checksums", lambda collection: sums)


@pytest.fixture
def server(small: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.content, server.cut, server.asked = dict(FILES), set(), []
        monkeypatch.setitem(fetching.URLS, "mnist", f"http://127.0.0.1:{server.server_port}/mnist/")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def failure(data_dir: Path | None = None) -> str:
    with pytest.raises(InputError) as caught:
        fetch("mnist", data_dir)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def put(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def test_checksums_name_every_file() -> None:
    assert list(checksums("mnist")) == [
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
    ]
    records = checksums("mitdb")
    assert len(records) == 3 * 48
    assert {Path(name).suffix for name in records} == {".atr", ".dat", ".hea"}
    assert all(len(digest) == 64 for digest in records.values())


def test_found_in_a_folder_of_its_own_or_in_the_folder(small: None, tmp_path: Path) -> None:
    own = put(tmp_path / "one" / "mnist")
    assert fetch("mnist", tmp_path / "one") == own
    assert fetch("mnist", own) == own
    assert fetch("mnist", str(own)) == own


def test_the_environment_names_the_folder(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TVSCM_DATA", str(tmp_path))
    folder = put(tmp_path / "mnist")
    assert fetch("mnist") == folder
    assert "does not exist" in failure(tmp_path / "absent")  # what is passed goes first


def test_folder_that_is_none(small: None, tmp_path: Path) -> None:
    assert failure(tmp_path / "absent").startswith(
        f"data folder {tmp_path / 'absent'} does not exist; name the folder"
    )
    (tmp_path / "file").write_text("")
    assert "file is not a folder" in failure(tmp_path / "file")


def test_missing_files_are_named_and_not_downloaded(server: Server, tmp_path: Path) -> None:
    message = failure(tmp_path)
    assert "2 files, the first is a.dat; expected the 2 files of mnist" in message
    assert "missing in" in message and fetching.URLS["mnist"] in message
    (put(tmp_path) / "b.hea").unlink()
    assert f"missing in {tmp_path}: b.hea; expected" in failure(tmp_path)
    assert server.asked == []


@pytest.mark.parametrize("content", [b"second"[:-1], b"Second", b""])
def test_wrong_content(small: None, tmp_path: Path, content: bytes) -> None:
    (put(tmp_path) / "b.hea").write_bytes(content)
    message = failure(tmp_path)
    assert f"b.hea ({len(content)} bytes) is cut short or altered" in message
    assert hashlib.sha256(content).hexdigest() in message
    assert hashlib.sha256(b"second").hexdigest() in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_folder_that_may_not_be_read(small: None, tmp_path: Path) -> None:
    folder = put(tmp_path / "closed")
    folder.chmod(0)
    try:
        assert "Permission denied" in failure(folder)
    finally:
        folder.chmod(0o700)


def test_download_once(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="keras_tvscm")
    folder = fetch("mnist")
    assert folder == cache_folder() / "mnist"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == FILES
    assert fetch("mnist") == folder
    assert server.asked == ["a.dat", "b.hea"]


def test_download_is_quiet(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    fetch("mnist")
    assert capfd.readouterr() == ("", "")


def test_a_terminal_shows_a_bar_unless_that_is_hidden(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stderr", terminal := io.StringIO())
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    for hidden in ("1", ""):
        monkeypatch.setenv("TQDM_DISABLE", hidden)
        monkeypatch.setenv("TVSCM_CACHE", str(tmp_path / f"cache{hidden}"))
        assert terminal.getvalue() == ""
        fetch("mnist")
    assert "mnist" in terminal.getvalue()


def test_damaged_download_is_fetched_again(server: Server) -> None:
    folder = fetch("mnist")
    (folder / "b.hea").write_bytes(b"damaged")
    fetch("mnist")
    assert (folder / "b.hea").read_bytes() == b"second"
    assert server.asked == ["a.dat", "b.hea", "b.hea"]


def test_wrong_download_is_not_kept(server: Server) -> None:
    server.content["b.hea"] = b"<html>Sign in</html>"
    message = failure()
    assert "b.hea as downloaded from http://127.0.0.1" in message
    assert hashlib.sha256(b"second").hexdigest() in message
    assert [path.name for path in (cache_folder() / "mnist").iterdir()] == ["a.dat"]


def test_download_that_breaks_off_is_not_kept(server: Server) -> None:
    server.cut = {"a.dat"}
    assert "cannot download a.dat from http://127.0.0.1" in failure()
    assert list((cache_folder() / "mnist").iterdir()) == []
    server.cut = set()
    fetch("mnist")


def test_file_that_is_not_there(server: Server) -> None:
    del server.content["a.dat"]
    message = failure()
    assert "cannot download a.dat" in message and "404" in message
    assert "name its folder, or set TVSCM_DATA to it" in message


def test_no_network(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fetching.URLS, "mnist", "http://127.0.0.1:9/")  # nobody answers
    message = failure()
    assert "cannot download a.dat from http://127.0.0.1:9/" in message
    assert "Connection refused" in message
    assert "download it yourself and name its folder, or set TVSCM_DATA" in message


def test_cache_that_cannot_be_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TVSCM_CACHE", str(tmp_path / "file"))
    message = failure()
    assert "cannot write a.dat to the cache" in message
    assert "set TVSCM_CACHE to a folder that can be written" in message


def test_load_takes_the_same_way(small: None, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load("heartbeat", tmp_path / "absent")
