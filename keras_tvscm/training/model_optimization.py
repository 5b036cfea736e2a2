"""tensorflow-model-optimization, loaded so that `tf.keras` stays Keras 3.

It works on `tf_keras` alone, and turns tf.keras into that for the whole process, unless tf.keras
was loaded before; and for child processes, by a variable that is put back here.
"""

import os
import warnings

import tensorflow as tf

_loaded = tf.keras.Model
_legacy = os.environ.get("TF_USE_LEGACY_KERAS")
try:
    with warnings.catch_warnings():
        # It compares versions with what Python deprecates.
        warnings.filterwarnings("ignore", "distutils Version classes", DeprecationWarning)
        import tensorflow_model_optimization as tfmot
finally:
    if _legacy is None:
        os.environ.pop("TF_USE_LEGACY_KERAS", None)
    else:
        os.environ["TF_USE_LEGACY_KERAS"] = _legacy

__all__ = ["tfmot"]
