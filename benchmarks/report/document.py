"""The figures inside a document: everything between two marks is ours.

What stands before and after the marks is written by people and never touched.
"""

from pathlib import Path

import msgspec


class Marks(msgspec.Struct, frozen=True):
    """Between which figures stand.

    Parameters
    ----------
    name
        Of the figures.
    target
        Of the Makefile, that writes them.
    """

    name: str
    target: str

    @property
    def begin(self) -> str:
        """Before them."""
        written = f"written by `make {self.target} ARGS=--write`"
        return f"<!-- {self.name}: begin ({written}) -->"

    @property
    def end(self) -> str:
        """After them."""
        return f"<!-- {self.name}: end -->"


FIGURES = Marks("figures", "bench")
QUERIES = Marks("queries", "bench-queries")
CLIENTS = Marks("clients", "bench-client")


def refresh(document: Path, marks: Marks, figures: str) -> None:
    """Replace what stands between two marks of ``document`` by ``figures``.

    Raises
    ------
    ValueError
        If the document does not hold each mark once, in their order. It is left
        as it was.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(marks.begin)
    old, end, after = rest.partition(marks.end)
    again = any(mark in old + after for mark in (marks.begin, marks.end))
    if not (begin and end) or again:
        raise ValueError(f"{document} needs {marks.begin!r}, {marks.end!r}, once each")
    document.write_text(
        f"{before}{begin}\n\n{figures.strip()}\n\n{end}{after}", encoding="utf-8"
    )
