"""What all trainings here share: when patterns are frozen, how rates fall, how steps are run."""

import keras

from keras_tvscm.layers.tvscm_conv import TVSCMConv
from keras_tvscm.models.graph import all_layers

# Learned patterns are frozen after this share of the epochs; the rest trains the values.
FROZEN_AFTER = 0.75


def falling(learning_rate: float, steps: int) -> keras.optimizers.schedules.CosineDecay:
    """From `learning_rate` to zero along a cosine, over that many steps (at least one)."""
    return keras.optimizers.schedules.CosineDecay(learning_rate, max(1, steps))


def steps_at_once(steps_an_epoch: int) -> int:
    """Small networks spend their time between steps: several are handed over together."""
    return min(32, steps_an_epoch)


def pays_to_compile(model: keras.Model) -> bool:
    """XLA's convolutions are several times slower on a CPU than TensorFlow's own."""
    return not any(
        isinstance(layer, TVSCMConv) or hasattr(layer, "kernel_size") for layer in all_layers(model)
    )
