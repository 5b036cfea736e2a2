"""The dense network with few weights: pruned, or clustered, by tensorflow-model-optimization.

`dense-pruned` keeps as many weights as `stack` has parameters, those of the largest magnitude; the
others become zero little by little (Zhu and Gupta 2017, arXiv 1710.01878). `dense-clustered` has
`CLUSTERS` different weights in each matrix (Han et al. 2016, arXiv 1510.00149).
"""

from collections.abc import Callable
from typing import Any

import keras
import tf_keras

from keras_tvscm.datasets import Dataset
from keras_tvscm.models import stacks
from keras_tvscm.models.networks import Task

from .epoch import epoch_rows
from .model_optimization import tfmot
from .recipe import Recipe, task_for

CLUSTERS = 16
# Weights go in as many turns, in this share of the steps; in the others those that are left settle.
TURNS = 75
PRUNED_AFTER = 0.75


def tune(
    model: keras.Model,
    recipe: Recipe,
    data: Dataset,
    epochs: range,
    batch: int,
    done: Callable[[dict[str, list[float]]], None],
) -> None:
    """Train a dense network on, in place, as it loses weights.

    Args:
        model: `dense-pruned` or `dense-clustered`.
        recipe: of the whole training.
        data: its data set.
        epochs: the numbers of those to train.
        batch: rows a step.
        done: called after each epoch with its losses and accuracies.
    """
    part = data.train
    used = len(part.x) // batch * batch
    steps = len(epochs) * (used // batch)
    wrapped = WRAPPED[recipe.network](_twin(model), task_for(data), steps)
    rate = tf_keras.optimizers.schedules.CosineDecay(recipe.learning_rate, steps)
    wrapped.compile(
        tf_keras.optimizers.Adam(rate),
        tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    for epoch in epochs:
        logs = wrapped.fit(
            **epoch_rows(recipe, part, epoch, used)._asdict(),
            batch_size=batch,
            shuffle=False,
            verbose=0,
            validation_data=(data.validation.x, data.validation.y),
            validation_batch_size=1024,
            # Does nothing to a model that is not pruned.
            callbacks=[tfmot.sparsity.keras.UpdatePruningStep()],
        ).history
        done(logs)
    stripped = STRIPPED[recipe.network](wrapped)
    for layer in model.layers:
        layer.set_weights(stripped.get_layer(layer.name).get_weights())


def _twin(model: keras.Model) -> Any:
    """The same network of `tf_keras` layers."""
    inputs = outputs = tf_keras.Input(model.input_shape[1:])
    for layer in model.layers:
        twin = tf_keras.layers.Dense(layer.units, layer.activation.__name__, name=layer.name)
        outputs = twin(outputs)
        twin.set_weights(layer.get_weights())
    return tf_keras.Model(inputs, outputs)


def _pruned(model: Any, task: Task, steps: int) -> Any:
    """A copy whose layers lose weights within these steps.

    Each layer keeps a share of the weights as its inputs and outputs are of all (Mocanu et al.
    2018, arXiv 1707.04780), for a small last layer is not to lose as much as a large one.
    """
    stack = (stacks.IMAGE if task.image else stacks.SIGNAL)["stack"]
    kept, _ = stacks.most(stack, task.features, task.image, task.classes)
    ends = sum(sum(kernel.shape) for kernel in model.weights if len(kernel.shape) == 2)
    # The last turn is the one that leaves as many weights as there are to be.
    every = max(1, int(PRUNED_AFTER * steps) // TURNS)
    last = max(1, int(PRUNED_AFTER * steps) // every * every)

    def prune(layer: Any) -> Any:
        inputs, outputs = layer.kernel.shape
        share = kept * (inputs + outputs) / ends / (inputs * outputs)
        schedule = tfmot.sparsity.keras.PolynomialDecay(
            0.0, max(0.0, 1 - share), 0, last, frequency=every
        )
        return tfmot.sparsity.keras.prune_low_magnitude(layer, schedule)

    return tf_keras.models.clone_model(model, clone_function=prune)


def _clustered(model: Any, task: Task, steps: int) -> Any:
    """A copy whose layers have few different weights from the first step on."""
    start = tfmot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS

    def cluster(layer: Any) -> Any:
        return tfmot.clustering.keras.cluster_weights(layer, CLUSTERS, start)

    return tf_keras.models.clone_model(model, clone_function=cluster)


WRAPPED = {"dense-pruned": _pruned, "dense-clustered": _clustered}
STRIPPED = {
    "dense-pruned": tfmot.sparsity.keras.strip_pruning,
    "dense-clustered": tfmot.clustering.keras.strip_clustering,
}
