"""Small documents in JSON or YAML."""

from typing import Any

import msgspec

from ..errors import ButlerConfigurationError


def parse_mapping(text: str, what: str) -> dict[str, Any]:
    """Return the mapping that a text is.

    Parameters
    ----------
    text
        JSON or YAML.
    what
        It is, for messages.

    Raises
    ------
    ButlerConfigurationError
        If it is something else.
    """
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        value = _parse_yaml(text, what)
    if not isinstance(value, dict):
        raise ButlerConfigurationError(f"{what} is no mapping")
    return value


def _parse_yaml(text: str, what: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        # Merges ("<<") of merges grow exponentially; left alone, they are no YAML.
        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            del node

    try:
        return yaml.load(text, Loader)  # noqa: S506 - it is a safe one
    except (yaml.YAMLError, RecursionError) as error:
        raise ButlerConfigurationError(f"{what} is no YAML: {error}") from error
