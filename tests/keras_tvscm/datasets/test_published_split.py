import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_tvscm.datasets import Dataset
from keras_tvscm.datasets.published_split import pack_split, published_test, unpack_split


@given(mask=st.lists(st.booleans(), max_size=40))
def test_round_trip(mask: list[bool]) -> None:
    packed = pack_split(np.array(mask, bool))
    assert unpack_split(packed, len(mask)).tolist() == mask


def test_the_packaged_mask() -> None:
    mask = published_test(109_446)
    assert mask.dtype == bool
    assert mask.sum() == 21_892


def test_it_is_the_published_list(published: Path, heartbeat: Dataset) -> None:
    path = published / "mitdb" / "heartbeat_test_split.csv"
    if not path.is_file():
        pytest.skip("needs the list that the mask was packed from")
    with path.open() as file:
        listed = [
            [int(row[key]) for key in ("record", "sample", "class")] for row in csv.DictReader(file)
        ]
    assert heartbeat.test.origin is not None
    rows = np.column_stack([heartbeat.test.origin, heartbeat.test.y])
    assert sorted(rows.tolist()) == sorted(listed)
