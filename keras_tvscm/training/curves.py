"""Learning curves of one run, as an SVG."""

import os


def draw(history: list[dict[str, float]], path: str | os.PathLike[str]) -> None:
    """Draw loss and accuracy over epochs, of the training and the validation part.

    Args:
        history: per epoch `loss`, `accuracy`, `val_loss`, `val_accuracy`.
        path: of the SVG file to write.
    """
    from matplotlib.figure import Figure  # comes with the extra `datasets`

    figure = Figure(figsize=(8, 3), layout="constrained")
    epochs = range(1, len(history) + 1)
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(epochs, [epoch[name] for epoch in history], label="training")
        axes.plot(epochs, [epoch[f"val_{name}"] for epoch in history], label="validation")
        axes.set(xlabel="epoch", ylabel=name)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, format="svg")
