"""Studies that take minutes to hours, and whose results are recorded in docs/results."""
