"""The networks that ship: each loads, is as its card says, and converts without a download."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from keras_tvscm import datasets, zoo
from keras_tvscm.errors import InputError
from keras_tvscm.eval.studies import zoo as study
from keras_tvscm.training.fit import Progress, evaluate

from ...fitted import fit_heads

# The standard error of an accuracy of 90 % on so many rows, three times.
TOLERANCE = 3 * np.sqrt(0.9 * 0.1 / 3000)


def test_all_of_them_take_less_than_two_megabytes() -> None:
    sizes = [path.stat().st_size for path in zoo.folder("mnist-fast").parent.rglob("*.*")]
    assert len(sizes) == 2 * len(zoo.NAMES) and sum(sizes) < 2 * 10**6


@pytest.mark.parametrize("name", zoo.NAMES)
def test_as_its_card_says(name: str) -> None:
    model, card = zoo.load(name), zoo.card(name)
    data = datasets.load(card.excerpt)
    assert model.count_params() == card.parameters
    score = evaluate(model, data.test, len(data.classes))
    assert score.accuracy == pytest.approx(card.accuracy, abs=TOLERANCE)
    assert f"{card.counted.instructions:,} instructions" in str(card)
    assert zoo.Card.from_json(json.loads(json.dumps(card.to_json()))) == card


def test_an_unknown_name() -> None:
    with pytest.raises(InputError, match="the zoo has no 'mnist-best'; expected one of mnist-"):
        zoo.load("mnist-best")


def test_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Softmax regression on digits, as if it were in the zoo."""
    monkeypatch.setattr(study, "NETWORKS", {"digits": ("softmax", "tvscm")})
    monkeypatch.setattr("keras_tvscm.training.run.fit", fit_heads)
    (card,) = study.make(
        tmp_path / "zoo", names=["digits-softmax"], runs=tmp_path / "runs", bar=silent
    )
    folder = tmp_path / "zoo" / "digits-softmax"
    assert zoo.Card.from_json(json.loads((folder / "card.json").read_text())) == card
    assert card.command == "tvscm train digits --network softmax"
    assert card.parameters == 650 and card.bytes > 650
    assert card.int8_accuracy == pytest.approx(card.accuracy, abs=0.02)
    # 640 products and sums at least, in however few instructions.
    assert card.counted.instructions > 640 and card.counted.flash_bytes > 650
    trained = tmp_path / "runs" / "digits-softmax" / "model.keras"
    assert (folder / "model.keras").read_bytes() == trained.read_bytes()


@contextmanager
def silent(total: int, label: str) -> Iterator[Progress]:
    yield lambda done, logs: None
