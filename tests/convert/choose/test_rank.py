"""The chooser: the cheapest lowering by the table, and the next where that does not agree."""

import json
from dataclasses import replace

import keras
import pytest

from keras_tvscm import TVSCM
from keras_tvscm.convert import convert, verification
from keras_tvscm.convert.choose.costs import Costs, load, to_json
from keras_tvscm.convert.choose.rank import much_smaller, rank
from keras_tvscm.convert.lower.model import lower_placed
from keras_tvscm.convert.lower.placements import placements
from keras_tvscm.convert.record import Candidate
from keras_tvscm.convert.tflite.quantize import to_float32
from keras_tvscm.errors import CheckError, InputError

from ...example_record import example

L = keras.layers
KINDS = ("ADD", "SUB", "MUL", "SUM", "SLICE", "CONCATENATION", "GATHER", "RESHAPE", "CONV_2D")
KINDS += ("FULLY_CONNECTED", "TRANSPOSE", "MAXIMUM", "SPLIT", "PAD", "BATCH_MATMUL")


def predicted(costs: Costs):
    def predict(content):
        cost = costs.microseconds(content)
        return cost, len(content), costs.estimate(content) if cost is None else None

    return predict


def prices(**dear):
    """A call of each operator costs a microsecond, or what is said here."""
    table = {f"{kind} float32": (1000.0 * dear.get(kind, 1), 0.0, 0.0, 0.0, 0.0) for kind in KINDS}
    table["CONV_2D float32 of one channel"] = table["CONV_2D float32"]
    return Costs("litert-xnnpack", 0.0, table)


def ranked(model, predict, prefer="time"):
    placed = placements(model)
    return rank(
        placed, lambda names: to_float32(lower_placed(model, placed, names)), predict, prefer
    )


def network(*patterns):
    hidden = [TVSCM(pattern, activation="relu") for pattern in patterns]
    return keras.Sequential([keras.Input((12,)), *hidden, L.Dense(3)])


def test_the_cheapest_by_the_table_comes_first():
    model = network("banded")
    (name,) = (layer.name for layer in model.layers if isinstance(layer, TVSCM))
    orders, compared = ranked(model, predicted(prices()))
    # Two FULLY_CONNECTED, for the matrix and the head.
    assert orders[0] == {name: "dense"}
    assert compared[0].lowering == "dense"
    assert compared[0].cost == pytest.approx(2)
    dear = ranked(model, predicted(prices(FULLY_CONNECTED=50)))[0]
    assert dear[0] != {name: "dense"}
    assert {order[name] for order in dear} == {order[name] for order in orders}


def test_the_smallest_where_bytes_are_preferred():
    _, compared = ranked(network("half:seed=1"), predicted(prices()), "bytes")
    sizes = [candidate.bytes for candidate in compared if candidate.reason is None]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 3


def test_of_equal_times_the_smaller():
    """Every operator is free."""
    nothing = Costs("litert-xnnpack", 1.0, dict.fromkeys(prices().operators, (0.0,) * 5))
    _, compared = ranked(network("half:seed=1"), predicted(nothing))
    sizes = [candidate.bytes for candidate in compared if candidate.cost is not None]
    assert len(sizes) > 3
    assert sizes == sorted(sizes)


def test_what_cannot_be_is_named_with_its_reason():
    _, compared = ranked(network("banded"), predicted(prices()))
    refused = {candidate.lowering: candidate.reason for candidate in compared if candidate.reason}
    assert refused["fc-sum"].startswith("most entries of the matrix are zero")
    assert all(candidate.cost is None for candidate in compared if candidate.reason)


def test_an_operator_that_the_table_lacks_comes_last():
    costs = Costs("litert-xnnpack", 0.0, {"FULLY_CONNECTED float32": (9e9, 0.0, 0.0, 0.0, 0.0)})
    orders, compared = ranked(network("banded"), predicted(costs))
    assert list(orders[0].values()) == ["dense"]
    assert {candidate.cost for candidate in compared[1:]} == {None}


