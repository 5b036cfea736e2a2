"""What a command needs is looked for before any file is read or Keras imported."""

import pytest


@pytest.mark.parametrize("command", ["convert", "evaluate", "quantize-aware"])
def test_a_backend_that_will_not_do_is_refused(tvscm, tmp_path, monkeypatch, command):
    (tmp_path / "no-model").touch()
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert tvscm(command, "no-model") == (
        2,
        [],
        [
            "tvscm: This command needs TensorFlow; run it with KERAS_BACKEND=tensorflow. "
            "Received: jax"
        ],
    )
