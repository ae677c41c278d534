"""I1, cell by cell: users, kinds of collection, routes, hit or miss, cached or not.

Within one repository, what is hidden from somebody is answered byte for byte like what
nobody has ever made: status, headers and body, after the name and the UUID that the
client has sent itself. A chain with hidden members is answered like another that was
made without them. And where something is seen, the answer is another, or nothing would
be proven.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from butlery.server.access import TokenFile
from butlery.server.caching import tag_of
from butlery.server.config import AccessSettings
from tests.registry.conftest import anyio_backend
from tests.server.access.every_route import (
    BUILDERS,
    NO_CONTENT,
    Build,
    Route,
    tells_of_ids,
    tells_of_names,
)
from tests.server.access.kinds import (
    CHAIN,
    GROUPS,
    HIT,
    MADE_UP,
    MISS,
    RULES,
    Subject,
    chain_for,
    counterparts,
    fill,
    names_for,
    sees,
)
from tests.server.access.places import Place, unsigned
from tests.server.web import Answer
from tests.support.repositories import RepositoryShelf

__all__ = ["anyio_backend"]

pytestmark = pytest.mark.anyio

_LIMITED = [user for user in GROUPS if user != "admin"]
_NOBODYS = UUID("12345678-1234-4234-8234-123456789abc")
_UNKNOWN = UUID("fedcba98-fedc-4edc-9edc-fedcba987654")
Cell = tuple[Route, Build]
_TRIES = 3
"""A repository that looks for changes may drop an answer between two questions; a
difference that is there stays there."""


@dataclass
class Served:
    """The repository, served, and who may ask."""

    place: Place
    subjects: dict[str, Subject]
    tokens: dict[str, str]

    def subject(self, name: str, detector: int) -> Subject:
        """Return what is asked for; a miss is in no RUN, and of nobody's UUID."""
        known = self.subjects.get(name)
        id_ = known.id if known is not None and detector == HIT else _NOBODYS
        return Subject(name, id_, detector)


@pytest.fixture(scope="module")
def stored(repositories: RepositoryShelf) -> tuple[Path, dict[str, Subject]]:
    root = repositories.copy("base")
    return root, fill(root)


@pytest.fixture(scope="module", params=[("rel/*",), ("*",)], ids=["release", "all"])
async def served(
    stored: tuple[Path, dict[str, Subject]],
    tmp_path_factory: pytest.TempPathFactory,
    request: Any,
    *,
    soak: bool,
) -> AsyncIterator[Served]:
    """Serve it with the release permanent; `make soak` also with everything."""
    if request.param == ("*",) and not soak:
        pytest.skip("run by make soak")
    root, subjects = stored
    tokens = TokenFile(tmp_path_factory.mktemp("tokens") / "tokens.json")
    secrets = {user: tokens.create(user, of, None)[0] for user, of in GROUPS.items()}
    access = AccessSettings(kind="tokens", tokens_file=str(tokens.path))
    async with Place.opened(root, access, RULES, request.param) as place:
        yield Served(place, subjects, secrets)


def routes_of(place: Place) -> set[Route]:
    paths = place.app.openapi_schema.to_schema()["paths"]
    return {(method.upper(), path) for path in paths for method in paths[path]}


async def test_every_route_is_asked_or_known_to_say_nothing(served: Served) -> None:
    assert routes_of(served.place) == BUILDERS.keys() | NO_CONTENT
    assert not BUILDERS.keys() & NO_CONTENT


@pytest.mark.parametrize("user", GROUPS)
async def test_hidden_and_made_up_are_answered_alike(served: Served, user: str) -> None:
    compared = 0
    for cell, detector in product(BUILDERS.items(), (HIT, MISS)):
        for name in names_for(user):
            compared += await _compare(served, user, cell, name, detector)
    assert compared > (1000 if user != "admin" else 300)


@pytest.mark.parametrize("user", _LIMITED)
async def test_who_has_asked_by_name_before_makes_no_difference(
    served: Served, user: str, *, soak: bool
) -> None:
    cells = [cell for cell in BUILDERS.items() if not tells_of_ids(cell[0])]
    if not soak:  # nothing of a query is kept for another reader; twins show that
        cells = [cell for cell in cells if "/query/" not in cell[0][1]]
    await _compare_after_others(served, user, cells, (HIT, MISS) if soak else (HIT,))


@pytest.mark.parametrize("user", _LIMITED)
async def test_who_has_asked_by_uuid_before_makes_no_difference(
    served: Served, user: str, *, soak: bool
) -> None:
    cells = [cell for cell in BUILDERS.items() if tells_of_ids(cell[0])]
    await _compare_after_others(served, user, cells, (HIT, MISS) if soak else (HIT,))


