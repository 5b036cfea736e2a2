"""The callback that thins out trained patterns step by step."""

from typing import Any

import keras

from .pattern_layer import PatternLayer


class BudgetSchedule(keras.callbacks.Callback):
    """Lowers the budgets of learned patterns from all offsets to what was asked for.

    Pass it to `model.fit(..., callbacks=[BudgetSchedule()])`: a pattern that is thinned out
    step by step ends better than one that is sparse from the first. It reaches layers inside
    other models and wrappers too.

    Examples:

        >>> import keras
        >>> from keras_tvscm import TVSCM, BudgetSchedule
        >>> layer = TVSCM("learned:nonzeros=3", activation="relu")
        >>> model = keras.Sequential([keras.Input((12,)), layer, keras.layers.Dense(3)])
        >>> model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        >>> history = model.fit(x, y, epochs=4, verbose=0, callbacks=[BudgetSchedule()])
        >>> len(layer.pattern.a + layer.pattern.b)
        3
    """

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        for layer in self.model._flatten_layers():
            if isinstance(layer, PatternLayer):
                layer.set_progress(epoch / self.params["epochs"])
