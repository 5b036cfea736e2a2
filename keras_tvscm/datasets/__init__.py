"""Data sets: MNIST, heartbeats, small digits, a synthetic ECG, or your own files."""

from .dataset import Dataset, Split
from .loading import NAMES, load
from .scaling import Scaling

__all__ = ["NAMES", "Dataset", "Scaling", "Split", "load"]
