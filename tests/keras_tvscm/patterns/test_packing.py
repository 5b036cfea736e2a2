"""Packed patterns: small, whole, and refused when anything in them was changed."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keras_tvscm.errors import InputError
from keras_tvscm.patterns.packing import pack, packed_bytes, unpack

CHECKSUM_CHARACTERS = 5

symbols = st.lists(st.integers(0, 2), min_size=1, max_size=60).map(
    lambda values: np.array(values, np.uint8)
)


@given(symbols)
def test_unpack_gives_back_what_was_packed(array):
    found = unpack(pack(array), array.shape)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, array)


def test_any_shape():
    array = np.random.default_rng(0).integers(3, size=(3, 2, 7)).astype(np.uint8)
    np.testing.assert_array_equal(unpack(pack(array), (3, 2, 7)), array)
    assert pack(array) == pack(array.ravel())


@given(st.integers(1, 2000))
def test_two_bits_a_symbol_and_a_checksum(count):
    bits = 8 * (len(pack(np.zeros(count, np.uint8))) - CHECKSUM_CHARACTERS)
    # What does not fill the last byte, and the last four bytes.
    assert bits <= 2 * count + 16
    assert bits == 2 * count or count % 20
    assert 5 * (packed_bytes(count) - 1) < count <= 5 * packed_bytes(count)


def test_the_text_is_the_same_for_ever():
    """Saved models hold it: five symbols to a byte in base 3, then base 85."""
    assert pack(np.array([0, 1, 2, 2, 1, 0, 0, 2], np.uint8)) == "p{A5?oDu"


@given(symbols, st.data())
def test_any_flipped_bit_is_refused(array, data):
    text = pack(array).encode()
    place, bit = data.draw(st.integers(0, len(text) - 1)), data.draw(st.integers(0, 7))
    altered = bytearray(text)
    altered[place] ^= 1 << bit
    refused(altered.decode("latin-1"), array.shape)


@given(symbols, st.data())
def test_text_cut_short_or_continued_is_refused(array, data):
    text = pack(array)
    refused(text[: data.draw(st.integers(0, len(text) - 1))], array.shape)
    refused(text + data.draw(st.text("0aZ~ \n", min_size=1, max_size=6)), array.shape)


@given(symbols, st.integers(1, 80))
def test_another_number_of_symbols_is_refused(array, count):
    assume(packed_bytes(count) != packed_bytes(array.size))
    assert f"does not hold {count} symbols" in refused(pack(array), (count,))


@given(st.text(max_size=12) | st.none() | st.integers() | st.lists(st.integers()))
def test_whatever_a_file_holds_in_its_place_is_refused(value):
    refused(value, (7,))


def refused(text, shape):
    with pytest.raises(InputError, match="The packed pattern is corrupted: ") as caught:
        unpack(text, shape)
    assert "\n" not in str(caught.value)
    return str(caught.value)
