"""YAML documents, read by the safe loader, and within limits that it does not have.

A tag that would make an object is an error, and so is what would crash the loader or
exhaust memory.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from .errors import UnreadableFileError, unreadable
from .packages import optional
from .stored_file import StoredFile

# libyaml's loader recurses in C without a limit, and would crash the process.
MAX_YAML_DEPTH = 500
# A merge (``<<``) copies what former ones copied: without limits they grow
# exponentially.
MAX_YAML_MERGED = 100_000
MAX_YAML_MERGED_AT_ONCE = 100
_MERGE_TAG = "tag:yaml.org,2002:merge"


def parse_yaml(file: StoredFile) -> Any:
    """Return a YAML document.

    Parameters
    ----------
    file
        The file.
    """
    with optional("yaml"):
        import yaml

    content = file.read()
    with unreadable(file, yaml.YAMLError):
        _check_depth(file, yaml.parse(content, yaml.CSafeLoader))
        return yaml.load(content, _yaml_loader())  # noqa: S506


def _check_depth(file: StoredFile, events: Iterable[Any]) -> None:
    """Refuse a document that its loader would not survive; events have no depth."""
    from yaml import CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in events:
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        if depth > MAX_YAML_DEPTH:
            raise UnreadableFileError(file, f"it is nested deeper than {depth - 1}")


@cache
def _yaml_loader() -> Any:
    """Return the safe loader, with limits to what merges may copy."""
    import yaml

    class Loader(yaml.CSafeLoader):
        merged = 0

        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            """Put what is merged into a mapping in its place."""
            merges = [value for key, value in node.value if key.tag == _MERGE_TAG]
            if any(
                isinstance(value, yaml.SequenceNode)
                and len(value.value) > MAX_YAML_MERGED_AT_ONCE
                for value in merges
            ):
                raise yaml.YAMLError("it merges too much at once")
            super().flatten_mapping(node)
            self.merged += len(node.value) if merges else 0
            if self.merged > MAX_YAML_MERGED:
                raise yaml.YAMLError("it merges too much")

    def plain(loader: Any, node: Any) -> Any:
        return loader.construct_mapping(node, deep=True)

    # The one tag that daf_butler writes where a dictionary would do.
    Loader.add_constructor("lsst.utils.packages.Packages", plain)
    return Loader
