"""`board-firmware`: what a board is flashed with, so that `evaluate` can time models on it."""

from pathlib import Path
from typing import Annotated

import typer

from .console import out
from .options import Overwrite
from .start import start


def board_firmware(
    models: Annotated[
        list[Path], typer.Argument(help="The .tflite files, int8; of one or several networks.")
    ],
    output: Annotated[
        Path, typer.Option("--out", "-o", help="Folder to write: an Arduino sketch of its name.")
    ] = Path("tvscm_board"),
    board: Annotated[str, typer.Option(help="What reports call the board.")] = "board",
    overwrite: Overwrite = False,
) -> None:
    """Write the firmware by which a board runs models and times them, as an Arduino sketch.

    \b
    Examples:
      tvscm board-firmware ours.tflite cnn.tflite --board "Nano 33 BLE" -o my_board
      tvscm evaluate ours.tflite cnn.tflite --runtime serial:/dev/ttyACM0
    """
    start("convert", keras=False)
    from keras_tvscm.convert.output import write
    from keras_tvscm.eval.model import read_model
    from keras_tvscm.eval.runtimes.board_firmware import board_firmware as firmware

    written = firmware([read_model(path) for path in models], output.resolve().name, board)
    write({output / name: text.encode() for name, text in written.texts.items()}, overwrite)
    out.print(
        f"{written.constant_bytes:,} bytes of flash for weights and tables, "
        f"{written.memory_bytes:,} of memory; README.md says how to flash it"
    )
    sizes = {"constant_bytes": written.constant_bytes, "memory_bytes": written.memory_bytes}
    sketch = next(output / name for name in written.texts if name.endswith(".ino"))
    out.result(sizes | {"files": sorted(written.texts)}, sketch)
