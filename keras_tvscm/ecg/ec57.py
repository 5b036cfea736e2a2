"""Classes of beats and figures of merit, as ANSI/AAMI EC57:2012 reports them."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

# Normal, supraventricular ectopic, ventricular ectopic, fusion of ventricular and normal,
# paced or unclassifiable; and the symbols that WFDB annotations have for them
# (https://archive.physionet.org/physiobank/annotations.shtml).
SYMBOLS = {"N": "NLRBje", "S": "AaJSn", "V": "VEr", "F": "F", "Q": "/fQ?"}
CLASSES = ("N", "S", "V", "F")  # of the networks that see the rhythm; Q is left out
NOTICE = "Research software: no diagnosis, and not a medical device."


@dataclass(frozen=True)
class Figures:
    """What EC57 asks of an algorithm that tells N, S, V and F beats apart; fractions.

    A ratio whose denominator is zero, as the sensitivity to S beats where there are none, is
    None.

    Attributes:
        sensitivity: per class S, V, F: the share of its beats that are found.
        predictivity: per class S, V, F: the share that is right of what is called so. F beats
            that are called V count neither for nor against V, as in EC57.
        false_positive_rate: per class S, V: the share of the beats of other classes that are
            called so; F beats are left out for V.
        j_kappa: half of Cohen's kappa and an eighth of the sum of the sensitivities and
            predictivities of S and V (T. Mar et al., IEEE Transactions on Biomedical
            Engineering 58(8):2168-2177, 2011); 0 for a class that is not there.
    """

    sensitivity: dict[str, float | None]
    predictivity: dict[str, float | None]
    false_positive_rate: dict[str, float | None]
    j_kappa: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def figures(confusion: ArrayLike, classes: tuple[str, ...] = CLASSES) -> Figures:
    """The figures of a matrix of counts, `confusion[true][predicted]`.

    Args:
        confusion: (classes, classes).
        classes: their names, N, S and V among them.

    Examples:

        >>> from keras_tvscm.ecg.ec57 import figures
        >>> found = figures([[90, 5, 5, 0], [2, 8, 0, 0], [0, 0, 10, 0], [1, 0, 3, 0]])
        >>> found.sensitivity["S"], round(found.predictivity["V"], 3)
        (0.8, 0.667)
    """
    counts = np.asarray(confusion, np.float64)
    others = {"V": [classes.index(name) for name in ("F", "Q") if name in classes]}
    others["S"] = [classes.index("Q")] if "Q" in classes else []
    sensitivity: dict[str, float | None] = {}
    predictivity: dict[str, float | None] = {}
    false_positive_rate: dict[str, float | None] = {}
    for name in ("S", "V", "F"):
        if name not in classes:
            continue
        number = classes.index(name)
        right = counts[number, number]
        counted = np.delete(counts, [number, *others.get(name, [])], axis=0)
        wrong = counted[:, number].sum()
        sensitivity[name] = _share(right, counts[number].sum())
        predictivity[name] = _share(right, right + wrong)
        if name != "F":
            false_positive_rate[name] = _share(wrong, counted.sum())
    index = sum(part[name] or 0 for part in (sensitivity, predictivity) for name in ("S", "V"))
    return Figures(
        sensitivity, predictivity, false_positive_rate, cohen_kappa(counts) / 2 + index / 8
    )


def cohen_kappa(confusion: ArrayLike) -> float:
    """Agreement beyond chance of a matrix of counts; 0 where chance alone agrees fully."""
    counts = np.asarray(confusion, np.float64)
    total = counts.sum()
    chance = (counts.sum(axis=0) * counts.sum(axis=1)).sum() / max(total, 1) ** 2
    return float((np.trace(counts) / max(total, 1) - chance) / (1 - chance)) if chance < 1 else 0.0


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
