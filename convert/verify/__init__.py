"""Whether a converted model agrees with what was trained."""
