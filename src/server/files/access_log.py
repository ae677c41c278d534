"""One log line for each dataset whose files are handed out.

Event, names and shape are those of the stock server, so that what reads its log can
read this one.
"""

from collections.abc import Iterable
from typing import Any, Literal

import structlog

from ...cache import Dataset
from ..access import reader_of
from ..logs import log_lines
from ..requests import Asked

Endpoint = Literal["uuid", "data-id", "uuid-redirect"]
"""How the dataset was named, and whether the answer was a redirect."""

_logger = structlog.get_logger("butlery.server.files")


def log_file_accesses(
    request: Asked,
    repository: str,
    datasets: Iterable[tuple[Dataset, Endpoint]],
) -> None:
    """Say who was given which datasets, a line for each.

    The user is who has shown to be it; if nobody is asked, whom the proxy in front
    names, or, if there is none, whom the client says it is.
    """
    own = [_own(dataset, endpoint) for dataset, endpoint in datasets]
    log_lines("file-access", _common(request, repository), own)


def _common(request: Asked, repository: str) -> dict[str, Any]:
    reader, headers = reader_of(request.scope), request.headers
    if reader.user is not None:
        requester = {"username": reader.user, "service": reader.service}
    else:
        requester = {
            "username": headers.get("x-auth-request-user"),
            "service": headers.get("x-auth-request-service"),
        }
    return {"butler_repo": repository, "requester": requester}


def _own(dataset: Dataset, endpoint: Endpoint) -> dict[str, Any]:
    values = dataset.data_id.data_id
    return {
        "dataset": {
            "uuid": dataset.id,
            "type": dataset.dataset_type.name,
            "data_id": {n: values[n] for n in dataset.dataset_type.group.required},
        },
        "file_access_endpoint": endpoint,
    }
