"""What training costs: each network's epochs, and memory that grows with n, not n²."""

import pytest

from keras_tvscm.eval.studies import training_cost as module
from keras_tvscm.eval.studies.training_cost import as_markdown, training_cost

pytestmark = pytest.mark.slow

COMPARED = {"dense": ("dense", None), "tvscm, two offsets": ("tvscm", "random:k=1,seed=15")}


@pytest.fixture(scope="module")
def results():
    steps = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "COMPARED", COMPARED)
        patch.setattr(module, "WIDEST_DENSE", 0)
        costs = training_cost(
            rows=256,
            rounds=1,
            widths=[4096],
            progress=lambda *step: steps.append(step),
            command="tvscm x",
        )
    assert [step[:2] for step in steps] == [(0, 3), (1, 3), (2, 3)]
    assert steps[-1][2] == "memory at n = 4,096"
    return costs


def test_every_network_s_epochs_are_timed_in_every_round(results):
    assert list(results["seconds"]) == list(COMPARED)
    assert all(len(seconds) == 1 and seconds[0] > 0 for seconds in results["seconds"].values())
    for name, ratio in results["ratio_to_dense"].items():
        assert ratio == results["seconds"][name][0] / results["seconds"]["dense"][0]


def test_no_matrix_is_built(results):
    """At n = 4096 one takes 64 MiB; a dense layer has its weights and three arrays like them."""
    (large,) = results["memory"]
    assert large["n"] == 4096
    assert large["dense_bytes"] is None
    assert 0 < large["tvscm_bytes"] < 3.5 * 2**26 / 3


def test_the_page(results):
    page = as_markdown(results)
    for name in COMPARED:
        assert f"| {name} | " in page
    assert "| 4,096 | " in page
    assert "Command: `tvscm x`." in page
