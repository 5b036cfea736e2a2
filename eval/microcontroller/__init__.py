"""The study of generated C on microcontrollers: equality, counts, modelled energy, peers."""

from .study import study
from .tables import as_markdown

__all__ = ["as_markdown", "study"]
