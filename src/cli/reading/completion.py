"""What a shell may offer for a word that is begun: names that the server knows.

A shell that waits is worse than one that offers nothing: it takes 2 s at most, and says
nothing of errors. Some shells insert names as they are: one that means something to a
shell, such as ``$(...)``, is not offered.
"""

import re
from collections.abc import Callable, Iterable
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ...client import Butler

_MOST_SECONDS = 2.0
_MOST_NAMES = 500
_HARMLESS = re.compile(r"[\w./+@%,:=^-]+")


def complete_collection(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    """Return names of collections that begin so."""
    return _names(ctx, incomplete, lambda butler: _collections(butler, incomplete))


def complete_dataset_type(
    ctx: click.Context, _: click.Parameter, incomplete: str
) -> list[str]:
    """Return names of dataset types that begin so, in the collections given if any."""
    given = ctx.params.get("collections") or "*"
    return _names(ctx, incomplete, lambda butler: _dataset_types(butler, given))


def _collections(butler: "Butler", begin: str) -> Iterable[str]:
    quoted = "".join(f"[{c}]" if c in "*?[" else c for c in begin)
    return butler.collections.query(f"{quoted}*")


def _dataset_types(butler: "Butler", collections: Any) -> Iterable[str]:
    found = butler.collections.query_info(collections, include_summary=True)
    return {name for each in found for name in each.dataset_types or ()}


def _names(
    ctx: click.Context, begin: str, ask: "Callable[[Butler], Iterable[str]]"
) -> list[str]:
    found: list[str] = []
    asking = Thread(target=_ask, args=(ctx, ask, found), daemon=True)
    asking.start()
    asking.join(_MOST_SECONDS)
    fitting = (n for n in [*found] if n.startswith(begin) and _HARMLESS.fullmatch(n))
    return sorted(fitting)[:_MOST_NAMES]


def _ask(
    ctx: click.Context, ask: "Callable[[Butler], Iterable[str]]", found: list[str]
) -> None:
    from ...client import Butler

    try:
        repo, token = ctx.params["repo"], ctx.params.get("token")
        with Butler(repo, access_token=token) as butler:
            found.extend(ask(butler))
    except Exception:  # noqa: BLE001, S110 - a shell has no place for errors
        pass
