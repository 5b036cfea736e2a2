"""How many times less a program takes than the dense network's: counted, and modelled."""

from typing import Any, Literal

from keras_tvscm.errors import InputError

from ..energy import Energy, Modelled, Range, modelled_on_parts, ratio
from ..energy.horowitz import horowitz
from ..energy.traffic import parameter_bytes, traffic
from ..model import Model
from .program import Program

BYTES = {"int8": 1, "float32": 4}


def on_parts(program: Program) -> list[Modelled]:
    """One inference on each part whose core was counted."""
    counted = (measured.counts for measured in program.by_core.values())
    return [on_part for counts in counted for on_part in modelled_on_parts(counts)]


def in_silicon(model: Model, dtype: Literal["int8", "float32"]) -> Energy:
    """By Horowitz's figures, in that arithmetic: products, sums, every parameter read once."""
    record = model.required_record()
    if record.multiplications is None or record.additions is None:
        raise InputError(f"{model.path}: the operations of {record.network} cannot be counted")
    size = record.parameters * BYTES[dtype]
    return horowitz(record.multiplications, record.additions, dtype, size, size)


def ratios(dense: Program, program: Program) -> dict[str, Any]:
    """JSON-ready: the dense network's figure over the program's.

    `cores` are counted, `parts` and `horowitz` modelled; a ratio is None where one of the two
    does not fit.
    """
    cores = {}
    for core, measured in program.by_core.items():
        of_dense = dense.by_core[core].counts
        parameters = (m.required_record().parameters for m in (dense.model, program.model))
        access = traffic(of_dense, measured.counts, *parameters)
        cores[core] = {
            "instructions": of_dense.instructions / measured.counts.instructions,
            "loads_and_stores": access.loads_and_stores,
            "accesses": access.accesses,
            "bytes_read": access.bytes_read,
            "flash": of_dense.flash_bytes / measured.counts.flash_bytes,
        }
    parts = {
        modelled_energy.part: _ratio(of_dense.energy, modelled_energy.energy)
        for of_dense, modelled_energy in zip(on_parts(dense), on_parts(program), strict=True)
    }
    return {"cores": cores, "parts": parts}


def parameter_ratio(dense: Model, model: Model) -> float:
    """The paper's memory access: float32 parameters."""
    of_dense, of_model = (
        parameter_bytes(each.required_record().parameters) for each in (dense, model)
    )
    return of_dense / of_model


def horowitz_ratios(dense: Model, model: Model) -> dict[str, Any]:
    """The dense network's energy over the model's, both in one arithmetic, and from one to the
    other.
    """
    pairs: dict[str, tuple[Literal["int8", "float32"], Literal["int8", "float32"]]] = {
        "float32": ("float32", "float32"),
        "int8": ("int8", "int8"),
        "float32_to_int8": ("float32", "int8"),
    }
    return {
        name: _ratio(in_silicon(dense, of_dense), in_silicon(model, own))
        for name, (of_dense, own) in pairs.items()
    }


def _ratio(dense: Energy, other: Energy) -> dict[str, float] | None:
    try:
        bounds: Range = ratio(dense, other)
    except InputError:
        return None
    return bounds._asdict()
