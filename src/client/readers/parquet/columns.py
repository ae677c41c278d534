"""Which columns of a table a user means."""

import ast
import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from itertools import product
from typing import TYPE_CHECKING, Any

from ..errors import UnsupportedReadError

if TYPE_CHECKING:
    import pyarrow as pa

Levels = tuple[Any, ...]


def chosen_columns(schema: "pa.Schema", wanted: Any) -> list[str] | None:
    """Return the names of columns in the file; `None` for all of them.

    Parameters
    ----------
    schema
        Schema of the file.
    wanted
        A name or glob, or several. If the columns have levels: tuples, or values by
        level, of which a level that is not named has all.

    Raises
    ------
    UnsupportedReadError
        If nothing matches one of them.
    """
    if not wanted:
        return None
    levels = level_names(schema)
    if len(levels) > 1:
        return _by_level(multi_columns(schema), levels, wanted)
    names = visible_names(schema)
    chosen: dict[str, None] = {}
    for glob in _each(wanted):
        matches = [name for name in names if fnmatchcase(name, str(glob))]
        if not matches:
            raise UnsupportedReadError(f"The table has no column {glob!r}")
        chosen.update(dict.fromkeys(matches))
    return list(chosen)


def visible_names(schema: "pa.Schema") -> list[str]:
    """Return the names of columns, without those that pandas adds for an index.

    Parameters
    ----------
    schema
        Schema of the file.
    """
    return [name for name in schema.names if not name.startswith("__")]


def level_names(schema: "pa.Schema") -> list[str | None]:
    """Return the names of the levels of columns; one without name, if not pandas'.

    Parameters
    ----------
    schema
        Schema of the file.
    """
    pandas = (schema.metadata or {}).get(b"pandas")
    levels = json.loads(pandas)["column_indexes"] if pandas else []
    return [level["name"] for level in levels] or [None]


def multi_columns(schema: "pa.Schema") -> dict[Levels, str]:
    """Return the names in the file of columns that have several levels.

    Parameters
    ----------
    schema
        Schema of the file, where such a column is named by the text of a tuple.
    """
    return {
        ast.literal_eval(name): name for name in schema.names if name.startswith("(")
    }


def _by_level(
    columns: Mapping[Levels, str], levels: list[str | None], wanted: Any
) -> list[str]:
    tuples = _combined(columns, levels, wanted) if _is_mapping(wanted) else wanted
    try:
        return list(dict.fromkeys(columns[tuple(each)] for each in tuples))
    except KeyError as error:
        raise UnsupportedReadError(f"The table has no column {error.args[0]}") from None


def _combined(
    columns: Mapping[Levels, str], levels: list[str | None], wanted: Any
) -> Iterable[Levels]:
    unknown = sorted(set(wanted) - set(levels))
    if unknown:
        raise UnsupportedReadError(f"Columns have the levels {levels}, not {unknown}")
    present = [sorted({column[n] for column in columns}) for n in range(len(levels))]
    for level, values in zip(levels, present, strict=True):
        missing = set(_each(wanted.get(level, values))) - set(values)
        if missing:
            raise UnsupportedReadError(f"Level {level!r} of columns has no {missing}")
    return product(
        *(_each(wanted.get(k, v)) for k, v in zip(levels, present, strict=True))
    )


def _each(wanted: Any) -> Iterable[Any]:
    return [wanted] if isinstance(wanted, str) else wanted


def _is_mapping(wanted: Any) -> bool:
    return isinstance(wanted, Mapping)
