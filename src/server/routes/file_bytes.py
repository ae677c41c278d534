"""Bytes of files, under the signed URLs of ``get_file``.

The stock client sends no credentials here: the URL says, under its signature, who was
given it. Where users are known, their rights are looked at again.
"""

from typing import Any
from uuid import UUID

from litestar import HttpMethod, Response, route
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from ...cache import Trail
from ...protocol.errors import ForbiddenError, NotFoundError
from ..access import Identities
from ..files.local import MISSING, LocalStore
from ..files.own_urls import read_query
from ..files.purposes import Purpose
from ..files.relay import relay
from ..files.response import file_response
from ..files.signing import Signed
from ..requests import AnyRequest
from ..served import Served


@route(
    "/{place:str}/{name:path}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    summary="A file, by a signed URL",
)
async def read_file(
    whole: NamedDependency[Served],
    request: AnyRequest,
    state: State,
    place: FromPath[str],
    name: FromPath[str],
) -> Response[Any]:
    """Return a file or a range of it, or redirect to its store."""
    name = name.removeprefix("/")
    query = request.query_params
    signed = read_query(query, query.getall("Group", ()))
    found = whole.files.check(place, name, signed)
    identities: Identities = state.serving.identities
    if identities.asks:
        await _require_right(whole, identities, signed, place, name)
    if isinstance(found.store, LocalStore):
        return file_response(request, found.store.open(name))
    if request.method == "HEAD":
        return await relay(request, found.store.signing(name, Purpose.PROBE)())
    url = found.store.signing(name, Purpose.AT_ONCE)()
    if found.way.way == "proxy":
        return await relay(request, url)
    return Redirect(url, status_code=307)


async def _require_right(
    whole: Served, identities: Identities, signed: Signed, place: str, name: str
) -> None:
    """See that who was given the URL may still see the dataset, and it has this file.

    Raises
    ------
    ForbiddenError
        If the URL names nobody, or nobody who is still known.
    NotFoundError
        If it is as if the file did not exist.
    """
    if not signed.holder.user or not signed.dataset:
        raise ForbiddenError("This URL names no reader; ask the Butler for a new one.")
    seen = whole.seen_by(identities.readmit(signed.holder))
    dataset = await seen.lookups.get_files(UUID(signed.dataset), trail=Trail())
    if dataset is None or not whole.files.has(dataset, place, name):
        raise NotFoundError(MISSING)


HANDLERS = (read_file,)
