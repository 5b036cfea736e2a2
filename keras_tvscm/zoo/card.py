"""What is to be known of a network in the zoo."""

from dataclasses import asdict, dataclass
from typing import Any

TASKS = {
    "mnist": "handwritten digits: 28 x 28 pixels in 0 .. 1, row by row, to 10 classes",
    "heartbeat": "heartbeats: 187 samples at 125 Hz in 0 .. 1, to the classes N, S, V, F, Q",
}
LICENCES = {
    "mnist": "CC BY-SA 3.0, as the images of MNIST that it was trained on",
    "heartbeat": "MIT; trained on the MIT-BIH Arrhythmia Database 1.0.0 (ODC-By 1.0)",
}
LIMITS = {
    "mnist": "Digits that are centred and scaled as MNIST's; other scans need the same treatment.",
    "heartbeat": "Beats of its test rows come from patients it was trained on: on new patients it "
    "is far worse (see the results of heartbeat-interpatient). No medical device.",
}


@dataclass(frozen=True)
class Counted:
    """An inference of generated C on an emulated Cortex-M4F: counts, no time."""

    instructions: int
    flash_bytes: int
    sram_bytes: int


@dataclass(frozen=True)
class Card:
    """A network's facts, each as the command that made it found it.

    Attributes:
        name: what `zoo.load` takes.
        network: as `tvscm train --network` names it.
        dataset: what it was trained on, whole.
        command: trains it again, with the same seed.
        seed, epochs: of the training.
        parameters: trained values.
        accuracy, macro_f1: of the Keras model on the whole test part, fractions.
        int8_accuracy: of its C in int8, the same.
        bytes: of the int8 `.tflite` file for LiteRT.
        counted: of its C, converted for that, on a Cortex-M4F.
        machine, versions: where it was made.
    """

    name: str
    network: str
    dataset: str
    command: str
    seed: int
    epochs: int
    parameters: int
    accuracy: float
    macro_f1: float
    int8_accuracy: float
    bytes: int
    counted: Counted
    machine: dict[str, Any]
    versions: dict[str, str]

    @property
    def excerpt(self) -> str:
        """The data set that ships and has rows of each part that it was trained and judged on."""
        return f"{self.dataset}-excerpt"

    @property
    def licence(self) -> str:
        """Under which its weights are passed on."""
        return LICENCES[self.dataset]

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Card":
        """What `to_json` gave."""
        return cls(**(values | {"counted": Counted(**values["counted"])}))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        """The model card, as text."""
        lines = {
            "task": TASKS[self.dataset],
            "network": f"{self.network}, {self.parameters:,} parameters",
            "test accuracy": f"{100 * self.accuracy:.2f} %, macro-F1 {self.macro_f1:.3f}; in int8 "
            f"{100 * self.int8_accuracy:.2f} %",
            "int8 .tflite": f"{self.bytes:,} bytes",
            "on a Cortex-M4F": f"{self.counted.instructions:,} instructions (counted, not timed), "
            f"{self.counted.flash_bytes:,} bytes of flash, {self.counted.sram_bytes:,} of SRAM",
            "limits": LIMITS[self.dataset],
            "licence": self.licence,
            "made by": f"{self.command} ({self.epochs} epochs, seed {self.seed})",
            "made with": ", ".join(f"{name} {value}" for name, value in self.versions.items()),
        }
        width = max(map(len, lines))
        return "\n".join([self.name, *(f"  {key:<{width}}  {lines[key]}" for key in lines)])
