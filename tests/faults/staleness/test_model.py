"""Whatever a direct Butler does, in whatever order, two servers soon say the same.

Hypothesis chooses what is done; a model says what has to be seen. One server polls,
the other asks before every answer.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from lsst.daf.butler import Butler

from tests.coherence.steps import SCENERY, Step, World, make_step
from tests.coherence.watching.follower import Follower
from tests.coherence.writer.commands import Command, Commands
from tests.support.servers import ButleryServer

_POLL_SECONDS = 0.1
_SLACK_SECONDS = 1.0
# Records and whole types stay for the next example; these can all be taken back.
_KINDS = (
    *("register run", "register tagged", "register chain", "register calibration"),
    *("document", "remove collection", "replace collection", "remove run"),
    *("redefine chain", "prepend chain", "extend chain", "remove from chain"),
    *("register calibration type", "register type", "remove type"),
    *("put", "put in front", "put reborn", "put anew", "purge", "unstore"),
    *("transaction", "rolled back", "refresh summaries"),
    *("associate", "disassociate", "certify", "decertify"),
)


class Servers(RuleBasedStateMachine):
    """A world, the Butler that changes it, and the servers that follow."""

    commands: ClassVar[Commands]
    followers: ClassVar[Sequence[Follower]]

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(seed=st.integers(0, 2**32))
    def make_scenery(self, seed: int) -> None:
        random = Random(seed)
        for kind in SCENERY:
            step = make_step(kind, self.world, random)
            assert step is not None
            self._write(step.commands)

    @rule(kind=st.sampled_from(_KINDS), seed=st.integers(0, 2**32))
    def change(self, kind: str, seed: int) -> None:
        step = make_step(kind, self.world, Random(seed))
        if step is not None:
            for follower in self.followers:
                follower.remember(step)
            self._write(step.commands)
            self._watch(step)

    def teardown(self) -> None:
        """Leave nothing for the next example."""
        chains = list(self.world.children)
        self._write([_order("redefine_chain", name, children=[]) for name in chains])
        for name, kind in self.world.kinds.items():
            do = "remove_run" if kind == "RUN" else "remove_collection"
            self._write([_order(do, name)])
        self._write([_order("remove_type", name) for name in self.world.types])

    def _write(self, commands: Sequence[Command]) -> None:
        for command in commands:
            self.commands.run(command)

    def _watch(self, step: Step) -> None:
        for follower in self.followers:
            follower.watch(step)


def _order(do: str, name: str, **arguments: object) -> Command:
    return {"do": do, "name": name, **arguments}


@pytest.fixture
def servers(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve a repository twice; the client shall read files anew each time."""
    monkeypatch.setenv("DAF_BUTLER_CACHE_EXPIRATION_MODE", "disabled")
    with ExitStack() as stack:
        followers = []
        polls = {"polled": _POLL_SECONDS, "asked": 0.0}
        threads = stack.enter_context(ThreadPoolExecutor(len(polls)))
        starting = threads.map(lambda poll: _start(root, poll), polls.values())
        for (name, poll), server in zip(polls.items(), list(starting), strict=True):
            stack.callback(server.stop)
            bound = poll + _SLACK_SECONDS if poll else 0.0
            follower = Follower(name, server, server.butler(), bound)
            followers.append(stack.enter_context(closing(follower)))
        butler = stack.enter_context(Butler.from_config(str(root), writeable=True))
        Servers.commands, Servers.followers = Commands(butler), followers
        yield


def _start(root: Path, poll_seconds: float) -> ButleryServer:
    return ButleryServer.start(root, arguments=[f"--poll-seconds={poll_seconds}"])


@pytest.mark.usefixtures("servers")
def test_no_order_of_changes_makes_two_servers_differ_from_the_model(
    *, soak: bool
) -> None:
    run_state_machine_as_test(
        Servers,
        settings=settings(
            max_examples=200 if soak else 2,
            stateful_step_count=40 if soak else 10,
            deadline=None,
            derandomize=not soak,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
