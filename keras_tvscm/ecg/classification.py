"""From a recording to its heartbeats with their classes, a block of ten minutes after another."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from keras_tvscm.errors import InputError
from keras_tvscm.progress import Progress, silent

from .ec57 import CLASSES, SYMBOLS
from .front_end import AFTER, RATE, AnnotatedFrontEnd, Beats, to_float
from .gaps import Gaps
from .resampling import Resampler
from .rhythm import LONGEST
from .source import Lead, Source
from .template import BEFORE

BLOCK = 600  # seconds
# The class of a beat that could not be read, and its WFDB symbol.
UNREADABLE = "Q"


class Classifier(Protocol):
    """A trained network.

    Attributes:
        name: for people.
        classes: names of its classes.
    """

    @property
    def name(self) -> str: ...
    @property
    def classes(self) -> tuple[str, ...]: ...

    def __call__(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, (beats, classes), of rows as `front_end.to_float` gives them."""


class FindsBeats(Protocol):
    """`FrontEnd`, or the same in C."""

    def push_many(self, samples: NDArray[np.int16]) -> Beats:
        """Take samples at 120 a second, and give the beats that are complete then."""


@dataclass(frozen=True, eq=False)
class Classified:
    """The beats of a recording; arrays are (beats,).

    Attributes:
        name, lead, rate, length: of the recording.
        classes: that the network tells apart.
        samples: int64, sample numbers of R at the recording's rate.
        seconds: float64, of R; at 120 a second.
        rr: float64, milliseconds since the beat before; NaN where there is none, or a gap is
            between them.
        labels: class names; "Q" where a gap is in the beat, or beside it.
        probabilities: float32, of that class; NaN for "Q".
        gaps: of the signal.
        annotated: WFDB symbols of the annotator, whose peaks were taken; None where peaks were
            detected.
        notes: one line each: what a user should know.
    """

    name: str
    lead: str
    rate: float
    length: int
    classes: tuple[str, ...]
    samples: NDArray[np.int64]
    seconds: NDArray[np.float64]
    rr: NDArray[np.float64]
    labels: NDArray[np.str_]
    probabilities: NDArray[np.float32]
    gaps: Gaps
    annotated: NDArray[np.str_] | None = None
    notes: tuple[str, ...] = ()

    def confusion(self) -> NDArray[np.int64] | None:
        """Counts, `[annotated][given]`, of N, S, V and F beats; None without annotations.

        Beats that could not be read, or that nobody could classify (Q), are left out.
        """
        if self.annotated is None or self.classes != CLASSES:
            return None
        class_of = {symbol: name for name in CLASSES for symbol in SYMBOLS[name]}
        counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
        for symbol, label in zip(self.annotated.tolist(), self.labels.tolist(), strict=True):
            if symbol in class_of and label != UNREADABLE:
                counts[CLASSES.index(class_of[symbol]), CLASSES.index(label)] += 1
        return counts


def classify(
    source: Source,
    classifier: Classifier,
    front_end: FindsBeats,
    progress: Progress = silent,
) -> Classified:
    """Find and classify the beats of a recording.

    Args:
        source: the recording; where it has annotated peaks, those are taken.
        classifier: the network.
        front_end: finds the peaks otherwise; before its first sample.
        progress: called before each ten minutes.

    Raises:
        InputError: the lead is flat or missing throughout, no beat is found, or a file is
            damaged.
    """
    gaps, resampler = Gaps(source.rate), Resampler(source.rate)
    if source.peaks is not None:
        front_end = AnnotatedFrontEnd(at_120(source.peaks, source.rate))
    at: list[NDArray[np.int64]] = []
    scores: list[NDArray[np.float32]] = []
    last = np.zeros(1, np.int16)

    def take(samples: NDArray[np.int16]) -> None:
        nonlocal last
        last = samples[-1:] if len(samples) else last
        found = front_end.push_many(samples)
        if len(found.samples):
            at.append(found.samples)
            scores.append(classifier(to_float(found.x)))

    size = round(BLOCK * source.rate)
    starts = range(0, source.length, size)
    for number, first in enumerate(starts):
        progress(number, len(starts), f"from {clock(first / source.rate)}")
        take(resampler.push(gaps.push(source.read(first, min(first + size, source.length)))))
    gaps.end()
    about = gaps.notes(source.name, source.lead)
    take(resampler.end())
    # The last sample again and again, as `front_end.beats` does: until the last beat is complete.
    take(np.repeat(last, 2 * LONGEST))
    samples = np.concatenate([*at, np.zeros(0, np.int64)])
    within = samples * source.rate < source.length * RATE
    if not within.any():
        raise InputError(
            f"record {source.name}: no heartbeats in lead {source.lead}; is it an ECG, and in mV? "
            "choose another lead"
        )
    return classified(
        source,
        classifier,
        samples[within],
        np.concatenate(scores)[within],
        gaps,
        symbols=None if source.symbols is None else source.symbols[within],
        notes=tuple(about),
    )


def classified(
    source: Lead,
    classifier: Classifier,
    samples: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    gaps: Gaps,
    *,
    symbols: NDArray[np.str_] | None = None,
    notes: tuple[str, ...] = (),
) -> Classified:
    """Beats with their classes, where no gap is in them or beside them.

    Args:
        samples: (beats,), R at 120 samples a second.
        probabilities: (beats, classes).
        gaps: of the signal.
        symbols, notes: see `Classified`.
    """
    before = np.diff(samples, prepend=samples[:1] - BEFORE)
    after = np.diff(samples, append=samples[-1:] + AFTER)
    # Longer pauses say nothing to the network.
    first = samples - np.clip(before, BEFORE, LONGEST)
    last = samples + np.clip(after, AFTER, LONGEST)
    readable = ~gaps.between(at_rate(first, source.rate), at_rate(last, source.rate))
    rr = before * (1000 / RATE)
    rr[gaps.between(at_rate(samples - before, source.rate), at_rate(samples, source.rate))] = np.nan
    rr[:1] = np.nan
    best = probabilities.argmax(axis=1)
    names = np.array([*classifier.classes, UNREADABLE])
    return Classified(
        source.name,
        source.lead,
        source.rate,
        source.length,
        classifier.classes,
        # R may be moved past an end.
        at_rate(samples, source.rate).clip(0, source.length - 1),
        samples / RATE,
        rr,
        np.where(readable, names[best], UNREADABLE),
        np.where(readable, probabilities.max(axis=1), np.float32(np.nan)),
        gaps,
        symbols,
        notes,
    )


def at_120(samples: NDArray[np.int64], rate: float) -> NDArray[np.int64]:
    """Sample numbers at `rate` as sample numbers at 120 a second."""
    return np.rint(samples * (RATE / rate)).astype(np.int64)


def at_rate(samples: NDArray[np.int64], rate: float) -> NDArray[np.int64]:
    """Sample numbers at 120 a second as sample numbers at `rate`."""
    return np.rint(samples * (rate / RATE)).astype(np.int64)


def clock(seconds: float) -> str:
    """Hours, minutes and seconds, as in 00:10:05."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
