import pytest

from keras_tvscm.datasets import NAMES, load
from keras_tvscm.errors import InputError


def test_names() -> None:
    excerpts = "mnist-excerpt", "heartbeat-excerpt"
    whole = "mnist", "heartbeat", "heartbeat-interpatient", "heartbeat-rhythm"
    assert (*whole, *excerpts, "digits", "ecg-synthetic") == NAMES


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'cifar'; expected mnist, .*, ecg-synthetic, or a file"):
        load("cifar")
