"""The figures inside a document: everything between two marks is ours.

What stands before and after the marks is written by people and never touched.
"""

from pathlib import Path

BEGIN = "<!-- figures: begin (written by `make bench ARGS=--write`) -->"
END = "<!-- figures: end -->"


def refresh(document: Path, figures: str) -> None:
    """Replace what stands between the marks of ``document`` by ``figures``.

    Raises
    ------
    ValueError
        If the document does not hold each mark once, in their order. It is left
        as it was.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not (begin and end) or any(mark in old + after for mark in (BEGIN, END)):
        raise ValueError(f"{document} needs {BEGIN!r} and {END!r}, once each")
    document.write_text(
        f"{before}{BEGIN}\n\n{figures.strip()}\n\n{END}{after}", encoding="utf-8"
    )
