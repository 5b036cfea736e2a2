"""How networks that are trained already are trained on, unless asked otherwise.

Numbers alone, so that the command line can show them without importing Keras.
"""

BATCH = 128
# Of what was compressed: `distillation`.
DISTILLATION_EPOCHS = 20
DISTILLATION_LEARNING_RATE = 3e-3
TEMPERATURE = 2.0
# With int8's rounding in the way: `convert.quantization_aware`.
QUANTIZATION_AWARE_EPOCHS = 5
QUANTIZATION_AWARE_LEARNING_RATE = 1e-3
