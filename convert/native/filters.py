"""A bank of filters, with the largest of each pooling window, as one C function."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..c_source.moves import in_order, pointer
from ..c_source.program import Pointer as P
from ..c_source.program import Program, View, call, code
from .filter_bank import FilterBank
from .phases import SLACK, Phases, Pooling, phases
from .program import VectorProgram, width
from .sums import Sums, sums

# Beyond these a layer takes more code, or more memory, than it is worth.
MOST_ADDITIONS = 20_000
MOST_BYTES = 2**20


def filters(program: VectorProgram, bank: FilterBank, pooling: Pooling) -> int | None:
    """The buffer that the outputs are written to, plane by plane.

    Args:
        program: gets the step.
        bank: the filters.
        pooling: of which the largest are taken; `Pooling.none` for all outputs.

    Returns:
        The buffer; None where the function would be too large.
    """
    planes, n = bank.places.shape
    layout = phases(pooling, bank.shifts, "int8_t" if bank.others is None else "short_t")
    added = sums(bank)
    wide = -(-(n + 2 * layout.extension + 2 * SLACK) // 64) * 64
    if bank.others is not None:
        wide *= 4  # bytes of pairs, and their sums
    size = wide + 2 * (planes * layout.size + 2 * SLACK)
    if added.additions + len(added.groups) > MOST_ADDITIONS or size > MOST_BYTES:
        return None
    source, plane = _source(program, bank)
    work = program.buffer(size)
    outputs = pooling.outputs
    # What pools an image reads whole words of its last row.
    target = program.buffer(
        len(bank.filters) * outputs + 3,
        np.arange(len(bank.filters))[:, None] * outputs + np.arange(outputs),
    )
    body = _body(bank, pooling, layout, added, plane, wide)
    what = f"{len(bank.filters)} filters over {planes} planes of {n}"
    if pooling.down * pooling.right > 1:
        what += f", the largest of each {pooling.down} x {pooling.right}"
    parameters = "const int8_t *x, int32_t extra, int8_t *work, int8_t *y"
    name = program.layer("filters", parameters, width(outputs), body, what)
    extra = code(0)
    kernels = ["rescale"]
    if bank.background:
        kernels.append("total")
        extra = code(bank.background, " * ", call("total", source, n))
    cost = _instructions(bank, pooling, layout, added)
    program.step(call(name, source, extra, P(work), P(target)), target, kernels, cost)
    program.banks[target] = bank
    return target


def _instructions(bank: FilterBank, pooling: Pooling, layout: Phases, added: Sums) -> float:
    """About how many AVX2 takes: measured on the networks of `tvscm zoo`."""
    vectors = -(-pooling.outputs // 16)
    entries = len(bank.places) * sum(map(len, added.groups))
    of_phase = entries + added.additions + 9 * len(bank.filters)
    of_phases = len(pooling.starts) * of_phase + 14 * len(bank.filters)
    return vectors * of_phases + 0.25 * len(bank.places) * layout.size


def _source(program: Program, bank: FilterBank) -> tuple[P, int]:
    """A pointer to the first plane, each of whose numbers lie in a row, and how far planes are."""
    places = bank.places
    planes, n = places.shape
    if bank.others is not None:
        pairs = np.stack([places[0], bank.others], axis=1)
        return pointer(in_order(program, View.of(bank.buffer, pairs.shape, pairs))), 2 * n
    plane = int(places[1, 0] - places[0, 0]) if planes > 1 else n
    if (places == places[0, 0] + np.arange(planes)[:, None] * plane + np.arange(n)).all():
        return P(bank.buffer) + int(places[0, 0]), plane
    return pointer(in_order(program, View.of(bank.buffer, places.shape, places))), n


def _body(
    bank: FilterBank, pooling: Pooling, layout: Phases, added: Sums, plane: int, wide: int
) -> str:
    planes = len(bank.places)
    many, outputs = len(bank.filters), pooling.outputs
    starts = pooling.starts
    scales = [f"{{{', '.join(map(str, one.rescaling.fields))}}}" for one in bank.filters]
    outside = np.array(
        [
            [pooling.is_outside(phase, output) for output in range(outputs)]
            for phase in range(len(starts))
        ]
    )
    values = [
        f"UP({terms.value}, {one.rescaling.up})" for one in bank.filters for terms in one.terms
    ]
    values += ["0"] * (-len(values) % 8)
    lines = [
        _array("static const struct scale scales", scales),
        _array("static const int16_t both", values),
        "const int16_t *values = both;",
        "OPAQUE(values);",
    ]
    if len(starts) > 1:
        lanes = [
            layout.lane(start + shift)
            for start in starts
            for group in added.groups
            for shift in group
        ]
        lines.append(_array("static const int32_t lanes", lanes))
    if outside.any():
        # In halves, the smallest int32 outside and the largest inside.
        padded = np.pad(outside, ((0, 0), (0, SLACK)))
        lines.append(_array("static const int16_t lower", np.where(padded, 0, -1).ravel()))
        lines.append(_array("static const int16_t upper", np.where(padded, -32768, 32767).ravel()))
    lines += [
        f"short_t *d = (short_t *)(void *)(work + {wide});",
        f"for (int plane = 0; plane < {planes}; plane++, d += {layout.size}) {{",
        *_indented(_extended(bank, plane, layout, wide), 4),
        *_indented(layout.fill.split("\n"), 4),
        "}",
        f"d -= {planes * layout.size};",
        f"for (int first = 0; first < {outputs}; first += LANES) {{",
        f"    if ({outputs} >= LANES && first > {outputs} - LANES) first = {outputs} - LANES;",
    ]
    inner = [
        f"V(shorts) entries[{planes * len(added.groups) + len(added.shared)}], *sums = entries;",
        "OPAQUE(sums);",
    ]
    if len(starts) == 1:
        inner.append("const short_t *from = d + first;")
        inner += _entries(
            added, planes, layout, [f"{layout.lane(s)}" for g in added.groups for s in g]
        )
        for number in range(many):
            inner += ["{", f"    V(pair) sum = {_sum(bank, added, number)};"]
            inner += [
                f"    {_put(outputs, f'{number * outputs} + first', f'sum, &scales[{number}]')}",
                "}",
            ]
    else:
        inner.append(f"V(pair) largest[{many}], *most = largest;")
        inner.append("OPAQUE(most);")
        inner.append(f"for (int i = 0; i < {many}; i++) most[i] = V(least)();")
        inner.append(f"for (int phase = 0; phase < {len(starts)}; phase++) {{")
        per = sum(map(len, added.groups))
        step = ["const short_t *from = d + first;", f"const int32_t *at = lanes + {per} * phase;"]
        step += _entries(added, planes, layout, [f"at[{i}]" for i in range(per)])
        if outside.any():
            halves = ", ".join(
                f"V(load)((const short_t *){half} + {outputs + SLACK} * phase + first)"
                for half in ("lower", "upper")
            )
            step.append(f"V(pair) inside = V(join)({halves});")
        step.append("V(pair) sum;")
        for number in range(many):
            step.append(f"sum = {_sum(bank, added, number)};")
            if outside.any():
                step.append("sum = V(both_smaller)(sum, inside);")
            step.append(f"most[{number}] = V(both_larger)(most[{number}], sum);")
        inner += [*_indented(step, 4), "}"]
        inner.append(f"for (int i = 0; i < {many}; i++) {{")
        inner.append(f"    {_put(outputs, f'i * {outputs} + first', 'most[i], &scales[i]')}")
        inner.append("}")
    lines += [*_indented(inner, 4), "}"]
    return "\n".join(_indented(lines, 4))


def _extended(bank: FilterBank, plane: int, layout: Phases, bytes_before: int) -> list[str]:
    """C that makes `wide`: a plane that goes round, or that of the sums of two."""
    n, extension = bank.places.shape[1], layout.extension
    if bank.others is None:
        return ["int8_t *wide = work;", f"extend(x + plane * {plane}, {n}, {extension}, wide);"]
    return [
        f"short_t *wide = (short_t *)(void *)(work + {bytes_before // 2});",
        f"extend(x, {2 * n}, {2 * extension}, work);",
        f"for (int i = 0; i < {n + 2 * extension}; i += LANES)",
        "    V(store)(wide + i, V(pairs)(work + 2 * i));",
    ]


def _entries(added: Sums, planes: int, layout: Phases, lanes: Sequence[str]) -> list[str]:
    """C that fills the table of sums, from the numbers at `from`."""
    count = len(added.groups)
    lines = [f"for (int plane = 0; plane < {planes}; plane++, from += {layout.size}) {{"]
    at = iter(lanes)
    for entry, group in enumerate(added.groups):
        loads = " + ".join(f"V(load)(from + {next(at)})" for _ in group)
        lines.append(f"    sums[{count} * plane + {entry}] = {loads};")
    lines.append("}")
    for entry, (one, other) in enumerate(added.shared, start=planes * count):
        lines.append(f"sums[{entry}] = sums[{one}] + sums[{other}];")
    return lines


def _sum(bank: FilterBank, added: Sums, number: int) -> str:
    """C of a filter's sum, without its bias."""
    parts = [
        " + ".join(f"sums[{entry}]" for entry in entries) or "(V(shorts)){0}"
        for entries in added.filters[number]
    ]
    return f"V(madd)({', '.join(parts)}, values, {number})"


def _put(outputs: int, place: str, arguments: str) -> str:
    return f"V(put_some)(y + {place}, V(rescaled)({arguments}, extra), {outputs});"


def _array(what: str, values: Sequence[object] | NDArray[np.int64]) -> str:
    items = [str(value) for value in values]
    rows, row = [], ""
    for item in items:
        if len(row) + len(item) > 84:
            rows.append(row.rstrip())
            row = ""
        row += f"{item}, "
    body = "\n    ".join([*rows, row.rstrip()])
    return f"{what}[{len(items)}] = {{\n    {body}\n}};"


def _indented(lines: Sequence[str], by: int) -> list[str]:
    return [f"{' ' * by}{part}" for line in lines for part in line.split("\n")]
