"""Long queries whose results are files: submitted, waited for, read, removed.

Of this project's own API. Whoever holds a job removes it: results are kept by the
server until then, or for a day.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from ...protocol.jobs import JobInfo, JobPart, JobRequest
from ...protocol.query_work import PartsFormat
from ...protocol.rows import DatasetRefRows
from ..connection.failures import UnusableAnswerError, decoded
from ..connection.fetching import fetch
from ..connection.limits import QUERY_SECONDS, Limits
from ..connection.lines import rows_of
from ..connection.messages import Call
from ..connection.session import Session
from ..errors import ButlerServerError, DownloadError, user_error
from ..files import Downloaded, Failed, Located, Manner, download_all
from ..model import DatasetRef
from ..queries import Selection, dataset_refs
from .arguments import folder_of
from .lookups import definition_of
from .queries import objects_of, scope_of, searched
from .repository import Repository

_LONGEST_WAIT = 55  # of one request; the server allows a minute
_ENDED = frozenset({"COMPLETED", "ERROR", "ABORTED"})


def submit(
    repository: Repository,
    dataset_type: str,
    collections: Any,
    selection: Selection,
    form: PartsFormat,
    *,
    find_first: bool,
    with_dimension_records: bool,
) -> Call[str]:
    """Submit a search for datasets, and return the id of the job."""
    shapes = yield from repository.shapes()
    body = dataset_refs(
        (yield from scope_of(repository, shapes)),
        selection,
        (yield from definition_of(repository, dataset_type)),
        (yield from searched(repository, collections, find_first=find_first)),
        find_first=find_first,
        with_dimension_records=with_dimension_records,
    )
    reply = yield from repository.session.ask(
        "POST",
        "query/jobs",
        JobRequest("execute", body, form),
        own=True,
        headers={"prefer": "respond-async"},
        accepted=303,
    )
    id_: str = reply.headers.get("location", "").rpartition("/")[2]
    if not id_.replace("-", "").isalnum():
        raise UnusableAnswerError("the server does not say where the job is")
    return id_


def info(session: Session, id: str, wait_seconds: int = 0) -> Call[JobInfo]:
    """Return a job; if asked to wait, as soon as its phase is another."""
    reply = yield from session.ask(
        "GET", f"query/jobs/{id}?wait={min(wait_seconds, _LONGEST_WAIT)}", own=True
    )
    return decoded(reply, JobInfo)


def wait(
    session: Session, id: str, seconds: float, clock: Callable[[], float]
) -> Call[JobInfo]:
    """Return a job that is completed.

    Raises
    ------
    TimeoutError
        If it is not by then.
    ButlerUserError
        If something is wrong with the query.
    ButlerServerError
        If it failed otherwise, or somebody has ended it.
    """
    deadline = clock() + seconds
    while True:
        left = max(0.0, deadline - clock())
        found = yield from info(session, id, int(min(left, _LONGEST_WAIT)))
        if found.phase in _ENDED:
            return completed(found)
        if left <= 0:
            raise TimeoutError(f"job {id} is {found.phase} after {seconds:g} s")


def completed(found: JobInfo) -> JobInfo:
    """Return a job that is completed; anything else it ended with is an error."""
    if found.phase == "COMPLETED":
        return found
    error = found.error
    if error is not None and error.error_type is not None:
        raise user_error(error.error_type, error.detail)
    text = "somebody has ended it" if error is None else error.detail
    raise ButlerServerError(f"job {found.id}: {text}", client_request_id=found.id)


def rows(
    repository: Repository, id: str, parts: Callable[[], Call[list[JobPart]]]
) -> Call[list[DatasetRef]]:
    """Return all datasets of a result in JSON lines."""
    shapes = yield from repository.shapes()
    found: list[DatasetRef] = []
    for part in (yield from parts()):
        if not part.name.endswith(".jsonl"):
            raise ValueError(f"job {id} wrote files of another format: download them")
        reply = yield from fetch(
            part.url, sink=rows_of(DatasetRefRows), seconds=QUERY_SECONDS
        )
        if reply.status != 200:  # noqa: PLR2004 - OK
            raise ButlerServerError(
                f"{part.name} is not handed out",
                client_request_id=id,
                status_code=reply.status,
            )
        found += yield from objects_of(reply.body, shapes.dataset_ref)
    return found


def download(
    session: Session,
    id: str,
    parts: list[JobPart],
    destination: str | os.PathLike[str],
    limits: Limits,
    *,
    overwrite: bool,
) -> Call[list[Path]]:
    """Put the files of a result into a folder, and return where they are."""
    manner = Manner(
        folder=Path(folder_of(destination)),
        preserve_path=False,
        overwrite=overwrite,
        limits=limits,
    )
    files = [_located(id, part) for part in parts]
    ended = yield from download_all(session, files, manner, None)
    failed = [each for each in ended if isinstance(each, Failed)]
    done = [each for each in ended if isinstance(each, Downloaded)]
    if failed:
        raise DownloadError(failed, done)
    return [each.path for each in done]


def remove(session: Session, id: str) -> Call[None]:
    """End a job, and remove its result; it may be gone already."""
    yield from session.ask("DELETE", f"query/jobs/{id}", own=True, accepted=204)


def _located(id: str, part: JobPart) -> Located:
    return Located(
        id=UUID(int=0),
        url=part.url,
        auth="none",
        path=f"{id}-{part.name}",
        component=None,
        formatter="",
        storage_class="",
        size=part.bytes,
        checksum=part.sha256,
    )
