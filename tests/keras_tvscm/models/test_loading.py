"""A `.keras` file is input like any other: it loads, or one line says why not."""

import io
import json
import shutil
import struct
import zipfile

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keras_tvscm import TVSCM, TVSCMConv, freeze
from keras_tvscm.errors import InputError
from keras_tvscm.models import loading, networks

once = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def model():
    return networks.build("tvscm", networks.Task(6, 3, 6), pattern="half:seed=1", seed=2)


@pytest.fixture(scope="module")
def content(model, tmp_path_factory):
    """The bytes of a `.keras` file."""
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    model.save(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.keras"


def refusal(path):
    with pytest.raises(InputError) as caught:
        loading.load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def with_config(content, config):
    """The same file, whole in every other way, with another config.json."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, config if name == "config.json" else old.read(name))
    return changed.getvalue()


def config_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("config.json")


def weights_of(model):
    return [weight.tolist() for weight in model.get_weights()]


def test_loads_a_file_or_the_model_of_a_run_folder(model, content, path):
    path.write_bytes(content)
    for source in (path, str(path), path.parent):
        assert weights_of(loading.load(source)) == weights_of(model)
    assert loading.load(path).layers[0].pattern == model.layers[0].pattern


def test_a_model_that_nobody_has_named_is_named_after_its_file(tmp_path):
    layers = [keras.Input((2,)), keras.layers.Dense(1)]
    for own, named in (("sequential_7", "my-net-2"), ("sequential_net", "sequential_net")):
        keras.Sequential(layers, name=own).save(tmp_path / "my net-2.keras")
        assert loading.load(tmp_path / "my net-2.keras").name == named


def test_the_optimizer_stays_where_it_is(model, path):
    compiled = keras.models.clone_model(model)
    compiled.compile("adam", "mse")
    compiled.save(path)
    assert not loading.load(path).compiled


def test_nothing_there(tmp_path, path):
    assert "expected a .keras file or a run folder" in refusal(path)
    with pytest.raises(InputError, match=r"no model at .*model\.keras"):
        loading.load(tmp_path)


@pytest.mark.parametrize("other", [b"", b"text", b"PK" + bytes(500)])
def test_what_is_not_an_archive(path, other):
    path.write_bytes(other)
    assert "is not a .keras file: File is not a zip file" in refusal(path)


def test_another_suffix(content, path):
    other = path.with_suffix(".zip")
    other.write_bytes(content)
    assert "is not named .keras; save the model with model.save" in refusal(other)


def test_an_archive_of_something_else(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "cannot load" in refusal(path)


@once
@given(share=st.floats(0, 1, exclude_max=True))
def test_cut_short(content, path, share):
    path.write_bytes(content[: int(share * len(content))])
    assert "is not a .keras file" in refusal(path)


def test_an_hdf5_file_and_the_line_that_turns_it_into_what_is_read(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)]).save("old.h5")
    line = refusal("old.h5").partition('python -c "')[2].removesuffix('"')
    assert line.startswith("import keras; keras.models.load_model('old.h5', compile=False).save")
    exec(line)
    assert loading.load("old.keras").output_shape == (None, 2)


def test_a_saved_model_folder(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(InputError, match=r"is a SavedModel folder.*tf_keras.models.load_model"):
        loading.load(tmp_path)


def with_member(content, name, data):
    changed = io.BytesIO(content)
    with zipfile.ZipFile(changed, "a") as archive:
        archive.writestr(name, data)
    return changed.getvalue()


def of_layers(*layers):
    """The description of a Sequential of these, as Keras writes it."""
    model = keras.Sequential([keras.Input((6,)), *layers])
    return keras.saving.serialize_keras_object(model)


def weights_of_shape(shape):
    import h5py

    sent = io.BytesIO()
    with h5py.File(sent, "w") as file:
        file.create_dataset("layers/dense/vars/0", shape, "f4", chunks=(1024,))
    return sent.getvalue()


def wide(units):
    config = of_layers(keras.layers.Dense(3))
    config["config"]["layers"][1]["config"]["units"] = units
    config["config"]["layers"][1].pop("build_config")
    return config


def repeated(times):
    config = of_layers(keras.layers.RepeatVector(2))
    config["config"]["layers"][1]["config"]["n"] = times
    return config


def of_many_filters(filters):
    config = of_layers(TVSCMConv(2, "random:k=1"))
    config["config"]["layers"][1]["config"]["filters"] = filters
    return config


BOMBS = {
    "filters without end": (
        lambda c: with_config(c, json.dumps(of_many_filters(10**12))),
        "would have 1,000,000,000,000 patterns of width 6; at most 262,144 patterns",
    ),
    "brackets": (lambda c: with_config(c, "[" * 100_000), "cannot load"),
    "a long description": (
        lambda c: with_config(c, b" " * 17_000_000),
        "describes its model in 17,",
    ),
    "a description of many layers": (
        lambda c: with_config(c, json.dumps([{"class_name": "Dense"}] * 20_001)),
        "describes 20,001 objects; at most 20,000",
    ),
    "a wide layer": (lambda c: with_config(c, json.dumps(wide(10**9))), "its weights take 24,000,"),
    "rows repeated": (
        lambda c: with_config(c, json.dumps(repeated(10**9))),
        "gives 6,000,000,000 numbers for one row",
    ),
    "weights of a shape alone": (
        lambda c: with_weights(c, weights_of_shape((10**10,))),
        "declares 40,000,000,000 bytes of weights",
    ),
    "no weights": (lambda c: with_weights(c, b""), "cannot load"),
    "not JSON": (lambda c: with_config(c, b"\xff\xfe"), "cannot load"),
    "a number": (lambda c: with_config(c, "1e999"), "cannot load"),
}


def with_weights(content, weights):
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, weights if name == "model.weights.h5" else old.read(name))
    return changed.getvalue()


@pytest.mark.parametrize("kind", BOMBS)
def test_what_would_take_more_than_there_is(content, path, kind):
    make, message = BOMBS[kind]
    path.write_bytes(make(content))
    assert message in refusal(path)


def test_other_members_are_left_alone(model, content, path):
    path.write_bytes(with_member(content, "../../outside.txt", "hello"))
    with pytest.warns(UserWarning, match="Skipping invalid path"):
        loaded = loading.load(path)
    assert weights_of(loaded) == weights_of(model)
    assert not (path.parents[1] / "outside.txt").exists()


@once
@given(share=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_an_altered_byte_changes_nothing_or_is_refused(model, content, path, share, bits):
    altered = bytearray(content)
    altered[int(share * len(content))] ^= bits
    path.write_bytes(altered)
    try:
        loaded = loading.load(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        # Time stamps and the like; the archive has check sums of all else.
        assert weights_of(loaded) == weights_of(model)


@once
@given(share=st.floats(0, 1, exclude_max=True), byte=st.sampled_from(b'09{}[]",:aN\\ \xff'))
def test_an_altered_description_is_a_model_or_refused(content, path, share, byte):
    config = bytearray(config_of(content))
    config[int(share * len(config))] = byte
    path.write_bytes(with_config(content, bytes(config)))
    try:
        assert isinstance(loading.load(path), keras.Model)
    except InputError as error:
        assert "\n" not in str(error)


def test_offsets_that_the_width_does_not_have(content, path):
    config = config_of(content)
    assert b"half:seed=1" in config
    path.write_bytes(with_config(content, config.replace(b"half:seed=1", b"offsets:a=9")))
    assert "Offset 9 is out of range: width 6 has offsets 0 to 3" in refusal(path)


@pytest.fixture(scope="module", params=["tvscm", "heads"])
def packed(request, tmp_path_factory):
    """The bytes of a `.keras` file of a frozen model, and the text of its pattern."""
    learned = {"tvscm": TVSCM("learned"), "heads": TVSCMConv(3, "learned:reach=5")}
    model = keras.Sequential([keras.Input((40,)), learned[request.param]])
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    freeze(model).save(path)
    config = json.loads(config_of(path.read_bytes()))
    return path.read_bytes(), config["config"]["layers"][1]["config"]["pattern"]["packed"]


def with_packed(packed, change, **others):
    content, _ = packed
    config = json.loads(config_of(content))
    spec = config["config"]["layers"][1]["config"]["pattern"]
    spec |= {"packed": change(spec["packed"]), **others}
    return with_config(content, json.dumps(config))


def test_a_frozen_model_loads(packed, path):
    path.write_bytes(with_packed(packed, lambda text: text))
    layer = loading.load(path).layers[0]
    spec = layer.get_config()["pattern"]
    assert (layer.count_params(), spec["packed"]) in ((2, packed[1]), (9, packed[1]))


@once
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 6))
def test_a_flipped_bit_in_a_packed_pattern(packed, path, share, bit):
    place = int(share * len(packed[1]))

    def change(text):
        return text[:place] + chr(ord(text[place]) ^ 1 << bit) + text[place + 1 :]

    path.write_bytes(with_packed(packed, change))
    assert "cannot load" in refusal(path)
    assert "The packed pattern is corrupted" in refusal(path)


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: "", lambda text: None])
def test_a_packed_pattern_cut_short(packed, path, change):
    path.write_bytes(with_packed(packed, change))
    assert "The packed pattern is corrupted" in refusal(path)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"reach": 0}, "The packed pattern is corrupted: it does not hold"),
        ({"reach": 21}, "Width 40 has offsets 0 to 20"),
        ({"reach": "5"}, "reach is a whole number"),
    ],
)
def test_a_packed_pattern_of_another_neighbourhood(packed, path, others, message):
    path.write_bytes(with_packed(packed, lambda text: text, **others))
    assert message in refusal(path)


def test_a_layer_that_is_neither_keras_nor_ours(path):
    class Mine(keras.layers.Layer):
        def call(self, inputs):
            return inputs

    keras.Sequential([keras.Input((6,)), Mine()]).save(path)
    assert "Could not locate class 'Mine'" in refusal(path)


def test_code_in_a_file_is_not_run(path):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Lambda(lambda x: 2 * x)])
    model.save(path)
    assert "lambda" in refusal(path).lower()


def test_a_layer_is_not_a_model(content, path):
    layer = keras.saving.serialize_keras_object(keras.layers.ReLU())
    path.write_bytes(with_config(content, json.dumps(layer)))
    assert "holds a ReLU, not a keras.Model" in refusal(path)


def test_more_than_memory_is_refused_before_unpacking(path):
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("config.json", "model.weights.h5"):
            archive.writestr(name, "{}")
    altered = bytearray(path.read_bytes())
    for entry in (altered.find(b"PK\1\2"), altered.rfind(b"PK\1\2")):
        altered[entry + 24 : entry + 28] = struct.pack("<I", 2**32 - 2)  # unpacked size
    path.write_bytes(altered)
    assert "would unpack to 8,589,934,588 bytes; at most 600,000,000" in refusal(path)


def test_the_model_is_read_where_it_is(content, tmp_path):
    """A run folder that was moved is still a run folder."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "model.keras").write_bytes(content)
    moved = shutil.move(tmp_path / "run", tmp_path / "with spaces é")
    np.testing.assert_array_equal(loading.load(moved)(np.ones((1, 6))).shape, (1, 3))
