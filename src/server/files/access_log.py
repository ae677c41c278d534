"""One log line for each dataset whose files are handed out.

Event, names and shape are those of the stock server, so that what reads its log can
read this one.
"""

from typing import Literal

import structlog

from ...cache import Dataset
from ..requests import AnyRequest

Endpoint = Literal["uuid", "data-id", "uuid-redirect"]
"""How the dataset was named, and whether the answer was a redirect."""

_logger = structlog.get_logger("butlery.server.files")


def log_file_access(
    request: AnyRequest, repository: str, dataset: Dataset, endpoint: Endpoint
) -> None:
    """Say who was given which dataset.

    The user is whom the proxy in front names, or, if there is none, whom the client
    says it is.
    """
    headers = request.headers
    values = dataset.data_id.data_id
    _logger.info(
        "file-access",
        butler_repo=repository,
        requester={
            "username": headers.get("x-auth-request-user"),
            "service": headers.get("x-auth-request-service"),
        },
        dataset={
            "uuid": str(dataset.id),
            "type": dataset.dataset_type.name,
            "data_id": {n: values[n] for n in dataset.dataset_type.group.required},
        },
        file_access_endpoint=endpoint,
    )
