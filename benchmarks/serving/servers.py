"""The servers that take turns, each a process of its own.

What runs them has the same uvicorn settings; what one prints goes to a file, which is
shown only if it does not start.
"""

import hashlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec

from benchmarks.release import plan

from .process import Server, running

LABEL = "dp1"
_SELF_CHECK_SECONDS = 120.0
TOKEN = "token-of-the-benchmark"  # noqa: S105 - no secret
"""What every request carries; only `GUARDED` looks at it."""

_ACCESS = f"""
[access]
kind = "tokens"
tokens_file = "tokens.json"

[[repositories.{LABEL}.access.rules]]
prefix = "u/"
groups = ["everybody"]

[[repositories.{LABEL}.access.rules]]
prefix = "hidden/"
users = ["somebody else"]
"""
_INDEX = f"""
[repositories.{LABEL}.index]
folder = "indexes"

[repositories.{LABEL}.limits]
whole_bytes = 1
"""
_SELF_CHECKS = "butlery_self_check_passes_total{"


class Variant(msgspec.Struct, frozen=True):
    """One way to configure Butlery."""

    name: str
    policy: str = "permanent"
    collections: tuple[str, ...] = (plan.PERMANENT,)
    workers: int = 1
    has_index: bool = False
    asks_who: bool = False


WARM = Variant("Butlery")
TWO_WORKERS = Variant("Butlery, 2 workers", workers=2)
# Nothing is ever kept: each lookup is one that nobody has made before.
COLD = Variant("Butlery, cold", policy="volatile", collections=("*",))

# Whole answers are not kept: each lookup is looked up in the release index.
INDEXED = Variant("Butlery, index", has_index=True)

# Everybody is asked who they are, and most collections are hidden from others.
GUARDED = Variant("Butlery, with rights", asks_who=True)

STOCK = "stock server"
LITESTAR, ASGI = "empty Litestar handler", "empty ASGI application"
FLOORS = {LITESTAR: "litestar", ASGI: "asgi"}


@contextmanager
def butlery(variant: Variant, repository: Path, scratch: Path) -> Iterator[Server]:
    """Serve ``repository`` for as long as the context is open."""
    stem = variant.name.replace(" ", "-").replace(",", "")
    config = scratch / f"{stem}.toml"
    config.write_text(_configuration(variant, repository), encoding="utf-8")
    if variant.has_index:
        _build_index(config)
    if variant.asks_who:
        _write_token(scratch / "tokens.json")
    arguments = ["butlery", "serve", str(config), "--host", "127.0.0.1"]
    with running(variant.name, arguments, scratch / f"{stem}.log") as server:
        if variant.policy == "permanent":
            _await_self_check(server, variant.workers)
        yield server


def stock(repository: Path, scratch: Path) -> AbstractContextManager[Server]:
    """Let the stock server serve ``repository`` for as long as the context is open."""
    served = {"config_uri": str(repository), "authorized_groups": ["*"]}
    environment = {
        "DAF_BUTLER_SERVER_REPOSITORIES": json.dumps({LABEL: served}),
        "DAF_BUTLER_SERVER_GAFAELFAWR_URL": "DISABLED",
        "DAF_BUTLER_SERVER_AUTHENTICATION": "rubin_science_platform",
    }
    arguments = ["benchmarks.serving.stock"]
    return running(STOCK, arguments, scratch / "stock.log", environment)


def floor(
    name: str, answers: dict[str, bytes], scratch: Path
) -> AbstractContextManager[Server]:
    """Serve one answer for each operation for as long as the context is open."""
    folder = scratch / "answers"
    folder.mkdir(exist_ok=True)
    for operation, answer in answers.items():
        (folder / operation).write_bytes(answer)
    kind = FLOORS[name]
    arguments = ["benchmarks.serving.floor", "--kind", kind, "--answers", str(folder)]
    return running(name, arguments, scratch / f"floor-{kind}.log")


def _write_token(file: Path) -> None:
    token = {
        "id": "benchmark",
        "digest": hashlib.sha256(TOKEN.encode()).hexdigest(),
        "user": "reader",
        "groups": ["everybody"],
        "created": "2026-01-01T00:00:00Z",
    }
    file.write_text(json.dumps([token]), encoding="utf-8")


def _build_index(config: Path) -> None:
    command = [sys.executable, "-m", "butlery", "index", "build"]
    subprocess.run(  # noqa: S603 - this interpreter, our own command
        [*command, "--config", str(config)], check=True, stdout=subprocess.DEVNULL
    )


def _await_self_check(server: Server, workers: int) -> None:
    """Wait until each worker has read all that is permanent for the first time.

    As long as that lasts, what is kept is read once more: it is not warm yet.
    """
    deadline = time.monotonic() + _SELF_CHECK_SECONDS
    while _self_checks(server) < workers:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the self-check of {server.name} does not end")
        time.sleep(0.1)


def _self_checks(server: Server) -> float:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:  # noqa: S310 - our own server
        lines = answer.read().decode().splitlines()
    counts = [line.split()[-1] for line in lines if line.startswith(_SELF_CHECKS)]
    return sum(map(float, counts))


def _configuration(variant: Variant, repository: Path) -> str:
    return f"""
workers = {variant.workers}

[repositories.{LABEL}]
uri = {json.dumps(str(repository))}

[[repositories.{LABEL}.policies]]
policy = {json.dumps(variant.policy)}
collections = {json.dumps(variant.collections)}
dataset_types = ["*"]
dimensions = ["*"]

[repositories.{LABEL}.self_check]
share = 1.0
{_INDEX if variant.has_index else ""}
{_ACCESS if variant.asks_who else ""}
"""
