"""EC57's figures, by hand and of the study's published confusion."""

import pytest

from keras_tvscm.ecg.ec57 import SYMBOLS, cohen_kappa, figures


def test_of_a_small_matrix():
    found = figures([[90, 5, 5, 0], [2, 8, 0, 0], [0, 1, 10, 1], [1, 0, 3, 4]])
    assert found.sensitivity == {"S": 8 / 10, "V": 10 / 12, "F": 4 / 8}
    # The three F beats that are called V do not count; the V beat that is called S does.
    assert found.predictivity == {"S": 8 / 14, "V": 10 / 15, "F": 4 / 5}
    assert found.false_positive_rate == {"S": 6 / 120, "V": 5 / 110}
    assert found.j_kappa == pytest.approx(
        0.5 * cohen_kappa([[90, 5, 5, 0], [2, 8, 0, 0], [0, 1, 10, 1], [1, 0, 3, 4]])
        + (0.8 + 10 / 12 + 8 / 14 + 10 / 15) / 8
    )


def test_kappa():
    assert cohen_kappa([[20, 5], [10, 15]]) == pytest.approx(0.4)
    assert cohen_kappa([[7, 0], [0, 0]]) == 0
    assert cohen_kappa([[3, 0], [0, 5]]) == 1


def test_of_the_first_study():
    """The mean confusion of the first study's network on DS2 gives the j-kappa that it states."""
    found = figures(
        [[42043, 1876, 311, 29], [290, 1493, 53, 0], [124, 154, 2943, 0], [364, 2, 22, 0]]
    )
    assert found.sensitivity["S"] == pytest.approx(0.81, abs=0.005)
    assert found.predictivity["S"] == pytest.approx(0.42, abs=0.005)
    assert found.j_kappa == pytest.approx(0.736, abs=0.003)


def test_classes_that_are_not_there():
    found = figures([[5, 1, 0], [0, 0, 0], [0, 0, 0]], ("N", "S", "V"))
    assert found.sensitivity == {"S": None, "V": None}
    assert found.predictivity == {"S": 0, "V": None}
    assert found.false_positive_rate == {"S": 1 / 6, "V": 0}


def test_paced_beats_count_for_nothing():
    """EC57: what an algorithm calls a paced beat is no false S and no false V."""
    with_q = [[50, 0, 0, 0, 0], [0, 5, 0, 0, 0], [0, 0, 5, 0, 0], [0] * 5, [0, 3, 4, 0, 0]]
    found = figures(with_q, ("N", "S", "V", "F", "Q"))
    assert found.predictivity == {"S": 1, "V": 1, "F": None}


def test_every_symbol_has_one_class():
    symbols = "".join(SYMBOLS.values())
    assert len(symbols) == len(set(symbols)) == 19
