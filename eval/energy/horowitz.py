"""A second view: Horowitz's energy per operation and per access, 45 nm, 0.9 V.

M. Horowitz, "1.1 Computing's energy problem (and what we can do about it)", ISSCC 2014,
pages 10 to 14, figure 1.1.9, doi:10.1109/ISSCC.2014.6757323. It prices arithmetic and memory
alone, as in a circuit made for the network: no instruction, no clock tree, no leakage.
"""

import math
from typing import Literal

from .cited import Cited
from .figure import Energy, Range

_PAPER = "Horowitz, Computing's energy problem, ISSCC 2014"
_URL = "https://doi.org/10.1109/ISSCC.2014.6757323"


def _figure(low: float, high: float, place: str, note: str = "") -> Cited:
    return Cited(Range(low, high), "pJ", _PAPER, f"figure 1.1.9, {place}", _URL, note=note)


MULTIPLY = {
    "int8": _figure(0.2, 0.2, "integer multiply, 8 bit"),
    "float32": _figure(3.7, 3.7, "FP multiply, 32 bit"),
}
ADD = {
    "int8": _figure(0.1, 0.1, "integer add, 32 bit", "int8 products are summed in 32 bits"),
    "float32": _figure(0.9, 0.9, "FP add, 32 bit"),
}
# 64 bits from the smallest memory that holds the data.
ACCESS = (
    (8 * 1024, _figure(10, 10, "cache, 64 bit, 8 KB")),
    (32 * 1024, _figure(20, 20, "cache, 64 bit, 32 KB")),
    (1024 * 1024, _figure(100, 100, "cache, 64 bit, 1 MB")),
)
DRAM = _figure(1300, 2600, "DRAM", "1.3 to 2.6 nJ")
ACCESS_BYTES = 8


def constants() -> tuple[Cited, ...]:
    """All that is taken from the figure."""
    return (*MULTIPLY.values(), *ADD.values(), *(price for _, price in ACCESS), DRAM)


def access(stored_bytes: int) -> Cited:
    """The price of 64 bits from the smallest memory of the figure that holds so many bytes."""
    return next((price for size, price in ACCESS if stored_bytes <= size), DRAM)


def horowitz(
    multiplications: int,
    additions: int,
    dtype: Literal["int8", "float32"],
    stored_bytes: int,
    read_bytes: int,
) -> Energy:
    """Energy of one inference by operations and by bytes read.

    Args:
        multiplications, additions: of one inference.
        dtype: of weights and activations; int8 sums are 32 bits wide.
        stored_bytes: of the weights: which memory they are read from.
        read_bytes: of data, per inference.
    """
    words = math.ceil(read_bytes / ACCESS_BYTES)
    price = access(stored_bytes)
    picojoules = Range(
        *(
            multiplications * MULTIPLY[dtype].value[end]
            + additions * ADD[dtype].value[end]
            + words * price.value[end]
            for end in (0, 1)
        )
    )
    return Energy(
        "modelled",
        picojoules.times(1e-6),
        "operations and 64-bit accesses at 45 nm, without instructions",
        f"{_PAPER}, figure 1.1.9",
    )
