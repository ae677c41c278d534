from pathlib import Path

import pytest

from benchmarks.report.document import FIGURES, QUERIES, Marks, refresh
from benchmarks.report.tables import Table, as_markdown

TABLE = Table("Layers", ("layer", "µs"), [("resolve", "1.00"), ("encode", "2.00")])


def test_only_what_stands_between_the_marks_changes(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text(f"# Mine\n\n{FIGURES.begin}\nold\n{FIGURES.end}\n\nalso mine\n")
    for figures in ("first", "second\n"):
        refresh(document, FIGURES, figures)
    assert document.read_text() == (
        f"# Mine\n\n{FIGURES.begin}\n\nsecond\n\n{FIGURES.end}\n\nalso mine\n"
    )


@pytest.mark.parametrize(
    "text",
    ["", "{0}", "{1}", "{1}\n{0}", "{0}{0}{1}", "{0}{1}{1}"],
)
def test_document_without_its_marks_is_left_alone(tmp_path: Path, text: str) -> None:
    document = tmp_path / "benchmarks.md"
    text = text.format(FIGURES.begin, FIGURES.end)
    document.write_text(text)
    with pytest.raises(ValueError, match="once each"):
        refresh(document, FIGURES, "figures")
    assert document.read_text() == text


@pytest.mark.parametrize("marks", [FIGURES, QUERIES])
def test_document_of_the_project_has_its_marks(tmp_path: Path, marks: Marks) -> None:
    project = Path(__file__).parents[3] / "docs" / "benchmarks.md"
    copy = tmp_path / project.name
    copy.write_text(project.read_text())
    refresh(copy, marks, "figures")


def test_table_becomes_markdown() -> None:
    assert as_markdown([TABLE]) == (
        "### Layers\n\n"
        "| layer | µs |\n| --- | ---: |\n| resolve | 1.00 |\n| encode | 2.00 |"
    )
