import pytest
from litestar.testing import TestClient

from benchmarks.serving.floor import build_app

PATH = "/api/butler/repo/any/v1/find_dataset"
QUESTION = {
    "dataset_type": "raw",
    "data_id": {"instrument": "Camera", "exposure": 1},
    "collections": ["raw/all"],
    "timespan": None,
}


def test_floor_returns_the_bytes_it_was_given() -> None:
    with TestClient(build_app(b'{"dataset_ref":null}')) as client:
        response = client.post(PATH, json=QUESTION)
    assert response.status_code == 200
    assert response.content == b'{"dataset_ref":null}'
    assert response.headers["content-type"] == "application/json"


@pytest.mark.parametrize("missing", QUESTION)
def test_floor_decodes_what_it_is_sent(missing: str) -> None:
    question = {key: value for key, value in QUESTION.items() if key != missing}
    with TestClient(build_app(b"{}")) as client:
        assert client.post(PATH, json=question).status_code == 400
