import pytest

from benchmarks.load.check import running_floor
from benchmarks.load.requests import Request
from benchmarks.serving.check import WrongAnswerError, check_answers
from benchmarks.serving.workload import Question


def questions(expected: bytes) -> list[Question]:
    return [Question(Request("GET", "/"), (b"dataset_ref", expected))]


def test_right_answer_is_given_back() -> None:
    with running_floor() as (target, _):
        url = f"http://{target.host}:{target.port}"
        assert check_answers(url, questions(b"null")) == b'{"dataset_ref":null}'


def test_wrong_answer_stops_the_benchmark() -> None:
    with running_floor() as (target, _):
        url = f"http://{target.host}:{target.port}"
        with pytest.raises(WrongAnswerError, match='no "id" in'):
            check_answers(url, questions(b'"id"'))
