"""How a loader made the numbers of a data set out of what is stored."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scaling:
    """What a loader did to every sample.

    An app must do the same to what it measures before it asks the model.

    Attributes:
        divided_by: every stored sample was divided by this; 1 where none was changed.
        by_row: each row was moved and stretched to span 0 to 1, so that the size of
            the stored samples is lost.

    Examples:

        >>> import numpy as np
        >>> from keras_tvscm.datasets import Scaling
        >>> scaling = Scaling(divided_by=16)
        >>> print(scaling, scaling.apply(np.array([4, 16])))
        divided by 16 [0.25 1.  ]
    """

    divided_by: float = 1.0
    by_row: bool = False

    def apply(self, x: NDArray[Any]) -> NDArray[np.float32]:
        """Divide stored samples; rows are scaled one by one where they are cut."""
        if self.divided_by == 1:
            return x.astype(np.float32, copy=False)
        return np.divide(x, self.divided_by, dtype=np.float32)

    def __str__(self) -> str:
        if self.by_row:
            return "each row moved and stretched to span 0 to 1"
        return "not rescaled" if self.divided_by == 1 else f"divided by {self.divided_by:g}"


NONE = Scaling()
BY_ROW = Scaling(by_row=True)
# Integers of 8 bits are pixels: 0 to 255.
BYTES = Scaling(255.0)


def rescaled(recorded: Any) -> bool:
    """Whether a record's `scaling`, None where it has none, is of rescaled rows.

    Before records had one, every loader rescaled as it does by default.
    """
    return bool(recorded != asdict(NONE))
