"""What a notebook shows is complete, and has no markup but its own."""

import re
from collections.abc import Iterator

import pytest

from butlery.client import Butler, DatasetRef, show
from butlery.client.testing import FakeButlerServer

BAD = "<script>alert(1)</script>"


@pytest.fixture
def butler(butlery_server: FakeButlerServer) -> Iterator[Butler]:
    butlery_server.add_dataset_type("note", ["instrument", "detector"], f"Dict{BAD}")
    for number in range(3):
        data_id: dict[str, int | str] = {"instrument": BAD, "detector": number}
        butlery_server.add_dataset("note", data_id, f"run/{BAD}", {})
    butlery_server.add_chain(f"chain{BAD}", [f"run/{BAD}"], doc=BAD)
    with Butler(butlery_server.url, collections=f"chain{BAD}") as butler:
        yield butler


def refs(butler: Butler) -> list[DatasetRef]:
    found = [butler.find_dataset("note", detector=number) for number in range(3)]
    return [each for each in found if each is not None]


def checked(html: str) -> str:
    assert set(re.findall(r"</?([a-z]+)", html)) <= {
        *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    }
    return html


def test_one_dataset_its_type_and_its_data_id_are_tables(butler: Butler) -> None:
    ref = refs(butler)[1]
    html = checked(ref._repr_html_())
    assert str(ref.id) in html
    assert "&lt;script&gt;" in html
    assert "Dict&lt;script" in checked(ref.datasetType._repr_html_())
    assert "<td>1</td>" in checked(ref.dataId._repr_html_())


def test_a_list_of_datasets_is_a_table(butler: Butler) -> None:
    found = refs(butler)
    table = show(found)
    assert len(table) == 3
    head, *rows = repr(table).splitlines()
    assert head.split() == ["type", "run", "instrument", "detector", "id"]
    assert [row.split()[-1] for row in rows] == [str(each.id) for each in found]
    assert checked(table._repr_html_()).count("<tr>") == 4


def test_a_table_says_how_many_more_there_are(butler: Butler) -> None:
    table = show(refs(butler), most=1)
    assert repr(table).splitlines()[-1] == "and 2 more"
    assert "and 2 more" in table._repr_html_()


def test_collections_types_and_data_ids_are_tables_too(butler: Butler) -> None:
    found = butler.collections.query_info("*", include_doc=True)
    assert "&lt;script&gt;" in checked(show(found)._repr_html_())
    ref = refs(butler)[0]
    assert "note" in repr(show([ref.datasetType]))
    assert repr(show([ref.dataId])).split()[:2] == ["instrument", "detector"]
    full = butler.find_dataset("note", detector=0, dimension_records=True)
    assert full is not None
    assert "full_name" in repr(show([full.dataId.records["detector"]]))


def test_nothing_is_an_empty_table_and_anything_else_an_error() -> None:
    assert repr(show([])) == ""
    assert checked(show([])._repr_html_())
    with pytest.raises(TypeError, match="int"):
        show([1])
