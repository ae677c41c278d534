"""I1 on the clock: what is hidden takes as long as what nobody has made.

Twelve pairs of requests, one for what is hidden from who asks and one for what is made
up, go to a server process over one connection. Each sample of a pair is two requests,
one after the other, in an order that is tossed each time, so that whatever else the
machine does meets both alike; the pairs take turns, in rounds, in a new order each
round. All names and UUIDs of a pair are of the same length.

At the long size, two things make a pair different: Mann and Whitney's rank test, with
Holm's correction for there being twelve, at one in a hundred, or medians that are 3 %
apart. Chance does either now and then, so that what looks different is measured once
more: only a pair that is different twice is. At the short size nothing is tested but
that no medians are far apart, which chance does not do.
"""

import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from lsst.daf.butler import Butler
from lsst.daf.butler._collection_type import CollectionType

from butlery.server.caching import tag_of
from tests.faults.access.stage.ranks import holm, rank_test
from tests.faults.access.stage.serving import (
    configure,
    make_tokens,
    message,
    serving,
)
from tests.faults.access.stage.stopwatch import Stopwatch
from tests.faults.conftest import Report
from tests.registry.opening import OwnRepository
from tests.server.access.places import OWN, STOCK
from tests.support.repositories import RepositoryShelf
from tests.support.servers import ButleryServer

_ROUNDS = 10
_SAMPLES, _SOAKED = 200, 2000
_GROSS, _FINE = 0.30, 0.03
_ALPHA = 0.01
_BATCH = 20
_HIDDEN, _MADE_UP = "u/robert/run", "u/rupert/run"
_RELEASE = "rel/run"
_CHAIN, _SHORT_CHAIN = "all/chain1", "all/chain2"
_FIRST_DETECTOR = 1000
_NULL = tag_of(b'{"dataset_ref":null}')
_RULES = """
[repositories.repo.access]
rules = [{ prefix = "emb/", groups = ["holders"] }]
"""


@dataclass
class Pair:
    """Requests for what is hidden and for what is made up, and how long they took."""

    name: str
    hidden: Sequence[bytes]
    made_up: Sequence[bytes]
    times: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))

    @property
    def difference(self) -> float:
        """By how much medians differ."""
        one, two = (statistics.median(times) for times in self.times)
        return one / two - 1

    @property
    def probability(self) -> float:
        return rank_test(*self.times)


@dataclass(frozen=True)
class Finding:
    """What one measurement of a pair has shown."""

    text: str
    is_different: bool


@dataclass(frozen=True)
class Stage:
    """A server, a reader's token, and datasets hidden from them."""

    server: ButleryServer
    token: str
    ids: Sequence[UUID]
    samples: int


@pytest.fixture(scope="module")
def stage(
    repositories: RepositoryShelf,
    tmp_path_factory: pytest.TempPathFactory,
    *,
    soak: bool,
) -> Iterator[Stage]:
    samples = _SOAKED if soak else _SAMPLES
    root = repositories.copy("base")
    ids = _fill(root, 4 * samples + _BATCH + 1)
    config = configure(root, tmp_path_factory.mktemp("timing"), rules=_RULES)
    tokens = make_tokens(config, {"alice": ()})
    with serving(config) as server:
        yield Stage(server, tokens["alice"][0], ids, samples)


def _fill(root: Path, count: int) -> list[UUID]:
    """Put datasets with files into a hidden RUN; return their UUIDs."""
    with Butler.from_config(str(root), writeable=True) as butler:
        registry = butler.registry
        rows = [
            {
                "instrument": "Cam1",
                "id": _FIRST_DETECTOR + n,
                "full_name": f"x{n}",
                "purpose": "SCIENCE",
            }
            for n in range(count)
        ]
        registry.insertDimensionData("detector", *rows)
        for run in (_HIDDEN, _RELEASE, "emb/run"):
            registry.registerCollection(run, CollectionType.RUN)
        ids = [
            {"instrument": "Cam1", "detector": _FIRST_DETECTOR + n}
            for n in range(count)
        ]
        refs = registry.insertDatasets("bias", ids, run=_HIDDEN)
        registry.insertDatasets("bias", ids[:1], run="emb/run")
        registry.insertDatasets("bias", ids[:1], run=_RELEASE)
        for name, members in (
            (_CHAIN, (_HIDDEN, "emb/run", _RELEASE)),
            (_SHORT_CHAIN, (_RELEASE,)),
        ):
            registry.registerCollection(name, CollectionType.CHAINED)
            registry.setCollectionChain(name, members)
    values = ",".join(
        f"('{ref.id.hex}', 'u/{n}', 'F', 'S', '__NULL_STRING__', NULL, 1)"
        for n, ref in enumerate(refs)
    )
    OwnRepository(root, None, "").execute(
        "INSERT INTO file_datastore_records (dataset_id, path, formatter,"
        f" storage_class, component, checksum, file_size) VALUES {values}"
    )
    return [ref.id for ref in refs]


def _near(id_: UUID) -> UUID:
    """Return a UUID that nobody has made, and that would lie beside this one."""
    return UUID(int=id_.int ^ 1)


