"""What a command needs is looked for before anything is read or imported."""

import pytest


@pytest.mark.parametrize("command", ["convert", "evaluate", "quantize-aware"])
def test_a_backend_that_will_not_do_is_refused(tvscm, monkeypatch, command):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert tvscm(command, "no-such-file") == (
        2,
        [],
        [
            "tvscm: This command needs TensorFlow; run it with KERAS_BACKEND=tensorflow. "
            "Received: jax"
        ],
    )
