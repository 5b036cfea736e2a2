"""From `.tflite` files to measurements to a report."""
