"""Data IDs in the words of a command line: ``instrument=HSC detector=4``."""

import re
from collections.abc import Mapping

import click

_NUMBER = re.compile(r"-?[0-9]{1,19}")


def read_pairs(
    _: click.Context, __: click.Parameter, texts: tuple[str, ...]
) -> dict[str, int | str]:
    """Take ``KEY=VALUE`` apart; a value in quotes is no number."""
    pairs: dict[str, int | str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"{text!r} is not KEY=VALUE")
        unquoted = re.sub(r"""^(['"])(.*)\1$""", r"\2", value)
        pairs[key] = int(value) if _NUMBER.fullmatch(value) else unquoted
    return pairs


def shown_pairs(data_id: Mapping[str, int | str]) -> str:
    """Return a data ID as it can be given again."""
    return " ".join(f"{key}={_shown(value)}" for key, value in data_id.items())


def _shown(value: int | str) -> str:
    is_plain = isinstance(value, int) or not (_NUMBER.fullmatch(value) or " " in value)
    return str(value) if is_plain else f"'{value}'"
