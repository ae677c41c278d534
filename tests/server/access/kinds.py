"""One repository with collections of all kinds, and who sees which.

Every name has counterparts that nobody has made, of the same length: one where the
reader's rights would apply, and one where no rule says anything.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from lsst.daf.butler import Butler
from lsst.daf.butler._collection_type import CollectionType

from butlery.server.config import AccessRuleSettings, RepositoryAccessSettings
from tests.registry.opening import OwnRepository
from tests.server.conftest import INSERT, quoted

GROUPS: dict[str, tuple[str, ...]] = {
    "alice": ("team",),
    "bobby": (),
    "carol": ("holders",),
    "devon": ("guests",),
    "admin": ("admins",),
}
OTHER, GROUP, RELEASE, EMBARGOED, PROPRIETARY, CHAIN, MADE_UP = (
    "u/erika/run",
    "g/team/run",
    "rel/run",
    "emb/run",
    "pro/run",
    "all/chain",
    "nothing/run",
)
RULES = RepositoryAccessSettings(
    admin_groups=("admins",),
    rules=(
        AccessRuleSettings("emb/", groups=("team", "holders")),
        AccessRuleSettings(
            "pro/", groups=("holders",), public_after=datetime(2999, 1, 1, tzinfo=UTC)
        ),
    ),
)
_SEEN_BY = {
    OTHER: {"admin"},
    GROUP: {"alice", "admin"},
    EMBARGOED: {"alice", "carol", "admin"},
    PROPRIETARY: {"carol", "admin"},
    MADE_UP: set[str](),
}
_COUNTERPARTS = {
    OTHER: ("u/erika/ruz", "v/erika/run"),
    GROUP: ("g/team/ruz", "g/teaz/run"),
    EMBARGOED: ("emb/ruz", "emz/run"),
    PROPRIETARY: ("pro/ruz", "prz/run"),
    MADE_UP: ("nothing/ruz", "u/thing/run"),
}
_MEMBERS = (OTHER, GROUP, EMBARGOED, PROPRIETARY, RELEASE)
HIT, MISS = 2, 4  # detectors: in each RUN, and in none


@dataclass(frozen=True)
class Subject:
    """What a request is about: a collection, and a dataset in it."""

    name: str
    id: UUID
    detector: int = HIT

    @property
    def data_id(self) -> dict[str, str | int]:
        return {"instrument": "Cam1", "detector": self.detector}

    @property
    def path(self) -> str:
        """Where its file is, if it has one."""
        return f"{self.name}/{self.detector}.json"


def own(user: str) -> str:
    return f"u/{user}/run"


def names_for(user: str) -> tuple[str, ...]:
    """Return the eight kinds of collection that there are for somebody."""
    return own(user), *_MEMBERS, CHAIN, MADE_UP


def sees(user: str, name: str) -> bool:
    return user in _SEEN_BY.get(name, {user})


def chain_for(user: str) -> str:
    """Return a chain like `CHAIN`, without what this user does not see."""
    return f"all/c{user[:4]}"


def counterparts(user: str, name: str) -> tuple[str, ...]:
    """Return what a reader must not be able to tell from a collection."""
    if name == CHAIN:
        return () if user == "admin" else (chain_for(user),)
    return () if sees(user, name) else _COUNTERPARTS[name]


def fill(root: Path) -> dict[str, Subject]:
    """Make the collections; return a subject for each, with a file."""
    runs = (*map(own, GROUPS), *_MEMBERS)
    found = {}
    with Butler.from_config(str(root), writeable=True) as butler:
        registry = butler.registry
        for run in runs:
            registry.registerCollection(run, CollectionType.RUN, doc=f"doc of {run}")
            ids = [{"instrument": "Cam1", "detector": d} for d in (1, HIT, 3)]
            refs = registry.insertDatasets("bias", ids, run=run)
            found[run] = Subject(run, refs[1].id)
        for user in ("", *GROUPS):
            name = chain_for(user) if user else CHAIN
            seen = [m for m in _MEMBERS if not user or sees(user, m)]
            registry.registerCollection(name, CollectionType.CHAINED, doc="doc of all")
            registry.setCollectionChain(name, seen)
    own_repository = OwnRepository(root, None, "")
    for subject in found.values():
        path = root / subject.path
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(subject.name))
        sql = INSERT.format(id=subject.id.hex, path=quoted(subject.path))
        own_repository.execute(sql)
    # Datasets of a chain are found in one of its members; by UUID it has none.
    for name in (CHAIN, *map(chain_for, GROUPS)):
        found[name] = Subject(name, UUID(int=1))
    return found
