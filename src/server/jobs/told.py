"""What users are told of a job, and the URLs under which its results are read."""

from datetime import UTC, datetime
from urllib.parse import quote

from ...protocol.errors import ForbiddenError
from ...protocol.jobs import JobError, JobInfo, JobPart
from ...protocol.query_work import WrittenPart
from ..files.recipient import Admission, Recipient
from ..files.signing import Signed, UrlSigner
from .job import Job


class Told:
    """Tells one reader of their jobs in one repository.

    Parameters
    ----------
    label
        The repository's name in URLs.
    signer
        Signs URLs.
    to
        Who is told.
    """

    def __init__(self, label: str, signer: UrlSigner, to: Recipient) -> None:
        self._label = label
        self._signer = signer
        self._base_url = to.base_url
        self._admission: Admission | None = to.admission

    def location(self, job: Job) -> str:
        """Return the URL of a job."""
        return f"{self._base_url}{_repository(self._label)}/v1/query/jobs/{job.id}"

    def info(self, job: Job, *, with_parts: bool = True) -> JobInfo:
        """Return what is told of a job; its parts with new URLs, or without any."""
        is_done = job.phase == "COMPLETED"
        failure = job.failure
        return JobInfo(
            id=job.id,
            phase=job.phase,
            kind=job.kind,
            format=job.format,
            created=_text(job.created),
            started=None if job.started is None else _text(job.started),
            ended=None if job.ended is None else _text(job.ended),
            expires=_text(job.expires),
            rows=sum(part.rows for part in job.parts) if is_done else None,
            parts=self._parts(job) if is_done and with_parts else None,
            error=None
            if failure is None
            else JobError(failure.detail, failure.error_type),
        )

    def _parts(self, job: Job) -> list[JobPart]:
        lifetime = self._signer.lifetimes.private
        expires = int(min(job.expires, self._signer.clock() + lifetime))
        return [self._part(job, part, expires) for part in job.parts]

    def _part(self, job: Job, part: WrittenPart, expires: int) -> JobPart:
        query = self._signer.query_until(
            self._label, _file(job.id, part.name), expires, self._admission
        )
        path = f"{_repository(self._label)}/files/{_file(job.id, part.name)}"
        return JobPart(
            part.name,
            part.rows,
            part.bytes,
            part.sha256,
            f"{self._base_url}{path}?{query}",
            _text(expires),
        )


def check_url(
    signer: UrlSigner, label: str, id_: str, name: str, signed: Signed
) -> None:
    """Check that this server has made a URL of a part, and that it still works.

    Raises
    ------
    ForbiddenError
        If not.
    """
    if signed.dataset:
        raise ForbiddenError("This URL is not one of a job's result.")
    signer.check(label, _file(id_, name), signed)


def _repository(label: str) -> str:
    return f"/api/butlery/repo/{quote(label)}"


def _file(id_: str, name: str) -> str:
    return f"jobs/{id_}/{name}"


def _text(seconds: float) -> str:
    time = datetime.fromtimestamp(seconds, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
