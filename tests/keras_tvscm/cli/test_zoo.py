"""`zoo`, and `zoo:NAME` in the place of a model's path."""

import json

from keras_tvscm import zoo


def test_the_list_and_a_card(tvscm):
    code, out, err = tvscm("zoo")
    assert (code, err) == (0, [])
    listed = [line.split()[0] for line in out if line.split()[:1] and line.split()[0] in zoo.NAMES]
    assert listed == list(zoo.NAMES) and "…" not in "".join(out)
    code, out, err = tvscm("zoo", "mnist-fast")
    assert (code, out, err) == (0, str(zoo.card("mnist-fast")).splitlines(), [])
    _, out, _ = tvscm("zoo", "--json")
    assert [card["name"] for card in json.loads("\n".join(out))] == list(zoo.NAMES)


def test_one_converts_at_once_beside_the_user_s_files(tvscm, tmp_path):
    code, out, err = tvscm("convert", "zoo:heartbeat-tvscm", "--prefer", "bytes")
    assert (code, err) == (0, [])
    assert out[-1] == "heartbeat-tvscm/litert-int8.tflite"
    record = json.loads((tmp_path / f"{out[-1]}.json").read_text())
    assert record["dataset"] == "heartbeat-excerpt"
    # So that nobody holds it against networks that have seen the excerpt alone.
    assert record["name"] == "heartbeat-tvscm int8 (trained on all of heartbeat)"


def test_a_name_that_is_not_there(tvscm):
    code, out, err = tvscm("convert", "zoo:mnist-best")
    assert (code, out, len(err)) == (2, [], 1)
    assert "the zoo has no 'mnist-best'; expected one of mnist-stack" in err[0]
