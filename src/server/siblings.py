"""The worker processes of one host tell each other what they count.

Each has a socket beside the host's stream. So whichever is asked for metrics answers
for all of them.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import structlog
from prometheus_client import Metric

from .host import HUB_VARIABLE

_logger = structlog.get_logger("butlery.server")

_PATIENCE_SECONDS = 0.5
_SUFFIX = ".metrics"


class Family(msgspec.Struct, frozen=True):
    """One family of metrics of one process."""

    name: str
    documentation: str
    type: str
    samples: list[tuple[str, dict[str, str], float]]

    @classmethod
    def of(cls, metric: Metric) -> "Family":
        """Return a family as it travels."""
        samples = [(s.name, dict(s.labels), float(s.value)) for s in metric.samples]
        return cls(metric.name, metric.documentation, metric.type, samples)


_decoder = msgspec.json.Decoder(list[Family])


class Siblings:
    """All workers of this host, this one included.

    Parameters
    ----------
    collect
        Returns what this process counts.
    """

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect
        hub = os.environ.get(HUB_VARIABLE)
        self._folder = None if hub is None else Path(hub).parent

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Answer the others as long as the context lasts."""
        if self._folder is None:
            yield
            return
        path = self._folder / f"{os.getpid()}{_SUFFIX}"
        try:
            server = await asyncio.start_unix_server(self._answer, path)
        except OSError as error:  # the path of the folder is too long
            _logger.warning("metrics-of-this-worker-alone", error=str(error))
            yield
            return
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)

    async def metrics(self) -> list[Metric]:
        """Return the metrics of all workers; those that do not answer are left out."""
        own = [Family.of(metric) for metric in self._collect()]
        if self._folder is None:
            return _merge({"": own})
        me = str(os.getpid())
        others = [p for p in self._folder.glob(f"*{_SUFFIX}") if p.stem != me]
        answers = await asyncio.gather(*map(_ask, others))
        found = {path.stem: a for path, a in zip(others, answers, strict=True) if a}
        return _merge({me: own, **found})

    async def _answer(
        self, _: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        families = [Family.of(metric) for metric in self._collect()]
        writer.write(msgspec.json.encode(families))
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()


async def _ask(path: Path) -> list[Family]:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                return _decoder.decode(await reader.read())
            finally:
                writer.close()
    except (OSError, TimeoutError, msgspec.MsgspecError):
        return []  # it has ended, or is busy


def _merge(found: dict[str, list[Family]]) -> list[Metric]:
    """Return one family for each name, with samples that name their process."""
    merged: dict[str, Metric] = {}
    for process, families in found.items():
        of_process = {"worker": process} if process else {}
        for family in families:
            metric = merged.setdefault(
                family.name, Metric(family.name, family.documentation, family.type)
            )
            for name, labels, value in family.samples:
                metric.add_sample(name, {**labels, **of_process}, value)
    return list(merged.values())
