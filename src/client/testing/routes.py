"""Which answer belongs to a request for a path."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .answers import Answers
from .batches import BatchAnswers
from .refusals import RefusedError, not_found


class Routes:
    """Of one repository.

    Parameters
    ----------
    label
        Of the repository.
    answers, batches
        To what is asked.
    """

    def __init__(self, label: str, answers: Answers, batches: BatchAnswers) -> None:
        self._roots = {
            f"/api/butler/repo/{label}/": "butler",
            f"/api/butlery/repo/{label}/": "own",
        }
        self._to_get: Mapping[str, Callable[..., Any]] = {
            "butler/butler.yaml": _configuration,
            "butler/butler.json": _configuration,
            "butler/v1/universe": answers.universe,
            "butler/v1/collection_summary": answers.collection_summary,
            "butler/v1/dataset_type/": answers.dataset_type,
            "butler/v1/dataset/": answers.dataset,
            "butler/v1/get_file/": answers.get_file,
        }
        self._to_post: Mapping[str, Callable[[bytes], Any]] = {
            "butler/v1/datasets": answers.datasets,
            "butler/v1/find_dataset": answers.find_dataset,
            "butler/v1/get_file_by_data_id": answers.get_file_by_data_id,
            "butler/v1/expand_data_id": answers.expand_data_id,
            "butler/v1/query_collection_info": answers.query_collection_info,
            "butler/v1/query_dataset_types": answers.query_dataset_types,
            "own/v1/find_datasets": batches.find_datasets,
            "own/v1/get_files": batches.get_files,
        }

    def answer(self, method: str, target: str, body: bytes) -> Any:
        """Return the document that answers a request.

        Raises
        ------
        RefusedError
            If the answer is an error.
        """
        parts = urlsplit(target)
        route = self._route(parts.path)
        if method == "POST" and route in self._to_post:
            return self._to_post[route](body)
        if route.startswith("butler/v1/query/"):
            raise RefusedError(501, {"detail": "this server of tests has no queries"})
        query = dict(parse_qsl(parts.query))
        if method == "GET" and route in self._to_get:
            return self._to_get[route](**query)
        kind, _, name = route.rpartition("/")
        if method == "GET" and f"{kind}/" in self._to_get:
            return self._to_get[f"{kind}/"](unquote(name), **query)
        raise not_found()

    def _route(self, path: str) -> str:
        for root, short in self._roots.items():
            if path.startswith(root):
                return f"{short}/{path.removeprefix(root)}"
        raise not_found()


def _configuration() -> Any:
    mode = "rubin_science_platform"
    return {
        "cls": "lsst.daf.butler.remote_butler.RemoteButler",
        "remote_butler": {"url": "<butlerRoot>", "authentication": mode},
    }
