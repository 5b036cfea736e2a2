"""An inspection for people, at most 100 columns wide."""

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keras_tvscm.convert.inspect.inspection import Inspection
from keras_tvscm.convert.tflite.graph import Operator, Tensor
from keras_tvscm.convert.tflite.operations import WEIGHTS, operations


def page(inspection: Inspection) -> RenderableType:
    """Operators, bytes, memory and runtimes, one below the other."""
    counts = Counter(operator.name for operator in inspection.operators)
    names = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    parts: list[RenderableType] = [
        Text(f"{inspection.path}: {inspection.size:,} bytes; operators: {names or 'none'}"),
        Text(),
        _operators(inspection.operators),
        Text(
            "Counted as these operators compute, without rescaling; tvscm summary counts the "
            "layers of the Keras model, by plain sums."
        ),
        Text(),
        _bytes(inspection),
        Text(),
        Text(_memory(inspection)),
        Text(),
        _support(inspection),
    ]
    if inspection.other_graphs:
        note = f"{inspection.other_graphs} more graphs, run by control flow, are not shown"
        parts.insert(3, Text(note))
    return Group(*parts)


def _grid(*, footer: bool = False, gap: int = 1) -> Table:
    return Table(box=box.SIMPLE_HEAD, show_footer=footer, show_edge=False, padding=(0, gap, 0, 0))


def _operators(operators: Sequence[Operator]) -> Table:
    # Narrow: two inputs and their numbers of a real network fit on 80 columns.
    table = _grid(footer=True, gap=0)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("operator", "total", no_wrap=True)
    table.add_column("input", overflow="fold", max_width=18)
    table.add_column("constants", overflow="fold", max_width=14)
    table.add_column("output", overflow="fold", max_width=14)
    table.add_column("type", overflow="fold", max_width=8)
    counts = [operations(operator) for operator in operators]
    for number, heading in enumerate(("multiplications", "additions")):
        known = [count[number] for count in counts]
        total = f"{sum(n for n in known if n is not None):,}"
        table.add_column(
            {"multiplications": "multi-\nplications"}.get(heading, heading),
            total if None not in known else f">={total}",
            justify="right",
            no_wrap=True,
        )
    for number, operator in enumerate(operators):
        data = [tensor for tensor in operator.given if tensor.data is None]
        # Not the axes, sizes and places, which are not numbers to compute with.
        constants = [
            tensor
            for tensor in operator.given
            if tensor.data is not None and (tensor.dtype != "int32" or operator.name in WEIGHTS)
        ]
        fused = f" + {operator.activation}" if operator.activation else ""
        table.add_row(
            str(number),
            Text(operator.name + fused),
            _shapes(data),
            _shapes(constants),
            _shapes(operator.outputs),
            _types(data, operator.outputs),
            *map(_figure, counts[number]),
        )
    return table


def _shapes(tensors: Sequence[Tensor]) -> str:
    return " ".join("x".join(map(str, tensor.shape)) or "1" for tensor in tensors)


def _types(inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> str:
    before = {tensor.dtype for tensor in inputs}
    after = {tensor.dtype for tensor in outputs}
    if before <= after or not after:
        return ", ".join(sorted(after or before))
    return f"{', '.join(sorted(before))} to {', '.join(sorted(after))}"


def _figure(count: int | None) -> str:
    return "?" if count is None else f"{count:,}" if count else "-"


def _bytes(inspection: Inspection) -> Table:
    table = _grid(footer=True)
    table.add_column("bytes", "file")
    table.add_column("", f"{inspection.size:,}", justify="right")
    table.add_column("", justify="right")
    for kind, size in inspection.bytes.items():
        if size:
            table.add_row(kind, f"{size:,}", f"{100 * size / inspection.size:.0f} %")
    return table


def _memory(inspection: Inspection) -> str:
    text = f"memory: {inspection.tensors_alive:,} bytes of tensors are alive at one time"
    if inspection.minimum_arena is not None:
        text += f"; the minimum arena for TFLite-Micro is {inspection.minimum_arena:,} bytes"
    return text


def _support(inspection: Inspection) -> Table:
    table = _grid()
    table.add_column("runtime", no_wrap=True)
    table.add_column("runs it", no_wrap=True)
    table.add_column("", overflow="fold", max_width=64)
    for runtime in inspection.support:
        table.add_row(runtime.runtime, runtime.runs, Text(runtime.reason or ""))
    return table
