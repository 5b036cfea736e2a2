"""`demo`: the whole line in one command."""

from pathlib import Path
from typing import Annotated

import typer

from .convert import convert
from .evaluate import evaluate
from .options import Rounds
from .train import train


def demo(
    output: Annotated[Path, typer.Option("--out", "-o", help="Folder of the demo.")] = Path(
        "runs/demo"
    ),
    epochs: Annotated[int, typer.Option(help="Passes over the training part.")] = 120,
    rounds: Rounds = 50,
) -> None:
    """The whole line on 8 x 8 digits, without a download: train, convert, compare, report."""
    models = []
    # Two whose ReLUs clip: others, trained on these images, are softmax regressions.
    for pattern in ("random:k=1,seed=15", "half:seed=3"):
        run = output / pattern
        train("digits", pattern=pattern, epochs=epochs, output=run)
        models.append(run / "int8.tflite")
        convert(run, output=models[-1])
    evaluate(
        models,
        rounds=rounds,
        baselines=output / "baselines",
        baseline_epochs=epochs,
        output=output / "report",
    )
