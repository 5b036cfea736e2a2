"""The study of what verifies, on its smallest cases; and what its page says."""

import numpy as np
import pytest

from keras_tvscm import TVSCM, TVSCMConv, datasets
from keras_tvscm.convert.lower import FILTERS
from keras_tvscm.convert.verify.screening import CoarseVariant
from keras_tvscm.datasets import Dataset, Split
from keras_tvscm.errors import CheckError, InputError
from keras_tvscm.eval.studies import lowering_agreement as module
from keras_tvscm.eval.studies.lowering_agreement import as_markdown, study
from keras_tvscm.eval.studies.lowering_cases import NETWORKS, PATTERNS, Case, rows_of

# Of the lowerings, those whose outcomes differ.
LAYER = ("unrolled", "fc-sum", "rfft2d", "dense")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verification")
    options = {"widths": [64], "patterns": ["banded"], "steps": 200, "command": "tvscm x"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "KNOWN", {TVSCM: LAYER, TVSCMConv: FILTERS})
        first = study(folder, **options)
        patch.setattr(module, "_case", None)  # everything is there
        assert study(folder, **options) == first
    with pytest.raises(InputError, match="other steps or another seed; choose another folder"):
        study(folder, **options | {"steps": 201})
    return first


@pytest.mark.slow
def test_every_form_that_is_offered_verifies(results):
    layer, heads, averaged = results["cases"]
    assert [case["network"] for case in results["cases"]] == ["layer", "heads", "averaged"]
    assert set(layer["lowerings"]) == set(LAYER)
    for case in (heads, averaged):
        assert set(case["lowerings"]) == {"convolution", "polyphase"}
        assert case["lowerings"]["polyphase"]["int8"]["status"] == "verified"
    for case in results["cases"]:
        for forms in case["lowerings"].values():
            for dtype, form in forms.items():
                assert form["status"] in ("verified", "unsupported", "coarse")
                if form["status"] == "verified":
                    assert form["agreement"] >= 0.99
                    assert dtype == "int8" or form["relative_error"] <= 1e-4
                    assert form["accuracy_keras"] > 0.5
    assert layer["lowerings"]["unrolled"]["int8"]["status"] == "verified"
    assert layer["lowerings"]["fc-sum"]["int8"]["status"] == "unsupported"
    assert "in float" in layer["lowerings"]["rfft2d"]["int8"]["reason"]


@pytest.mark.slow
def test_the_page(results):
    page = as_markdown(results)
    assert "## layer, int8: top-1 agreement" in page and "## heads, float32" in page
    assert page.count("| banded | 64 | digits | ") == 6
    assert "the gate refused 0." in page
    assert page.count("- `fc-sum`: most entries of the matrix are zero") == 1
    assert "Command: `tvscm x`." in page


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("no such layer"), "unsupported"),
        (CoarseVariant("98.0 % of training rows"), "coarse"),
        (CheckError("98.9 % of held-out rows"), "refused"),
    ],
)
def test_who_refuses_is_told_apart(monkeypatch, error, status):
    def refuse(*args, **options):
        raise error

    monkeypatch.setattr(module, "convert", refuse)
    found = module._tried(None, None, "dense", "int8", 0)
    assert found == {"status": status, "reason": str(error)}


@pytest.mark.parametrize(
    ("n", "image", "corner"), [(1000, None, 784), (1024, (32, 32), (32 * 2 + 2))]
)
def test_rows_are_extended_with_zeros(monkeypatch, n, image, corner):
    ones = Split(np.ones((3, 784), np.float32), np.arange(3))
    mnist = Dataset("mnist", ("a", "b", "c"), ones, ones, ones, (28, 28), "made up")
    monkeypatch.setattr(datasets, "load", lambda name, folder: mnist)
    data = rows_of(n)
    assert data.image_shape == image and data.features == n
    for part in (data.train, data.validation, data.test):
        assert part.x.sum() == 3 * 784
    row = data.test.x[0]
    assert (row[corner - 1], row[corner]) == ((1, 0) if image is None else (0, 1))


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(("n", "image"), [(64, (8, 8)), (187, None), (1024, (32, 32))])
def test_every_case_can_be_built(pattern, n, image):
    for network in NETWORKS:
        model = Case(n, network, pattern).build(5, image, 0)
        assert model.output_shape == (None, 5)


@pytest.mark.parametrize(
    "asked", [{"widths": [65]}, {"patterns": ["stripes"]}, {"networks": ["dense"]}]
)
def test_unknown_cases_are_refused(asked, tmp_path):
    with pytest.raises(InputError, match=r"Unknown .*; expected one of"):
        study(tmp_path / "out", **asked)
    assert not (tmp_path / "out").exists()
