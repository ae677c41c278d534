from itertools import pairwise

import pytest

from benchmarks.load.response import MalformedResponseError, ResponseParser

HEAD = b"HTTP/1.1 %d X\r\nDate: now\r\n"
PLAIN = HEAD % 200 + b"Content-Length: 11\r\n\r\nhello\r\n\r\n12"
EMPTY = HEAD % 422 + b"content-length:0\r\n\r\n"
NO_CONTENT = HEAD % 204 + b"\r\n"
CHUNKED = (
    HEAD % 200 + b"Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
    b"5\r\nhello\r\n10;a=b\r\n0123456789abcdef\r\nB\r\n\r\n0\r\n\r\n..\r\n\r\n0\r\n\r\n"
)
WHOLE = [(PLAIN, 200), (EMPTY, 422), (NO_CONTENT, 204), (CHUNKED, 200)]


def fed(*pieces: bytes) -> list[int]:
    parser = ResponseParser()
    return [parser.feed(piece) for piece in pieces]


@pytest.mark.parametrize(("answer", "status"), WHOLE)
def test_whole_answer_ends_at_its_last_byte(answer: bytes, status: int) -> None:
    assert fed(answer) == [status]


@pytest.mark.parametrize(("answer", "status"), WHOLE)
def test_answer_split_anywhere_ends_at_its_last_byte(
    answer: bytes, status: int
) -> None:
    for cut in range(1, len(answer)):
        assert fed(answer[:cut], answer[cut:]) == [0, status], cut


@pytest.mark.parametrize(("answer", "status"), WHOLE)
def test_answer_split_twice_ends_at_its_last_byte(answer: bytes, status: int) -> None:
    for first in range(1, len(answer) - 1):
        for second in range(first + 1, len(answer)):
            cuts = (0, first, second, len(answer))
            assert fed(*(answer[a:b] for a, b in pairwise(cuts))) == [0, 0, status]


@pytest.mark.parametrize(("answer", "status"), WHOLE)
def test_answer_byte_by_byte_ends_at_its_last_byte(answer: bytes, status: int) -> None:
    statuses = fed(*(answer[at : at + 1] for at in range(len(answer))))
    assert statuses == [0] * (len(answer) - 1) + [status]


def test_nothing_of_one_answer_is_left_for_the_next() -> None:
    answers = [answer for answer, _ in WHOLE * 2]
    assert fed(*answers) == [status for _, status in WHOLE * 2]


def test_server_that_closes_is_noticed() -> None:
    parser = ResponseParser()
    parser.feed(PLAIN)
    assert not parser.closing
    parser.feed(PLAIN.replace(b"Date: now", b"Connection: Close"))
    assert parser.closing


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN + b"x",
        EMPTY + b"x",
        CHUNKED + b"x",
        HEAD % 200 + b"\r\nhello",
        HEAD % 200 + b"Content-Length: many\r\n\r\n",
        b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n",
        HEAD % 200 + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        HEAD % 200 + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n",
    ],
)
def test_what_is_not_one_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        fed(answer)
