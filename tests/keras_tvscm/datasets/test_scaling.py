import numpy as np
import pytest

from keras_tvscm.datasets import Scaling, load
from keras_tvscm.datasets.scaling import rescaled
from keras_tvscm.errors import InputError


def test_every_stored_byte_is_divided_and_rounded_once() -> None:
    stored = np.arange(256, dtype=np.uint8)[None]
    scaled = Scaling(255.0).apply(stored)
    assert scaled.dtype == np.float32
    assert scaled[0].tolist() == [
        float(np.float32(value) / np.float32(255)) for value in range(256)
    ]
    assert Scaling().apply(stored).tolist() == stored.tolist()


def test_words() -> None:
    assert str(Scaling()) == "not rescaled"
    assert str(Scaling(255.0)) == "divided by 255"
    assert str(Scaling(by_row=True)) == "each row moved and stretched to span 0 to 1"


def test_what_records_say() -> None:
    assert rescaled(None)
    assert rescaled({"divided_by": 255.0, "by_row": False})
    assert rescaled({"divided_by": 1.0, "by_row": True})
    assert not rescaled({"divided_by": 1.0, "by_row": False})


def test_built_in_sets() -> None:
    assert load("digits").scaling == Scaling(16.0)
    raw = load("digits", rescale=False)
    assert (raw.scaling, raw.train.x.max()) == (Scaling(), 16)
    np.testing.assert_array_equal(raw.test.x / 16, load("digits").test.x)
    assert load("ecg-synthetic").scaling == Scaling(by_row=True)
    for name in ("ecg-synthetic", "heartbeat"):
        with pytest.raises(InputError, match=f"each beat of {name} is scaled when it is cut"):
            load(name, rescale=False)
