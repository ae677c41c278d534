"""YAML and JSON documents with Butler's two ways of including others.

``!include other.yaml`` puts a document in place of a value; ``includeConfigs``
merges documents into the mapping it stands in, under what that mapping says
itself. Both are relative to the including file.
"""

import os
from typing import Any

import yaml

from ..errors import RepositoryError
from . import resources

_MAX_DEPTH = 16

Document = dict[str, Any]


def load_document(uri: str) -> Document:
    """Return the mapping in the file at ``uri``, with everything included.

    Raises
    ------
    RepositoryError
        If a file is missing, is not YAML, or is not a mapping.
    """
    document = _load(uri, depth=0)
    if not isinstance(document, dict):
        raise RepositoryError(f"{uri} holds no mapping; a Butler configuration is one")
    return document


def _load(uri: str, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise RepositoryError(f"{uri} is included more than {_MAX_DEPTH} levels deep")
    folder = resources.parent(uri)

    class Loader(yaml.SafeLoader):
        """A safe loader that knows where its file is."""

    def include(loader: Loader, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            name = str(loader.construct_scalar(node))
            return _load(resources.join(folder, name), depth + 1)
        if isinstance(node, yaml.SequenceNode):
            names = loader.construct_sequence(node)
            return [_load(resources.join(folder, str(n)), depth + 1) for n in names]
        raise RepositoryError(f"{uri}: !include takes a file name or a list of them")

    Loader.add_constructor("!include", include)
    try:
        document = yaml.load(resources.read(uri), Loader=Loader)  # noqa: S506 - safe
    except yaml.YAMLError as error:
        raise RepositoryError(f"{uri} is not valid YAML: {describe(error)}") from None
    return _merge_includes(document, folder, depth)


def describe(error: Exception) -> str:
    """Return what is wrong with a text, without quoting it: it may hold a password."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or "syntax error"
        return f"line {mark.line + 1}, column {mark.column + 1}: {problem}"
    line = getattr(error, "lineno", None)
    return f"syntax error in line {line}" if line else type(error).__name__


def section(document: Document, key: str) -> Document:
    """Return the mapping under ``key``, empty if there is none.

    Raises
    ------
    RepositoryError
        If something else stands there.
    """
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RepositoryError(f"the configuration's {key!r} must be a mapping")
    return value


def _merge_includes(value: Any, folder: str, depth: int) -> Any:
    if isinstance(value, list):
        return [_merge_includes(item, folder, depth) for item in value]
    if not isinstance(value, dict):
        return value
    own = {k: _merge_includes(v, folder, depth) for k, v in value.items()}
    names = own.pop("includeConfigs", None) or []
    merged: Document = {}
    for name in names if isinstance(names, list) else [names]:
        if not isinstance(name, str):
            raise RepositoryError("includeConfigs takes a file name or a list of them")
        uri = resources.join(folder, os.path.expandvars(name))
        included = _load(uri, depth + 1)
        if not isinstance(included, dict):
            raise RepositoryError(f"{uri} holds no mapping; includeConfigs merges them")
        merged = merge(merged, included)
    return merge(merged, own)


def merge(base: Document, override: Document) -> Document:
    """Return ``base`` with ``override`` on top, mappings merged level by level."""
    result = dict(base)
    for key, value in override.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            result[key] = merge(old, value)
        else:
            result[key] = value
    return result
