"""With Keras, NumPy and JAX alone: the layers work, and the rest says what to install.

`make test-wheel` runs this in an environment that holds no more.
"""

import json
import os
import subprocess
import sys

import pytest

from keras_tvscm.extras import MODULES, MissingExtra, need

# JAX needs SciPy itself.
REST = sorted({module for modules in MODULES.values() for module in modules} - {"scipy"})


def run(program, folder, *arguments):
    """A fresh process in which none of the extras' modules can be imported."""
    missing = f"import sys\nsys.modules.update(dict.fromkeys({REST}))\n"
    return subprocess.run(
        [sys.executable, "-c", missing + program, *arguments],
        cwd=folder,
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )


TRAINING = """
import keras_tvscm
import keras
import numpy as np

assert keras.backend.backend() == "jax"
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(96, 8)).astype("float32")
y = (x[:, 0] > x[:, 3]).astype("int32")
model = keras.Sequential(
    [
        keras.Input((8,)),
        keras_tvscm.TVSCM("learned", activation="relu"),
        keras.layers.Reshape((8, 1)),
        keras_tvscm.TVSCMConv(3, "half:seed=1", activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(2),
    ]
)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.Adam(0.03), loss)
losses = model.fit(x, y, epochs=10, batch_size=32, verbose=0).history["loss"]
frozen = keras_tvscm.freeze(model)
frozen.save("model.keras")
loaded = keras.models.load_model("model.keras")
np.testing.assert_array_equal(loaded.predict(x, verbose=0), frozen.predict(x, verbose=0))
print(losses[-1] < 0.8 * losses[0], loaded.layers[0].count_params())
"""
COMMAND = """
from keras_tvscm.cli import main
sys.argv[0] = "tvscm"
main()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a model was trained, frozen, saved and loaded."""
    path = tmp_path_factory.mktemp("core")
    done = run(TRAINING, path)
    assert (done.stdout.split(), done.returncode) == (["True", "2"], 0), done.stderr
    return path


def test_a_model_trains_saves_loads_and_is_summarised(folder):
    done = run(COMMAND, folder, "summary", "model.keras")
    assert (done.returncode, done.stderr) == (0, "")
    assert "With dense layers in their place: 330 parameters" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "module", "extra"),
    [
        (["convert", "model.keras"], "tensorflow", "convert"),
        (["inspect", "model.tflite"], "tensorflow", "convert"),
        (["evaluate", "model.keras"], "matplotlib", "eval"),
        (["train", "digits"], "sklearn", "datasets"),
        (["quantize-aware", "model.keras"], "tensorflow_model_optimization", "qat"),
    ],
)
def test_a_command_says_in_one_line_what_to_install(folder, arguments, module, extra):
    done = run(COMMAND, folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"tvscm: This command needs {module}, which is not installed: "
        f"pip install 'keras-tvscm[{extra}]'\n"
    )
    assert [path.name for path in folder.iterdir()] == ["model.keras"]


def test_the_doctor_says_what_else_there_is(folder):
    done = run(COMMAND, folder, "doctor", "--json")
    assert done.returncode == 0
    facts = {fact["name"]: fact for fact in json.loads(done.stdout)["facts"]}
    assert facts["of Keras"] == {
        "about": "backend",
        "name": "of Keras",
        "works": True,
        "said": "jax",
    }
    for name, extra in (("TFLite-Micro", "convert"), ("zig cc, Unicorn", "cortex-m")):
        assert facts[name]["said"] == f"needs the extra {extra}"
    assert facts["mnist"]["said"] == "needs the extra datasets"


def test_so_does_a_backend_that_is_missing(folder):
    program = "import os\nos.environ['KERAS_BACKEND'] = 'tensorflow'\n" + COMMAND
    done = run(program, folder, "summary", "model.keras")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "tvscm: Keras is set to tensorflow, which is not installed: install it, or set "
        "KERAS_BACKEND to one that is (tensorflow, jax, torch)\n"
    )


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import keras_tvscm.convert", "Conversion needs tensorflow"),
        ("from keras_tvscm import quantization_aware", "Conversion needs tensorflow"),
        ("from keras_tvscm import datasets; datasets.load('digits')", "A data set needs sklearn"),
    ],
)
def test_so_does_a_function(folder, program, message):
    done = run(program, folder)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].partition(": ")[2].startswith(message)


def test_a_missing_extra_is_bad_input_and_a_failed_import(monkeypatch):
    monkeypatch.setitem(sys.modules, "emlearn", None)
    with pytest.raises(MissingExtra) as caught:
        need("peers", "Counting it")
    assert str(caught.value) == (
        "Counting it needs emlearn, which is not installed: pip install 'keras-tvscm[peers]'"
    )
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, ImportError)
