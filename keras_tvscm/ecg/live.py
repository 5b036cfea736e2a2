"""A signal that is still being recorded: each beat's class as soon as it is known."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .classification import Classified, Classifier, classified
from .front_end import RATE, Beat, FrontEnd, to_float
from .gaps import Gaps
from .resampling import Resampler
from .rhythm import LONGEST


@dataclass(frozen=True)
class LiveBeat:
    """A beat, once its class is known.

    Attributes:
        time_s: seconds of R since the stream's start.
        sample: number of the sample at R, at the stream's rate.
        label: the class; "Q" where a gap is in the beat, or beside it.
        rr_before_ms: since the beat before; None where there is none, or a gap is between them.
        probability: of the class; None for "Q".
        latency_ms: of signal from R until the last sample that the answer needed.
        compute_ms: what front end and network took after that sample.
    """

    time_s: float
    sample: int
    label: str
    rr_before_ms: float | None
    probability: float | None
    latency_ms: float
    compute_ms: float

    def to_json(self) -> dict[str, Any]:
        """With `class` in place of `label`."""
        return {{"label": "class"}.get(key, key): value for key, value in asdict(self).items()}


class Live:
    """The beats of a stream; attributes as those of `source.Lead`.

    Args:
        rate: samples a second.
        classifier: the network.

    Raises:
        InputError: see `resampling.filter_for`.

    Example:

        live = Live(360, classifier)
        for block in blocks:
            for beat in live.push(block):
                print(beat.time_s, beat.label)
    """

    name, lead = "from standard input", "unnamed"

    def __init__(self, rate: float, classifier: Classifier) -> None:
        self.rate = rate
        self._classifier = classifier
        self._gaps, self._resampler = Gaps(rate), Resampler(rate)
        self._front_end = FrontEnd()
        self._now = -1  # number of the last sample at 120 a second
        self._last = 0
        self._samples: list[int] = []
        self._probabilities: list[NDArray[np.float32]] = []

    @property
    def length(self) -> int:
        """Samples so far."""
        return self._gaps.samples

    def push(self, block: NDArray[np.float32]) -> Iterator[LiveBeat]:
        """Take samples in mV, float32 (samples,), NaN where they are missing."""
        yield from self._take(self._resampler.push(self._gaps.push(block)))

    def end(self) -> Iterator[LiveBeat]:
        """The beats that wait for what comes after the last sample."""
        yield from self._take(self._resampler.end())
        # As `classification.classify` does.
        yield from self._take(np.full(2 * LONGEST, self._last, np.int16))

    def so_far(self) -> Classified:
        """All beats that were given; to be asked once, after the last sample."""
        self._gaps.end()
        scores = np.array(self._probabilities, np.float32)
        return self._classified(self._samples, scores.reshape(-1, len(self._classifier.classes)))

    def _take(self, samples: NDArray[np.int16]) -> Iterator[LiveBeat]:
        for sample in samples.tolist():
            started = time.perf_counter()
            self._now, self._last = self._now + 1, sample
            beat = self._front_end.push(sample)
            if beat and beat.sample * self.rate < self.length * RATE:
                yield self._answer(beat, started)

    def _answer(self, beat: Beat, started: float) -> LiveBeat:
        probabilities = self._classifier(to_float(beat.x[None]))[0]
        self._samples.append(beat.sample)
        self._probabilities.append(probabilities)
        # With the beat before it, for the gap between them.
        of_two = self._classified(self._samples[-2:], np.array(self._probabilities[-2:]))
        needed = (self._now / RATE) + self._resampler.filter.before / self.rate
        rr, probability = float(of_two.rr[-1]), float(of_two.probabilities[-1])
        return LiveBeat(
            round(float(of_two.seconds[-1]), 4),
            int(of_two.samples[-1]),
            str(of_two.labels[-1]),
            None if np.isnan(rr) else round(rr, 1),
            None if np.isnan(probability) else round(probability, 4),
            round(1000 * (min(needed, self.length / self.rate) - beat.sample / RATE), 1),
            round(1000 * (time.perf_counter() - started), 3),
        )

    def _classified(self, samples: list[int], probabilities: NDArray[np.float32]) -> Classified:
        return classified(
            self, self._classifier, np.array(samples, np.int64), probabilities, self._gaps
        )
