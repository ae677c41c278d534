"""The general query endpoints, which this version does not offer."""

from typing import Never

from litestar import post
from litestar.di import NamedDependency

from ...protocol.errors import NotSupportedError
from ..served import Served


@post(
    [
        "/query/execute",
        "/query/count",
        "/query/any",
        "/query/explain",
        "/query/all_datasets",
    ],
    summary="General queries (not offered yet)",
)
async def refuse_query(served: NamedDependency[Served]) -> Never:
    """Refuse, and say what works instead."""
    raise NotSupportedError(
        f"The server of repository '{served.repository.label}' does not answer general "
        "queries yet; lookups by data ID and UUID, collections, dataset types and "
        "dimension records of a data ID work."
    )


HANDLERS = (refuse_query,)
