"""Trained networks that ship with the package: `zoo.load("mnist-fast")`.

Each is a folder with `model.keras` and its card: what made it, what it reaches, and its licence.
`tvscm study make-zoo` makes them again.
"""

from .card import Card, Counted
from .shelf import NAMES, card, folder, is_zoo, load

__all__ = ["NAMES", "Card", "Counted", "card", "folder", "is_zoo", "load"]
