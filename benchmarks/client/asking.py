"""One client in one process: what it costs to import it, to connect, and to ask.

``python -m benchmarks.client.asking KIND URL QUESTIONS`` prints figures as JSON.
Nothing but the standard library is imported before the client is.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WARMING = 50


def main() -> None:
    """Measure a client, and print what was found."""
    kind, url, file = sys.argv[1:]
    asked = json.loads(Path(file).read_text(encoding="utf-8"))
    random.shuffle(asked["data_ids"])  # no other process has sent this batch
    figures = _KINDS[kind](url, asked["type"], asked["collections"], asked["data_ids"])
    print(json.dumps(figures))


def _ours(url: str, kind: str, path: str, data_ids: list[Any]) -> dict[str, float]:
    figures: dict[str, float] = {}
    with _measured(figures, "import"):
        from butlery.client import Butler
    with _measured(figures, "connect"):
        butler = Butler(url)
    _loop(figures, butler, kind, path, data_ids)
    with _measured(figures, "first"):
        found = butler.find_many(kind, data_ids, collections=path)
    with _measured(figures, "batch"):
        again = butler.find_many(kind, data_ids, collections=path)
    assert found == again
    assert None not in found
    return figures


def _stock(url: str, kind: str, path: str, data_ids: list[Any]) -> dict[str, float]:
    figures: dict[str, float] = {}
    with _measured(figures, "import"):
        from lsst.daf.butler import Butler
    with _measured(figures, "connect"):
        butler = Butler.from_config(url)
    _loop(figures, butler, kind, path, data_ids)
    return figures


def _async(url: str, kind: str, path: str, data_ids: list[Any]) -> dict[str, float]:
    import asyncio

    figures: dict[str, float] = {}

    async def ask() -> None:
        with _measured(figures, "import"):
            from butlery.client import AsyncButler
        with _measured(figures, "connect"):
            butler = await AsyncButler(url).open()
        for data_id in data_ids[:_WARMING]:
            await butler.find_dataset(kind, data_id, collections=path)
        with _measured(figures, "loop"):
            for data_id in data_ids:
                assert await butler.find_dataset(kind, data_id, collections=path)
        with _measured(figures, "first"):
            assert await butler.find_many(kind, data_ids, collections=path)
        with _measured(figures, "batch"):
            assert await butler.find_many(kind, data_ids, collections=path)
        await butler.close()

    asyncio.run(ask())
    return figures


def _loop(
    figures: dict[str, float], butler: Any, kind: str, path: str, data_ids: list[Any]
) -> None:
    for data_id in data_ids[:_WARMING]:
        butler.find_dataset(kind, data_id, collections=path)
    with _measured(figures, "loop"):
        for data_id in data_ids:
            assert butler.find_dataset(kind, data_id, collections=path) is not None


@contextmanager
def _measured(figures: dict[str, float], name: str) -> Iterator[None]:
    wall, busy = time.perf_counter(), time.process_time()
    yield
    figures[f"{name}_seconds"] = time.perf_counter() - wall
    figures[f"{name}_cpu_seconds"] = time.process_time() - busy


_KINDS: dict[str, Callable[[str, str, str, list[Any]], dict[str, float]]] = {
    "ours": _ours,
    "stock": _stock,
    "async": _async,
}

if __name__ == "__main__":
    main()
