"""Training on with int8's rounding in the way."""
