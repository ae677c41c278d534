"""The rows of the small tables as bytes, to make a snapshot of without a database."""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from ...protocol.collections import CollectionType
from ...registry import Contents, Moment, RepositoryError, Schema, read_attributes
from ..policies import Policies, Policy

_FORMAT = 1
_ATTRIBUTES = "butler_attributes"
_ANY = Moment("", "index")


class _Stored(msgspec.Struct, array_like=True):
    format: int
    dialect: str
    namespace: str | None
    node: str
    text: str
    rows: dict[str, list[tuple[Any, ...]]]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Stored)


def pack_contents(contents: Contents) -> bytes:
    """Return contents as bytes."""
    schema, moment = contents.schema, contents.moment
    rows = {name: [tuple(row) for row in of] for name, of in contents.rows.items()}
    stored = _Stored(
        _FORMAT, schema.dialect, schema.namespace, moment.node, moment.text, rows
    )
    return _encoder.encode(stored)


def unpack_contents(data: bytes) -> Contents:
    """Return contents that are known to have held once.

    They have no tokens: whatever is read later is newer.

    Raises
    ------
    RepositoryError
        If they are not such contents.
    """
    try:
        stored = _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise RepositoryError(f"no stored definitions: {error}") from error
    if stored.format != _FORMAT:
        raise RepositoryError(f"definitions are stored in format {stored.format}")
    attributes = read_attributes(stored.rows[_ATTRIBUTES])
    moment = Moment(stored.node, stored.text)
    return Contents(
        moment,
        moment,
        Schema(attributes, stored.dialect, stored.namespace),
        stored.rows,
        {},
        frozenset(),
    )


def permanent_part(
    contents: Contents, policies: Policies, further: Collection[Any] = ()
) -> Contents:
    """Return contents without the collections that may change.

    Members of permanent chains stay, whatever they are: a chain is as it is. The rows
    are sorted, so that equal contents are equal bytes.

    Parameters
    ----------
    further
        Keys of collections that stay, too.
    """
    schema = contents.schema
    collection, chain = schema.collection.name, schema.collection_chain.name
    children: dict[Any, list[Any]] = {}
    for parent, child in contents.rows[chain]:
        children.setdefault(parent, []).append(child)
    kept: set[Any] = set()
    new = [
        key
        for key, name, *_ in contents.rows[collection]
        if policies.of_collection(name) is Policy.PERMANENT or key in further
    ]
    while new:
        key = new.pop()
        if key not in kept:
            kept.add(key)
            new += children.get(key, ())
    summaries = (schema.summary_dataset_type, *schema.summary_governors.values())
    ordered = {n: _of(contents, n, kept) for n in (collection, chain)}
    of_kept = {t.name: _of(contents, t.name, kept) for t in summaries}
    others = {n: of for n, of in contents.rows.items() if n not in ordered}
    rows: Mapping[str, Any] = ordered | {
        name: sorted(map(tuple, of), key=_encoder.encode)
        for name, of in sorted((others | of_kept).items())
    }
    # The moment is in the manifest: a file of the same rows is to be the same.
    return dataclasses.replace(contents, moment=_ANY, until=_ANY, rows=rows)


def _of(contents: Contents, table: str, kept: Collection[Any]) -> list[Any]:
    return [tuple(row) for row in contents.rows[table] if row[0] in kept]


def permanent_keys(
    contents: Contents, policies: Policies
) -> dict[CollectionType, list[Any]]:
    """Return the keys of the permanent collections, by type."""
    found: dict[CollectionType, list[Any]] = {kind: [] for kind in CollectionType}
    for key, name, kind, _ in contents.rows[contents.schema.collection.name]:
        if policies.of_collection(name) is Policy.PERMANENT:
            found[CollectionType(kind)].append(key)
    return found
