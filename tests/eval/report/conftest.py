"""The large comparison, written once for all tests that read it."""

import pytest

from keras_tvscm.eval.report import write

from .family import family


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """The folder of its report."""
    return write(family(), tmp_path_factory.mktemp("report")).parent
