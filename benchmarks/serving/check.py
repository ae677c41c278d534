"""Questions put once, before any clock runs; this also warms the caches."""

import http.client
from collections.abc import Sequence

from benchmarks.load.requests import Request, Target

from .workload import Question


class WrongAnswerError(Exception):
    """The server's answer is not the Butler's: its speed would mean nothing."""


def check_answers(url: str, questions: Sequence[Question]) -> bytes:
    """Put every question once; give the last answer's body."""
    target = Target.from_url(url)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=30)
    try:
        answers = [_check(connection, target, q) for q in questions]
    finally:
        connection.close()
    return answers[-1]


def _check(
    connection: http.client.HTTPConnection, target: Target, question: Question
) -> bytes:
    status, body = _ask(connection, target, question.request)
    missing = [piece for piece in question.expected if piece not in body]
    if status != http.HTTPStatus.OK or missing:
        wanted = b" or ".join(missing).decode()
        raise WrongAnswerError(
            f"{question.request.method} {question.request.path}: {status},"
            f" no {wanted} in {body[:300].decode()}"
        )
    return body


def _ask(
    connection: http.client.HTTPConnection, target: Target, request: Request
) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json"} if request.body else {}
    connection.request(
        request.method,
        target.prefix + request.path,
        bytes(request.body) or None,
        headers | request.headers,
    )
    response = connection.getresponse()
    return response.status, response.read()