def test_without_a_time_the_least_estimate_comes_first_and_not_the_fewest_bytes():
    placed = placements(network("banded"))
    estimates, sizes = {"dense": 1.0, "unrolled": 30.0}, {"dense": 900, "unrolled": 100}

    def first(known):
        """The lowering that comes first where these have a time."""

        def predict(names):
            (name,) = names.values()
            estimate = None if name in known else estimates.get(name, 50.0)
            return known.get(name), sizes.get(name, 500), estimate

        orders, compared = rank(placed, lambda names: names, predict)
        assert {c.lowering for c in compared if c.estimate is None and not c.reason} == set(known)
        return next(iter(orders[0].values()))

    assert first({}) == "dense"
    # What is known comes first, slow as it may be.
    assert first({"unrolled": 90.0}) == "unrolled"


def test_every_layer_is_decided():
    orders, compared = ranked(network("banded", "complete"), predicted(prices()))
    assert len(orders[0]) == 2
    assert {candidate.layer for candidate in compared} == set(orders[0])
    assert len(orders) == max(
        sum(candidate.layer == name and candidate.reason is None for candidate in compared)
        for name in orders[0]
    )


def test_a_model_without_such_a_layer_has_nothing_to_choose():
    assert ranked(network(), predicted(prices())) == ([{}], [])


def table_of(tmp_path, first):
    """A file in which every operator is dear but those of one lowering."""
    cheap = {"dense": ("FULLY_CONNECTED",), "convolution": ("CONV_2D", "FULLY_CONNECTED")}[first]
    costs = load("litert")
    operators = {
        kind: (1.0 if kind.split()[0] in cheap else 1e6, 0.0, 0.0, 0.0, 0.0)
        for kind in costs.operators
    }
    path = tmp_path / f"{first}.json"
    path.write_text(json.dumps(to_json(Costs("litert-xnnpack", 0.0, operators))))
    return path


def test_convert_takes_the_first_and_records_all(digits, trained, tmp_path):
    record = convert(
        trained("banded"), digits, collapsing=False, costs=table_of(tmp_path, "dense")
    ).record
    assert record["lowerings"] == {"tvscm": "dense"}
    named = [candidate["lowering"] for candidate in record["candidates"]]
    assert named[0] == "dense"
    assert len(named) == len(set(named)) >= 5
    again = convert(trained("banded"), digits, lowering="dense", collapsing=False)
    assert again.record["sha256"] == record["sha256"]
    assert again.record["candidates"] == []


def test_the_next_is_written_where_the_fastest_does_not_agree(
    digits, trained, tmp_path, monkeypatch
):
    verify, seen = verification.verify, []

    def strict(*arguments, **options):
        seen.append(len(options["converted"]))
        if len(seen) == 1:
            raise CheckError("too far apart")
        return verify(*arguments, **options)

    monkeypatch.setattr(verification, "verify", strict)
    record = convert(
        trained("banded"), digits, collapsing=False, costs=table_of(tmp_path, "dense")
    ).record
    first, second = record["candidates"][:2]
    assert (first["lowering"], first["reason"]) == ("dense", "too far apart")
    assert record["lowerings"] == {"tvscm": second["lowering"]}
    assert second["reason"] is None
    assert seen[1] == record["bytes"]


def test_nothing_is_written_where_none_agrees(digits, trained, monkeypatch):
    def refuse(*arguments, **options):
        raise CheckError("too far apart")

    monkeypatch.setattr(verification, "verify", refuse)
    with pytest.raises(CheckError, match="too far apart"):
        convert(trained("banded"), digits, advising=False)


def test_a_table_of_another_runtime(digits, trained, tmp_path):
    path = table_of(tmp_path, "dense")
    with pytest.raises(InputError, match="holds costs of litert-xnnpack; tflm runs on tflm"):
        convert(trained("banded"), digits, target="tflm", costs=path)


def test_a_candidate_of_half_the_bytes_is_pointed_out():
    def smaller(lowerings, *compared):
        return much_smaller(replace(example(), lowerings=lowerings, candidates=compared))

    large, small = Candidate("one", "dense", 1.0, 40_000), Candidate("one", "unrolled", 1.0, 4_000)
    refused = Candidate("one", "gather", reason="too far")
    assert smaller({"one": "dense"}, large, small, refused) == (large, small)
    assert smaller({"one": "dense"}, replace(large, bytes=7_999), small) is None
    assert smaller({}) is None
    # Of another layer, while this one had its default.
    other = Candidate("two", "dense", 1.0, 300)
    assert smaller({"one": "dense", "two": "dense"}, replace(large, bytes=900), other) is None
