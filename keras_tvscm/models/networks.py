"""The networks that the project compares, by name.

`dense` and `tvscm` are the paper's (arXiv 2605.16443, decoded from its parameter
counts); `softmax` is either of them without its first layer: the head alone, which
nothing that keeps the head can beat in size or speed. `dense-small` has a dense hidden
layer of the width that no more parameters than `tvscm`'s pay for; `circulant` has any
symmetric circulant matrix in the place of a two-valued one; `low-rank` is `dense` with its hidden
matrix as a product of two, of `RANK`. `dense-pruned` and `dense-clustered` are `dense`, of which a
training by their recipe leaves few weights that are not zero, or few that differ. The CNNs are in
`small_cnn`, those of beats with their rhythm in `rhythm_networks`, the others in `stacks`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from keras_tvscm.errors import InputError
from keras_tvscm.layers.symmetric_circulant import SymmetricCirculant
from keras_tvscm.layers.tvscm import TVSCM
from keras_tvscm.patterns.pattern import Pattern

from . import rhythm_networks, small_cnn, stacks

# What an engineer would pick instead, and every comparison holds by default.
BASELINES = (
    "dense",
    "softmax",
    "dense-small",
    "dense-pruned",
    "dense-clustered",
    "low-rank",
    *small_cnn.NAMES,
)
NAMES = (*BASELINES, "tvscm", "circulant", *stacks.NAMES, *rhythm_networks.NAMES)

# Of `low-rank`. The biases and the head beside the two factors are more than `stack`'s parameters
# on MNIST, so no rank comes down to those; this one leaves an 18th of the dense network's there,
# and a quarter on the heartbeats.
RANK = 16


@dataclass(frozen=True)
class Task:
    """What a network is built for.

    Attributes:
        features: width of the input.
        classes: width of the output.
        hidden: width of the dense hidden layer.
        image: rows and columns, if the features are an image; else they are a signal.
    """

    features: int
    classes: int
    hidden: int
    image: tuple[int, int] | None = None


# Parameters of dense / tvscm: mnist 623,290 / 7,852; heartbeat 24,709 / 942.
TASKS = {
    "mnist": Task(784, 10, 784, (28, 28)),
    "heartbeat": Task(187, 5, 128),
    "heartbeat-interpatient": Task(187, 5, 128),
    "mnist-excerpt": Task(784, 10, 784, (28, 28)),
    "heartbeat-excerpt": Task(187, 5, 128),
    "digits": Task(64, 10, 64, (8, 8)),
    "ecg-synthetic": Task(187, 5, 128),
    "heartbeat-rhythm": Task(rhythm_networks.FEATURES, 4, 128),
}


def build(
    name: str,
    task: str | Task,
    *,
    pattern: str | Mapping[str, Any] | Pattern = "banded",
    seed: int = 0,
) -> keras.Model:
    """An untrained network from (batch, features) float32 to (batch, classes) logits.

    Args:
        name: one of `NAMES`, or a stack written out (see `stacks.described`).
        task: a name in `TASKS` (data sets share their name with their task), or a `Task`.
        pattern: of the TVSCM layer; see `keras_tvscm.TVSCM`.
        seed: of the initial weights and, where it names none itself, of the pattern.

    Raises:
        InputError: unknown network or task, a pattern that the width does not have, or a network
            of rhythm for other rows.
    """
    if isinstance(task, str):
        if task not in TASKS:
            raise InputError(f"Unknown task {task!r}; expected one of {', '.join(TASKS)}")
        task = TASKS[task]
    check_name(name)
    if name in rhythm_networks.NAMES:
        if task.features != rhythm_networks.FEATURES:
            raise InputError(
                f"The network {name} is for rows of heartbeat-rhythm or of recordings, of "
                f"{rhythm_networks.FEATURES} features. Received: {task.features}"
            )
        return rhythm_networks.build(name, task.classes, seed)
    hidden = _hidden(name, task, pattern, seed)
    head = keras.layers.Dense(task.classes, kernel_initializer=_glorot(seed, 1), name="head")
    # TensorFlow allows neither = nor + in a model's name.
    title = re.sub("[=,+]+", "-", name)
    return keras.Sequential([keras.Input((task.features,)), *hidden, head], name=title)


def check_name(name: str) -> None:
    """Refuse what is neither a network's name nor a stack written out."""
    if stacks.is_description(name):
        stacks.described(name)
    elif name not in NAMES:
        raise InputError(
            f"Unknown network {name!r}; expected one of {', '.join(NAMES)}, or a stack such as "
            "filters=8,near=5,pool=2+filters=16,near=3"
        )


def canonical(name: str) -> str:
    """The network's name in the one spelling that all its spellings have in common."""
    return str(stacks.described(name)) if stacks.is_description(name) else name


def stack_of(name: str, task: Task) -> stacks.Stack | None:
    """The stack that is the network's hidden part; None for the other networks."""
    if stacks.is_description(name):
        return stacks.described(name)
    return (stacks.IMAGE if task.image else stacks.SIGNAL).get(name)


def has_budget(name: str) -> bool:
    """Whether it is a stack whose patterns are learned under a budget."""
    kinds = [stacks.described(name)] if stacks.is_description(name) else []
    kinds += [kind[name] for kind in (stacks.IMAGE, stacks.SIGNAL) if name in kind]
    return any(stage.nonzeros for kind in kinds for stage in kind.stages)


def _hidden(
    name: str, task: Task, pattern: str | Mapping[str, Any] | Pattern, seed: int
) -> list[keras.layers.Layer]:
    """The layers between the input and the head."""
    if stack := stack_of(name, task):
        return stacks.hidden_layers(stack, task.features, task.image, seed)
    if name == "tvscm":
        return [TVSCM(pattern, activation="relu", seed=seed, name="tvscm")]
    if name == "circulant":
        return [SymmetricCirculant("relu", seed=seed, name="circulant")]
    if name == "softmax":
        return []
    if name in small_cnn.NAMES:
        return small_cnn.hidden_layers(name, task.features, task.image, seed)
    # Two scalars and the head of the tvscm network pay for this many dense units.
    affordable = (2 + task.features * task.classes) // (task.features + 1 + task.classes)
    units = max(1, affordable) if name == "dense-small" else task.hidden
    dense = keras.layers.Dense(units, "relu", kernel_initializer=_glorot(seed, 0), name="hidden")
    if name != "low-rank":
        return [dense]
    rank = min(RANK, task.features, task.hidden)
    drawn = _glorot(seed, 2)
    return [
        keras.layers.Dense(rank, use_bias=False, kernel_initializer=drawn, name="factor"),
        dense,
    ]


def _glorot(seed: int, layer: int) -> keras.initializers.Initializer:
    return keras.initializers.GlorotUniform(seed=2 * seed + layer)
