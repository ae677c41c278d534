"""What was found not to be permanent is not forgotten."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from butlery.cache.permanence import RememberedThings
from butlery.cache.policies import Thing
from butlery.registry import RepositoryError

ONE: Thing = ("collection", "one")
OTHER: Thing = ("dimension", "visit")


def test_nothing_is_known_at_first(tmp_path: Path) -> None:
    assert RememberedThings(tmp_path / "a" / "file.json").read() == {}
    assert RememberedThings(None).read() == {}


def test_things_are_remembered_with_the_first_reason(tmp_path: Path) -> None:
    file = RememberedThings(tmp_path / "a" / "file.json")
    file.add({ONE: "first"})
    file.add({ONE: "second", OTHER: "third"})
    again = RememberedThings(tmp_path / "a" / "file.json").read()
    assert {thing: why.reason for thing, why in again.items()} == {
        ONE: "first",
        OTHER: "third",
    }


def test_only_what_is_forgotten_is(tmp_path: Path) -> None:
    file = RememberedThings(tmp_path / "file.json")
    file.add({ONE: "", OTHER: ""})
    file.forget({ONE, ("collection", "unknown")})
    assert set(file.read()) == {OTHER}


def test_file_that_cannot_be_read_is_not_taken_for_empty(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text("[{")
    with pytest.raises(RepositoryError, match="cannot be read"):
        RememberedThings(path).read()


def test_several_may_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "file.json"

    def add(number: int) -> None:
        RememberedThings(path).add({("collection", str(number)): ""})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    assert len(RememberedThings(path).read()) == 40
