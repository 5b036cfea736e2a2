"""The C for vectors gives the bytes of TFLite's reference kernels."""

import numpy as np
import pytest

from keras_tvscm.convert.c_source import native as c
from keras_tvscm.convert.native import generate
from keras_tvscm.convert.runtimes import in_child

from .drawn import drawn

SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
# Of filters with and without pooling, means, a circulant matrix, and rows of weights.
SEEDS = (21, 39, 43, 50, 57)
# Windows that overlap.
OVERLAPPING = 58


def differing(content: bytes, *flags: str) -> int:
    rows = c.drawn_rows(content, 30)
    expected = c.stored_outputs(in_child("tflm", content), content, rows)
    assert len(np.unique(expected)) > 2
    found = c.run(generate(content, "network"), rows, ("-std=gnu11", *flags))
    return int((found != expected).any(axis=1).sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_drawn_networks(seed):
    """More of them: `make test-native`."""
    assert differing(drawn(seed), "-O0", f"-DTVSCM_MOST={seed % 3}") == 0


@pytest.mark.parametrize("most", [pytest.param(0, marks=pytest.mark.slow), 2])
def test_nothing_is_read_or_written_beyond_what_the_caller_gives(most):
    assert differing(drawn(57), "-O1", f"-DTVSCM_MOST={most}", *SANITIZERS) == 0


def test_pooling_is_one_function_with_its_filters():
    source = generate(drawn(50), "network").source
    statements = source[source.rindex("F(predict)") :]
    assert statements.count("F(filters_") == 2 and "max_pool" not in statements


def test_what_no_vector_kernel_takes_falls_back_layer_by_layer():
    """Windows that overlap are pooled by the portable kernel, between vector kernels."""
    source = generate(drawn(OVERLAPPING), "network").source
    statements = source[source.rindex("F(predict)") :]
    names = ("F(filters_", "    max_pool(", "F(fully_connected)")
    places = [statements.index(name) for name in names]
    assert places == sorted(places)
    assert differing(drawn(OVERLAPPING), "-O0") == 0
