"""A constant from a document, and where it stands there."""

from dataclasses import dataclass

from .figure import Range


@dataclass(frozen=True)
class Cited:
    """A constant as it is printed.

    Attributes:
        value: in `unit`; bounds where the document prints several values or a range.
        unit: as printed.
        document: title, number and revision.
        place: table, figure or section, and the row.
        url: the document's, or that of a page which reprints it.
        seen: False if the value could not be read again in the document when this table was
            made and is from memory of it; `note` says what supports it.
        assumed: True if no document prints it and `note` says why it is taken.
        note: what a reader should know before trusting it.
    """

    value: Range
    unit: str
    document: str
    place: str
    url: str
    seen: bool = True
    assumed: bool = False
    note: str = ""

    def __str__(self) -> str:
        low, high = self.value
        printed = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        marks = [] if self.seen else ["not seen again"]
        marks += ["assumed"] if self.assumed else []
        marks += [self.note] if self.note else []
        tail = f" ({'; '.join(marks)})" if marks else ""
        return f"{printed} {self.unit}: {self.document}, {self.place}, {self.url}{tail}"
