"""JSON and YAML documents, as the built-in objects that are written in them.

Where the storage class names a class of the Science Pipelines, its document is what
one gets.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from .errors import RefusedFormatError, unreadable
from .reader import cannot_be, refuse_component, refuse_parameters
from .stored_file import StoredFile, suffix
from .yaml_documents import parse_yaml


class DocumentReader:
    """Reads a file whole and parses it.

    Parameters
    ----------
    parse
        Makes the object of a file.
    """

    def __init__(self, parse: Callable[[StoredFile], Any]) -> None:
        self._parse = parse

    def read(
        self,
        file: StoredFile,
        *,
        component: str | None,
        parameters: Mapping[str, Any],
        as_type: str | None,
    ) -> Any:
        """Return the document."""
        refuse_component(file, component)
        refuse_parameters(file, parameters)
        document = self._parse(file)
        if as_type not in {None, file.label.storage_class}:
            _check_type(file, document, str(as_type))
        return document


def parse_json(file: StoredFile) -> Any:
    """Return a JSON document; ``NaN`` and infinities are numbers, as daf_butler's are.

    Parameters
    ----------
    file
        The file.
    """
    content = file.read()
    with unreadable(file):
        return json.loads(content)


def parse_logs(file: StoredFile) -> Any:
    """Return the records of a log, each a dictionary.

    Parameters
    ----------
    file
        A JSON array, a document with a field ``records``, or one record in each line
        up to one that begins with ``###``.
    """
    content = file.read()
    with unreadable(file):
        if content.startswith((b"[", b'{"extended":true')):
            document = json.loads(content)
            return document["records"] if isinstance(document, dict) else document
        return [json.loads(line) for line in _record_lines(content)]


def parse_packages(file: StoredFile) -> Any:
    """Return names and versions of packages, from YAML or JSON.

    Parameters
    ----------
    file
        The file, whose suffix tells which of them it is.
    """
    if suffix(file) in {".pickle", ".pkl"}:
        raise RefusedFormatError(file, "A pickle can run any code when it is read")
    return parse_json(file) if suffix(file) == ".json" else parse_yaml(file)


def _check_type(file: StoredFile, document: Any, as_type: str) -> None:
    """Let pass the storage classes of built-in objects, if the document is one."""
    for prefix, kind in (("StructuredDataDict", dict), ("StructuredDataList", list)):
        if as_type.startswith(prefix) and isinstance(document, kind):
            return
    raise cannot_be(file, as_type)


def _record_lines(content: bytes) -> list[bytes]:
    records: list[bytes] = []
    for line in content.splitlines():
        if line.startswith(b"###"):
            break
        if line.strip():
            records.append(line)
    return records
