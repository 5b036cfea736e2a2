"""The TFLite format: reading, changing and writing its flatbuffers."""
