"""`demo`: the whole line in one command."""

from pathlib import Path
from typing import Annotated

import typer

from .console import out
from .convert import convert
from .evaluate import evaluate
from .options import Epochs, Rounds
from .train import train

DATASET = "mnist-excerpt"
NEXT = """Try next:
  tvscm convert zoo:mnist-fast --target c -o digits.c   # C for a microcontroller, verified
  tvscm convert your-model.keras --dataset your-data.npz -o your-model.tflite
  tvscm compress your-model.keras --dataset your-data.npz   # its Dense layers by TVSCM layers"""


def demo(
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the demo.")] = Path(
        "runs/demo"
    ),
    epochs: Epochs = None,
    rounds: Rounds = 30,
) -> None:
    """The whole line on 9,000 MNIST digits that ship: train, convert, compare, report."""
    models = []
    for network in ("stack", "tvscm"):
        run = output / network
        train(DATASET, network=network, epochs=epochs, output=run)
        models.append(run / "int8.tflite")
        convert(run, output=models[-1])
    evaluate(
        models,
        rounds=rounds,
        core=["cortex-m4"],
        baseline=["dense", "softmax", "cnn-small"],
        baselines=output / "baselines",
        baseline_epochs=epochs,
        output=output / "report",
    )
    out.print(NEXT)
