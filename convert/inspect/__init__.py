"""What a `.tflite` file holds and computes, and where it runs."""
