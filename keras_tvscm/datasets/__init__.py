"""Data sets: MNIST, heartbeats, small digits, a synthetic ECG, or your own arrays."""

from .dataset import Dataset, Split
from .loading import NAMES, load

__all__ = ["NAMES", "Dataset", "Split", "load"]
