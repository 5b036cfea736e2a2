"""Options check themselves, before any model is looked at."""

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from keras_tvscm.convert.options import DTYPES, Options
from keras_tvscm.errors import InputError


@pytest.mark.parametrize("dtype", DTYPES)
def test_input_and_output_have_the_usual_type_of_the_arithmetic(dtype):
    assert Options(dtype=dtype).io_dtype == DTYPES[dtype][0]
    assert Options(dtype=dtype, io_dtype="float32").io_dtype == "float32"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dtype": "int4"}, "Unknown dtype 'int4'; expected one of int8, int8x4, int16x8, float32"),
        ({"io_dtype": "int16"}, "Input and output of int8 are int8 or uint8 or float32"),
        ({"target": "gpu"}, "Unknown target 'gpu'; expected one of litert, tflm, android, c"),
        ({"prefer": "fun"}, "Unknown preference 'fun'; expected one of time, bytes"),
        ({"require": ["here"]}, "Unknown runtime 'here'"),
        ({"calibration_rows": 0}, "at least 1 row. Received: 0"),
        ({"stripped": True, "target": "android"}, "carries the metadata that a stripped one lacks"),
        ({"lowering": "signal"}, "signal is for the target tflm in int8 throughout"),
        ({"lowering": {"one": "signal"}}, "signal is for the target tflm in int8 throughout"),
        (
            {"target": "c", "dtype": "int16x8"},
            "C is written of int8 and float32 models. Received: 'int16x8'",
        ),
        ({"target": "c", "costs": Path("costs.json")}, "a table of costs is for a runtime"),
    ],
)
def test_what_does_not_exist_or_go_together_is_refused(arguments, message):
    with pytest.raises(InputError, match=message) as refused:
        Options(**arguments)
    # The library does not know the command line.
    assert "--" not in str(refused.value)


def test_what_the_target_needs_is_required():
    assert Options().required_runtimes == ()
    assert Options(target="c", require=("litert-builtin",)).required_runtimes == (
        *("litert-builtin", "tflm"),
    )
    assert Options(target="tflm", require=("tflm",)).required_runtimes == ("tflm",)


def test_they_cannot_change():
    options = Options()
    with pytest.raises(FrozenInstanceError):
        options.dtype = "float32"
    assert replace(options, seed=3) == Options(seed=3) != options