def _pairs(stage: Stage) -> Iterator[Pair]:
    token, ids = stage.token, iter(stage.ids)

    def get(path: str, **headers: str) -> bytes:
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        return message("GET", f"{STOCK}/{path}", token=token, headers=lines)

    def post(path: str, body: object) -> bytes:
        return message("POST", path, body, token=token)

    def search(name: str) -> dict[str, object]:
        data_id = {"instrument": "Cam1", "detector": _FIRST_DETECTOR}
        kind = {"dataset_type": "bias", "data_id": data_id}
        return {**kind, "collections": [name], "timespan": None}

    def of_names(name: str, make: Callable[[str], bytes]) -> Pair:
        return Pair(name, [make(_HIDDEN)], [make(_MADE_UP)])

    def listed(name: str) -> bytes:
        glob = name.rpartition("/")[0] + "/*"
        body = {"search": [glob], "collection_types": [1, 2, 3, 4]}
        more = {"flatten_chains": False, "include_chains": True}
        return post(f"{STOCK}/query_collections", {**body, **more})

    yield of_names("collection by name", lambda n: get(f"collection_info?name={n}"))
    yield of_names("collection by glob", listed)
    yield of_names("summary", lambda n: get(f"collection_summary?name={n}"))
    chained = [post(f"{STOCK}/find_dataset", search(n)) for n in (_CHAIN, _SHORT_CHAIN)]
    yield Pair("chain members", chained[:1], chained[1:])
    yield of_names("find_dataset", lambda n: post(f"{STOCK}/find_dataset", search(n)))
    yield of_names("data id", lambda n: post(f"{STOCK}/get_file_by_data_id", search(n)))
    first = next(ids)
    for name, route, headers in (
        ("UUID, again", "dataset", {}),
        ("get_file, again", "get_file", {}),
        ("ETag", "dataset", {"if_none_match": _NULL}),
    ):
        asked = [get(f"{route}/{id_}", **headers) for id_ in (first, _near(first))]
        yield Pair(name, asked[:1], asked[1:])
    for name, route in (("UUID, first", "dataset"), ("get_file, first", "get_file")):
        # Of what is measured twice, no half has been asked for before.
        fresh = [next(ids) for _ in range(2 * stage.samples)]
        yield Pair(
            name,
            [get(f"{route}/{id_}") for id_ in fresh],
            [get(f"{route}/{_near(id_)}") for id_ in fresh],
        )
    batch = [next(ids) for _ in range(_BATCH)]
    asked = [
        post(f"{OWN}/get_files", {"items": [{"id": str(id_)} for id_ in of]})
        for of in (batch, [_near(id_) for id_ in batch])
    ]
    yield Pair("batch", asked[:1], asked[1:])


def _measure(watch: Stopwatch, pairs: Sequence[Pair], samples: int, begin: int) -> None:
    """Take samples of all pairs, of those with many requests from `begin` on."""
    for pair in pairs:
        pair.times = ([], [])
        if len(pair.hidden) == 1:  # what is asked again has been asked before
            for _ in range(20):
                answers = [watch.ask(of[0])[1] for of in (pair.hidden, pair.made_up)]
                one, two = (answer.partition(b"\r\n")[0] for answer in answers)
                assert one == two, pair.name
    for round_ in range(_ROUNDS):
        for pair in random.sample(pairs, len(pairs)):
            for number in range(samples // _ROUNDS):
                place = begin + round_ * (samples // _ROUNDS) + number
                both = [(pair.hidden, pair.times[0]), (pair.made_up, pair.times[1])]
                for messages, times in random.sample(both, 2):
                    asked = messages[place % len(messages)]
                    times.append(watch.ask(asked)[0])


@pytest.fixture(scope="module")
def measured(stage: Stage, *, soak: bool) -> dict[str, list[Finding]]:
    """Measure all pairs, and those once more that seem to differ."""
    found: dict[str, list[Finding]] = {}
    with Stopwatch(stage.server) as watch:
        pairs = list(_pairs(stage))
        for turn in range(2):
            _measure(watch, pairs, stage.samples, turn * stage.samples)
            for pair, finding in zip(pairs, _findings(pairs, soak=soak), strict=True):
                found.setdefault(pair.name, []).append(finding)
            pairs = [pair for pair in pairs if found[pair.name][-1].is_different]
    return found


@pytest.mark.parametrize(
    "pair",
    [
        "collection by name",
        "collection by glob",
        "summary",
        "chain members",
        "find_dataset",
        "data id",
        "UUID, again",
        "get_file, again",
        "ETag",
        "UUID, first",
        "get_file, first",
        "batch",
    ],
)
def test_hidden_takes_as_long_as_made_up(
    measured: dict[str, list[Finding]], pair: str, report: Report
) -> None:
    findings = measured[pair]
    for finding in findings:
        report(finding.text)
    assert not findings[-1].is_different


def test_every_pair_is_named(measured: dict[str, list[Finding]]) -> None:
    assert len(measured) == 12


def _findings(pairs: Sequence[Pair], *, soak: bool) -> list[Finding]:
    corrected = holm([pair.probability for pair in pairs])
    found = []
    for pair, probability in zip(pairs, corrected, strict=True):
        one, two = (statistics.median(times) / 1000 for times in pair.times)
        text = (
            f"hidden {one:.0f} µs, made up {two:.0f} µs, {pair.difference:+.2%},"
            f" p = {probability:.2g}"
        )
        is_far = abs(pair.difference) > (_FINE if soak else _GROSS)
        found.append(Finding(text, is_far or (soak and probability < _ALPHA)))
    return found
