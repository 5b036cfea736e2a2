"""How long an inference takes on a target, by a table of its operators' times."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..choose.costs import load


@dataclass(frozen=True)
class Prediction:
    """A time that was not measured, but added up.

    Attributes:
        target: the converter's.
        microseconds: of an inference; None if the table lacks an operator of the model.
        runtime: of which the table is.
        place: where it was measured, empty if the table does not say.
    """

    target: str
    microseconds: float | None
    runtime: str
    place: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def in_words(self) -> str:
        """One line."""
        if self.microseconds is None:
            return f"{self.target}: the table of {self.runtime} lacks an operator of the model"
        line = (
            f"{self.target}: {self.microseconds:,.1f} µs an inference, added up of operators' "
            f"times on {self.runtime}, {self.place or 'where is not known'}"
        )
        if self.target == "android" and self.runtime != "android":
            line += (
                "; no phone's: tvscm study calibrate-costs --runtime android measures one, whose "
                "table --costs takes"
            )
        return line


def predict(content: bytes, target: str, costs: Path | None = None) -> Prediction:
    """Add up what the operators of a model cost.

    Args:
        content: of a `.tflite` file.
        target: litert, tflm or android.
        costs: a table in place of the package's own.

    Raises:
        InputError: unknown target, no such table, or no TFLite model.
    """
    table = load(target, costs)
    return Prediction(target, table.microseconds(content), table.runtime, table.place)