async def _compare_after_others(
    served: Served, user: str, cells: list[Cell], detectors: tuple[int, ...]
) -> None:
    """Let who sees everything ask first, and somebody who sees other things."""
    other = "devon" if user != "devon" else "bobby"
    for cell, detector, before in product(cells, detectors, ("admin", other)):
        # Who sees all members of a chain asks another question than who does not.
        skipped = {CHAIN} if before == "admin" else set()
        for name in set(names_for(user)) - skipped:
            await _compare(served, user, cell, name, detector, before)


async def _compare(
    served: Served,
    user: str,
    cell: Cell,
    name: str,
    detector: int,
    before: str | None = None,
) -> int:
    """Compare a name with its counterparts; return how many answers these were."""
    route, build = cell
    subject, compared = served.subject(name, detector), 0
    others = [served.subject(other, detector) for other in counterparts(user, name)]
    if name == CHAIN:
        others = [replace(other, id=subject.id) for other in others]
    else:
        others = [replace(other, id=_UNKNOWN) for other in others]
    asked = list(build(subject)) if others else []
    for number, each in enumerate(asked):
        for other in others:
            for _ in range(_TRIES):
                ours = await _answers(served, user, cell, subject, number, before)
                theirs = await _answers(served, user, cell, other, number, before)
                if ours == theirs:
                    break
            assert ours == theirs, (route, name, each)
            compared += len(ours)
    return compared


@pytest.mark.parametrize("user", GROUPS)
async def test_what_is_seen_is_not_answered_like_what_is_made_up(
    served: Served, user: str
) -> None:
    """The control: where there is something to see, the comparison would see it."""
    told = 0
    for name in names_for(user):
        for route, build in BUILDERS.items():
            if not sees(user, name) or name in {CHAIN, MADE_UP}:
                continue
            seen = served.subject(name, HIT)
            made_up = []
            if tells_of_names(route):
                made_up.append(replace(seen, name=name[:-1] + "z"))
            if tells_of_ids(route):
                made_up.append(replace(seen, id=_UNKNOWN))
            all_asked = "/query/" in route[1]
            numbers = range(len(list(build(seen))) if all_asked else 1)
            for other, number in product(made_up, numbers):
                ours = await _answers(served, user, (route, build), seen, number)
                theirs = await _answers(served, user, (route, build), other, number)
                assert ours != theirs, (route, name)
                told += 1
    assert told > 30


async def _answers(
    served: Served,
    user: str,
    cell: Cell,
    subject: Subject,
    number: int,
    before: str | None = None,
) -> list[tuple[int, dict[str, str], bytes]]:
    """Ask, and again, for what nobody has asked for but perhaps somebody before."""
    route, build = cell
    asked = list(build(subject))[number]
    place, token = served.place, served.tokens[user]

    async def ask(secret: str) -> Answer:
        return await place.ask(secret, route[0], asked.path, asked.body, asked.headers)

    place.forget()
    if before is not None:
        await ask(served.tokens[before])
    answers = [await ask(token), await ask(token)]
    return [_shown(answer, subject) for answer in answers]


def _shown(answer: Answer, subject: Subject) -> tuple[int, dict[str, str], bytes]:
    """Return an answer without what the client has said itself."""
    headers = dict(answer.headers)
    tag = headers.pop("etag", None)
    if tag is not None:
        assert tag == tag_of(answer.body)  # of the very bytes, and nothing else
    headers.pop("date", None)
    text = _general(unsigned(answer.body), subject)
    for name, value in headers.items():
        headers[name] = _general(unsigned(value.encode()), subject).decode()
    if b"Signature=" in answer.body:
        headers.pop("content-length", None)  # of signatures that may be of any length
    return answer.status, headers, text


def _general(text: bytes, subject: Subject) -> bytes:
    text = re.sub(re.escape(str(subject.id).encode()), b"{id}", text)
    folder = subject.name.rpartition("/")[0]
    text = text.replace(subject.name.encode(), b"{name}")
    if subject.name == CHAIN or subject.name in map(chain_for, GROUPS):
        # Members name the chains that hold them, and all these do.
        text = re.sub(rb'"all/c[a-z]{4}"', b'"{name}"', text)
    # A glob that matches nothing is named, too.
    text = text.replace(subject.name[:-1].encode() + b"*", b"{glob}")
    return text.replace(f"{folder}/*".encode(), b"{folder}")
