"""A fresh program that imports the package loads saved models, whatever the program is."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_tvscm import TVSCM, TVSCMConv

LOAD = "print(keras.models.load_model('model.keras').count_params())"
PROGRAMS = {
    "the package first": f"import keras_tvscm, keras; {LOAD}",
    "Keras first": f"import keras, keras_tvscm; {LOAD}",
    "Keras imported by the package": f"from keras_tvscm.models import graph; import keras; {LOAD}",
    "by one of its layers": f"import keras_tvscm.layers.products, keras; {LOAD}",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With a saved model of both layers, 2 + 6 + 27 parameters."""
    path = tmp_path_factory.mktemp("saved")
    model = keras.Sequential(
        [
            keras.Input((8,)),
            TVSCM("banded"),
            keras.layers.Reshape((8, 1)),
            TVSCMConv(2, "random:k=1"),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    model.save(path / "model.keras")
    return path


def printed(program, folder):
    """What a fresh process prints; JAX imports faster than TensorFlow."""
    environment = os.environ | {"KERAS_BACKEND": "jax"}
    done = subprocess.run(
        [sys.executable, *program], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_saved_models_load(folder, program):
    assert printed(["-c", program], folder) == ["59"]


def test_saved_models_load_in_a_script_that_is_called_as_the_command_is(folder):
    (folder / "tvscm.py").write_text(f"import keras_tvscm, keras\n{LOAD}\n")
    assert printed(["tvscm.py"], folder) == ["59"]


def test_keras_looks_as_it_does_alone_and_is_not_imported_before(folder):
    program = (
        "import sys, keras_tvscm\n"
        "assert 'keras' not in sys.modules and 'numpy' not in sys.modules\n"
        "import keras\n"
        "assert keras.__spec__.loader is keras.__loader__\n"
        "print(type(keras.__loader__).__name__, keras.ops.ones(1).shape)\n"
    )
    assert printed(["-c", program], folder) == [type(np.__loader__).__name__, "(1,)"]


def test_a_failed_import_of_keras_can_be_repeated(folder):
    program = (
        "import os, keras_tvscm\n"
        "os.environ['KERAS_BACKEND'] = 'jax'\n"
        "import jax, sys\n"
        "sys.modules['jax'] = None\n"
        "try:\n"
        "    import keras\n"
        "except ModuleNotFoundError:\n"
        "    print('failed')\n"
        "for name in [name for name in sys.modules if name.startswith('keras.')]:\n"
        "    del sys.modules[name]\n"
        "sys.modules['jax'] = jax\n"
        f"import keras; {LOAD}\n"
    )
    assert printed(["-c", program], folder) == ["failed", "59"]
