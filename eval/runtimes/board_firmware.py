"""The firmware by which a board runs models and times them: a folder that is an Arduino sketch."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_tvscm.convert.about import about_file
from keras_tvscm.convert.c_source import CSource, generate
from keras_tvscm.convert.c_source.program import C_TYPES
from keras_tvscm.convert.firmware import identifier
from keras_tvscm.errors import InputError

from ..model import Model, distinct

FILES = Path(__file__).parent / "firmware"
# Of the firmware itself, which a model's file may not be called.
OURS = ("tvscm_board", "tvscm_models")


@dataclass(frozen=True)
class Firmware:
    """What a board is flashed with.

    Attributes:
        texts: of each file, by its name.
        constant_bytes: weights and tables of all models, in flash.
        memory_bytes: their inputs, outputs and scratch memory.
    """

    texts: dict[str, str]
    constant_bytes: int
    memory_bytes: int


def board_firmware(models: Sequence[Model], sketch: str, board: str = "board") -> Firmware:
    """Write the firmware that runs these models.

    Args:
        models: int8, or float32 of Dense layers: what `convert --target c` takes. Their files bear
            their names.
        sketch: the folder's name, which the sketch has to bear too.
        board: what reports call the board.

    Raises:
        InputError: a name that cannot be used, two models of one name, or a model of which there
            is no C.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,62}", sketch, re.ASCII):
        raise InputError(
            f"{sketch!r} cannot be a sketch's name; name a folder of at most 63 letters, digits, "
            "_, . and -"
        )
    if not re.fullmatch(r"[\w .,()+-]{1,40}", board, re.ASCII):
        raise InputError(
            f"{board!r} cannot be a board's name; give at most 40 letters, digits, spaces, "
            "commas and ( ) . + -"
        )
    sources: dict[str, CSource] = {}
    for model in distinct(models):
        # Arduino takes names of files of 63 characters at most.
        name = identifier(model.name)[:48].rstrip("_")
        source = generate(model.content, name, about_file(model.path, model.content))
        if source.name in (*sources, *OURS):
            raise InputError(f"two files would be called {source.name}.c; rename {model.path}")
        sources[source.name] = source
    hashes = [hashlib.sha256(model.content).hexdigest() for model in models]
    texts = {f"{sketch}.ino": (FILES / "sketch.ino").read_text()}
    texts |= {name: (FILES / name).read_text() for name in ("README.md", *_names(OURS[0]))}
    texts[f"{OURS[1]}.c"] = _table(list(sources.values()), hashes, board)
    for source in sources.values():
        texts |= dict(zip(_names(source.name), (source.header, source.source), strict=True))
    scratch = max(source.scratch_bytes for source in sources.values())
    return Firmware(
        texts,
        sum(source.constant_bytes for source in sources.values()),
        scratch + sum(_ends_bytes(source) for source in sources.values()),
    )


def _names(stem: str) -> tuple[str, str]:
    return f"{stem}.h", f"{stem}.c"


def _ends_bytes(source: CSource) -> int:
    """Bytes of one input and one output."""
    return (
        source.input_size * np.dtype(source.input_dtype).itemsize
        + source.output_size * np.dtype(source.output_dtype).itemsize
    )


def _table(sources: Sequence[CSource], hashes: Sequence[str], board: str) -> str:
    """The text of `tvscm_models.c`."""
    includes = "\n".join(f'#include "{source.name}.h"' for source in sources)
    words = max(source.scratch_bytes for source in sources) // 4 + 1
    functions = "\n".join(map(_function, sources))
    rows = "\n".join(map(_row, sources, hashes))
    return f"""/* The models of a board. Written by tvscm board-firmware of keras-tvscm; write them
   again, do not edit. */

#include "{OURS[0]}.h"
{includes}

/* Working memory, of whichever model runs. */
static int32_t scratch[{words}];

{functions}
const char tvscm_board_name[] = "{board}";
const struct tvscm_model tvscm_models[] = {{
{rows}
}};
const uint32_t tvscm_model_count = {len(sources)};
"""


def _function(source: CSource) -> str:
    name, prefix = source.name, source.prefix
    return f"""static {C_TYPES[source.input_dtype]} {name}_input[{prefix}_INPUT_SIZE];
static {C_TYPES[source.output_dtype]} {name}_output[{prefix}_OUTPUT_SIZE];

static void {name}_run(void)
{{
    {source.function}({name}_input, {name}_output, scratch);
}}
"""


def _row(source: CSource, sha256: str) -> str:
    name = source.name
    return f"""    {{"{name}",
     "{sha256}",
     {name}_run, (uint8_t *){name}_input, (uint8_t *){name}_output,
     sizeof {name}_input, sizeof {name}_output}},"""
