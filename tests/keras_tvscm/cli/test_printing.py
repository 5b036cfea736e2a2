"""`--json` and `--quiet`: one document, or paths alone, on standard output."""

import json

import pytest

from keras_tvscm.eval import baselines
from keras_tvscm.eval.studies import accuracy, explore, lowering_agreement, training_cost
from keras_tvscm.models import networks


@pytest.fixture
def printed(tvscm):
    """Run a command as it is, with --json and with --quiet: the document, and the paths."""

    def run(*command):
        code, text, notes = tvscm(*command)
        assert code == 0
        code, out, err = tvscm(*command, "--json")
        # What people read is the same, and stands on standard error; only the paths are gone.
        _, paths, said = tvscm(*command, "--quiet")
        assert (code, said) == (0, [])
        assert sorted([*err, *paths]) == sorted([*text, *notes])
        return json.loads("\n".join(out)), paths

    return run


def test_data_and_a_summary(printed, tmp_path):
    document, paths = printed("data", "digits")
    assert (document["name"], document["features"], paths) == ("digits", 64, [])
    assert document["scaling"] == {"divided_by": 16, "by_row": False}
    assert document["parts"]["train"]["rows"] == 1293
    assert sum(document["parts"]["test"]["classes"].values()) == 360
    networks.build("tvscm", "digits").save(tmp_path / "m.keras")
    document, paths = printed("summary", "m.keras")
    layer, head = document["layers"]
    assert (layer["name"], layer["parameters"], layer["dense_parameters"]) == ("tvscm", 2, 4096)
    assert layer["operations"] == {"multiplications": 128, "additions": 128}
    assert (head["kind"], paths) == ("Dense", [])


def test_a_training(printed, tmp_path, eager):
    document, paths = printed("train", "digits", "--network", "softmax", "--epochs", "1")
    assert paths == ["runs/digits-softmax-seed0/model.keras"]
    metrics = (tmp_path / paths[0]).with_name("metrics.json").read_text()
    assert document == json.loads(metrics)


def test_a_conversion_and_what_is_made_of_it(printed, tvscm, tmp_path, banded_run, monkeypatch):
    convert = ["convert", banded_run, "-o", "m.tflite", "--lowering", "dense"]
    code, out, err = tvscm(*convert, "--json")
    assert (code, err[0].partition(":")[0]) == (0, "tvscm banded dense int8")
    assert json.loads("\n".join(out)) == json.loads((tmp_path / "m.tflite.json").read_text())
    assert tvscm(*convert, "--quiet") == (0, ["m.tflite"], [])
    size = (tmp_path / "m.tflite").stat().st_size

    code, out, err = tvscm("inspect", "m.tflite", "--json")
    assert (code, json.loads("\n".join(out))["size"], err) == (0, size, [])
    assert tvscm("inspect", "m.tflite", "--quiet") == (0, [], [])

    document, paths = printed("convert", "m.tflite", "--target", "c")
    assert (document["bytes"], paths) == (size, ["m.c"])
    assert document["c"]["equality"] == {"runtime": "tflm", "rows": 500, "differing": 0}

    document, paths = printed("convert", "m.tflite", "--target", "tflm")
    assert document["arena"]["reserved"] > document["arena"]["minimum"] > 0
    assert paths == ["m_op_resolver.h"]

    monkeypatch.setattr(baselines, "baselines", lambda *_, **__: ([], {"softmax int8": "a test"}))
    evaluate = ["evaluate", "m.tflite", "--runtime", "litert-builtin", "--rounds", "1"]
    assert tvscm(*evaluate, "--quiet") == (0, ["report/report.html"], [])
    code, out, err = tvscm(*evaluate, "--json")
    assert code == 0
    assert json.loads("\n".join(out)) == json.loads((tmp_path / "report/report.json").read_text())
    assert err[:2] == [
        "note: the report in report is replaced when this ends; --out keeps it",
        "note: the baseline softmax int8 is left out: a test",
    ]
    assert any("litert-builtin" in line for line in err)


def recorded(*arguments, **options):
    """In the place of a study: its results, and its page where it is the study that writes it."""
    for folder in arguments[1:2]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.md").write_text("# Page")
    return {"table": [{"network": "filters=2"}]}


STUDIES = {
    "reproduce digits": (accuracy, "reproduce", "runs/reproduce-digits/results.json"),
    "explore digits --parameters 9": (explore, "explore", "runs/explore-digits-9/results.json"),
    "verify-lowerings": (lowering_agreement, "study", "runs/verification/verification.json"),
    "training-cost": (training_cost, "training_cost", "runs/training-cost/training-cost.json"),
}


@pytest.mark.parametrize("command", STUDIES)
def test_a_study(printed, monkeypatch, command):
    module, name, path = STUDIES[command]
    monkeypatch.setattr(
        module, name, recorded if "digits" in command else lambda *_, **__: recorded()
    )
    monkeypatch.setattr(module, "as_markdown", lambda results: "# Page")
    document, paths = printed("study", *command.split())
    assert (document, paths) == (recorded(), [path])


def test_a_search(printed):
    document, paths = printed("study", "search", "digits", "--nonzeros", "1", "--tries", "1")
    (best,) = document["patterns"]
    assert best["pattern"].startswith("offsets:a=") and 0 < best["accuracy"] < 1
    assert (document["dataset"], paths) == ("digits", ["runs/search-digits.json"])


def test_an_error_is_said_and_nothing_else(tvscm):
    for option in ("--json", "--quiet"):
        code, out, err = tvscm("data", "cifar", option)
        assert (code, out, len(err)) == (2, [], 1)
        assert err[0].startswith("tvscm: no data set is called 'cifar'")
