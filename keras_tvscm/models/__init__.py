"""Whole Keras models: their graph, copies, named networks, files and summaries."""
