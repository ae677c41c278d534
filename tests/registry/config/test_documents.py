"""Configurations may be put together from several files."""

from pathlib import Path

import pytest

from butlery.registry import RepositoryError
from butlery.registry.config.documents import load_document, merge
from tests.registry.config.conftest import write_text


def test_include_puts_a_document_in_place_of_a_value(tmp_path: Path) -> None:
    write_text(tmp_path / "parts" / "db.yaml", "{db: one, more: !include deep.yaml}")
    write_text(tmp_path / "parts" / "deep.yaml", "[1, 2]")
    path = write_text(tmp_path / "b.yaml", "registry: !include parts/db.yaml")
    assert load_document(path) == {"registry": {"db": "one", "more": [1, 2]}}


def test_include_of_several_files_is_a_list(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_text(tmp_path / f"{name}.yaml", f"name: {name}")
    path = write_text(tmp_path / "b.yaml", "all: !include [one.yaml, two.yaml]")
    assert load_document(path) == {"all": [{"name": "one"}, {"name": "two"}]}


def test_include_configs_are_merged_under_what_the_mapping_says_itself(
    tmp_path: Path,
) -> None:
    write_text(tmp_path / "low.yaml", "{a: low, b: {c: low, d: low, e: low}}")
    write_text(tmp_path / "high.yaml", "{b: {d: high, e: high}}")
    text = "{includeConfigs: [low.yaml, high.yaml], b: {e: own}}"
    document = load_document(write_text(tmp_path / "b.yaml", text))
    assert document == {"a": "low", "b": {"c": "low", "d": "high", "e": "own"}}


def test_include_configs_work_at_every_level_and_in_what_they_include(
    tmp_path: Path,
) -> None:
    write_text(tmp_path / "in" / "a.yaml", "{includeConfigs: b.yaml, from_a: 1}")
    write_text(tmp_path / "in" / "b.yaml", "{from_b: 2}")
    text = "{list: [{deep: {includeConfigs: in/a.yaml}}]}"
    document = load_document(write_text(tmp_path / "b.yaml", text))
    assert document == {"list": [{"deep": {"from_a": 1, "from_b": 2}}]}


def test_include_configs_expand_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path / "site" / "c.yaml", "{here: true}")
    monkeypatch.setenv("SITE", "site")
    path = write_text(tmp_path / "b.yaml", "includeConfigs: $SITE/c.yaml")
    assert load_document(path) == {"here": True}


def test_include_of_a_missing_file_names_it(tmp_path: Path) -> None:
    path = write_text(tmp_path / "b.yaml", "a: !include nowhere.yaml")
    with pytest.raises(RepositoryError, match=r"cannot read .*nowhere\.yaml"):
        load_document(path)


@pytest.mark.parametrize("text", ["a: !include {b: c}", "a: !include [[b]]"])
def test_include_of_no_file_name_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RepositoryError):
        load_document(write_text(tmp_path / "b.yaml", text))


@pytest.mark.parametrize("text", ["includeConfigs: {a: b}", "includeConfigs: [1]"])
def test_include_configs_of_no_file_name_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RepositoryError):
        load_document(write_text(tmp_path / "b.yaml", text))


def test_include_configs_of_what_is_no_mapping_are_refused(tmp_path: Path) -> None:
    write_text(tmp_path / "list.yaml", "[1, 2]")
    path = write_text(tmp_path / "b.yaml", "includeConfigs: list.yaml")
    with pytest.raises(RepositoryError):
        load_document(path)


@pytest.mark.parametrize("text", ["a: !include b.yaml", "includeConfigs: b.yaml"])
def test_files_that_include_each_other_end_in_an_error(
    tmp_path: Path, text: str
) -> None:
    path = write_text(tmp_path / "b.yaml", text)
    with pytest.raises(RepositoryError, match="more than 16 levels deep"):
        load_document(path)


def test_merging_leaves_its_arguments_alone() -> None:
    base, override = {"a": {"b": 1}}, {"a": {"c": 2}}
    assert merge(base, override) == {"a": {"b": 1, "c": 2}}
    assert (base, override) == ({"a": {"b": 1}}, {"a": {"c": 2}})
