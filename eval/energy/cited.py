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
        seen: False if the value could not be read again, in the document or a transcription
            of its table, when it was entered here.
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

    @property
    def printed(self) -> str:
        """The value with its unit."""
        low, high = self.value
        bounds = f"{low:.10g}" if low == high else f"{low:.10g} to {high:.10g}"
        return f"{bounds} {self.unit}"

    @property
    def remark(self) -> str:
        """What stands between the value and the document, in one line; may be empty."""
        marks = ("" if self.seen else "not seen again", "assumed" if self.assumed else "")
        return "; ".join(filter(None, (*marks, self.note)))
