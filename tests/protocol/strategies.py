"""Any value of any wire type, for hypothesis.

Strategies are made from the types themselves, so that a new message needs no
strategy of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

_LARGEST = 2**63

# Control characters, quotes and Unicode line ends: what encoders get wrong.
TEXT = st.text(max_size=12) | st.sampled_from(
    ["", "\0", '"', "\\", "\u0085", "\u2028", "\U0001f52d", "a/b c+d%2F#e"]
)
INTEGERS = st.integers(-_LARGEST, _LARGEST - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=6,
)


def values_of(type_: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a struct or any other wire type."""
    return _strategy(inspect.type_info(type_))


def _strategy(type_: Any) -> st.SearchStrategy[Any]:
    return _STRATEGIES[type(type_)](type_)


def _struct(type_: inspect.StructType) -> st.SearchStrategy[Any]:
    return st.builds(type_.cls, **{field.name: _field(field) for field in type_.fields})


def _field(field: inspect.Field) -> st.SearchStrategy[Any]:
    strategy = _strategy(field.type)
    if field.default is msgspec.UNSET:
        return strategy | st.just(msgspec.UNSET)
    return strategy


def _integer(type_: inspect.IntType) -> st.SearchStrategy[Any]:
    smallest = -_LARGEST if type_.ge is None else type_.ge
    largest = _LARGEST - 1 if type_.le is None else type_.le
    return st.integers(smallest, largest)


def _dictionary(type_: inspect.DictType) -> st.SearchStrategy[Any]:
    key, value = _strategy(type_.key_type), _strategy(type_.value_type)
    return st.dictionaries(key, value, max_size=3)


_STRATEGIES: Mapping[type[inspect.Type], Callable[[Any], st.SearchStrategy[Any]]] = {
    inspect.AnyType: lambda _: JSON,
    inspect.NoneType: lambda _: st.none(),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.IntType: _integer,
    inspect.FloatType: lambda _: FLOATS,
    inspect.StrType: lambda _: TEXT,
    inspect.BytesType: lambda _: st.binary(max_size=8),
    inspect.UUIDType: lambda _: st.uuids(),
    inspect.LiteralType: lambda type_: st.sampled_from(type_.values),
    inspect.EnumType: lambda type_: st.sampled_from(list(type_.cls)),
    inspect.ListType: lambda type_: st.lists(_strategy(type_.item_type), max_size=3),
    inspect.TupleType: lambda type_: st.tuples(*map(_strategy, type_.item_types)),
    inspect.VarTupleType: lambda type_: st.lists(
        _strategy(type_.item_type), max_size=3
    ).map(tuple),
    inspect.UnionType: lambda type_: st.one_of(*map(_strategy, type_.types)),
    inspect.DictType: _dictionary,
    inspect.StructType: _struct,
}
