import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm.datasets.idx import read_idx
from keras_tvscm.datasets.unpacking import MOST_BYTES
from keras_tvscm.errors import InputError

IMAGES = np.arange(2 * 3 * 5, dtype=np.uint8).reshape(2, 3, 5)
PLAIN = struct.pack(">4i", 2051, 2, 3, 5) + IMAGES.tobytes()
PACKED = gzip.compress(PLAIN, mtime=0)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx") / "images.gz"


def test_reads_what_was_written(path: Path) -> None:
    path.write_bytes(PACKED)
    images = read_idx(path, dimensions=3)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, IMAGES)


def test_labels_are_not_images(path: Path) -> None:
    path.write_bytes(gzip.compress(struct.pack(">2i", 2049, 3) + bytes([7, 8, 9])))
    assert read_idx(path, dimensions=1).tolist() == [7, 8, 9]
    with pytest.raises(InputError, match="magic number 2049, expected 2051"):
        read_idx(path, dimensions=3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (PLAIN[:-1], "declares 30 bytes and holds 29"),
        (PLAIN + b"\0", "declares 30 bytes and holds more"),
        (PLAIN[:15], "magic number 2051, expected 2051"),
        (b"", "magic number 0, expected 2051"),
        (struct.pack(">4I", 2051, 2**32 - 1, 2**32 - 1, 28), f"at most {MOST_BYTES:,}"),
    ],
)
def test_content_must_be_what_the_header_declares(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(gzip.compress(content))
    with pytest.raises(InputError, match=message):
        read_idx(path, dimensions=3)


def test_a_bomb_is_not_unpacked(path: Path) -> None:
    # 64 MB of zeros behind a header that declares 30 bytes: the rest stays packed.
    path.write_bytes(gzip.compress(PLAIN + bytes(1 << 26), compresslevel=1))
    with pytest.raises(InputError, match="declares 30 bytes and holds more"):
        read_idx(path, dimensions=3)


def test_missing_or_damaged_gzip(path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_idx(path.with_name("absent.gz"), dimensions=3)
    path.write_bytes(PACKED[:10] + b"\xff" * 30)
    with pytest.raises(InputError, match=r"cannot read .*images\.gz: Error -3 while"):
        read_idx(path, dimensions=3)


def test_without_gzip(path: Path) -> None:
    path.write_bytes(PLAIN)
    np.testing.assert_array_equal(read_idx(path, dimensions=3), IMAGES)
    path.write_bytes(PLAIN[:-1])
    with pytest.raises(InputError, match="declares 30 bytes and holds 29"):
        read_idx(path, dimensions=3)


@given(length=st.integers(0, len(PACKED) - 1))
def test_cut_short(path: Path, length: int) -> None:
    path.write_bytes(PACKED[:length])
    with pytest.raises(InputError):
        read_idx(path, dimensions=3)


@given(at=st.integers(0, len(PACKED) - 1), bits=st.integers(1, 255))
def test_altered_byte_is_an_error_or_changes_nothing(path: Path, at: int, bits: int) -> None:
    altered = bytearray(PACKED)
    altered[at] ^= bits
    path.write_bytes(altered)
    try:
        # The gzip header has bytes, such as its time stamp, that nothing depends on.
        np.testing.assert_array_equal(read_idx(path, dimensions=3), IMAGES)
    except InputError as error:
        assert "\n" not in str(error)


@given(content=st.binary(max_size=60), packed=st.booleans())
def test_any_bytes(path: Path, content: bytes, packed: bool) -> None:
    path.write_bytes(gzip.compress(content) if packed else content)
    try:
        read_idx(path, dimensions=1)
    except InputError as error:
        assert "\n" not in str(error)
