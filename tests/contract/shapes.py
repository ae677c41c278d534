"""The shapes of answers, as the protocol's schemas have them.

A shape is a type, a tuple of alternatives, a list of one shape, or a mapping
from keys to shapes; a mapping with the key `...` has any keys. Every key of a
mapping must be there and no other: the client refuses some extra keys, and the
stock server writes all keys always.
"""

from typing import Any

NONE = type(None)
MAYBE_STRING = (str, NONE)

DATASET_TYPE = {
    "name": str,
    "storageClass": str,
    "dimensions": [str],
    "parentStorageClass": NONE,
    "isCalibration": bool,
}
RECORD = {"definition": str, "record": {...: (str, int, float, bool, list, NONE)}}
DATA_ID = {"dataId": {...: (int, str)}, "records": (NONE, {...: RECORD})}
DATASET_REF = {
    "id": str,
    "datasetType": DATASET_TYPE,
    "dataId": DATA_ID,
    "run": str,
    "component": NONE,
}
FILE = {
    "formatter": str,
    "path": str,
    "storage_class": str,
    "component": MAYBE_STRING,
    "checksum": MAYBE_STRING,
    "file_size": int,
}
COLLECTION = {
    "name": str,
    "type": int,
    "doc": str,
    "children": [str],
    "parents": ([str], NONE),
    "dataset_types": ([str], NONE),
}
ARTIFACT = {
    "datastore_type": str,
    "file_info": [{"url": str, "datastoreRecords": FILE, "auth": str}],
}
COLUMN = {
    "name": str,
    "doc": str,
    "type": str,
    "nullable": bool,
}


def misfits(shape: Any, value: Any, path: str = "$") -> list[str]:
    """Name every place where a value does not have the shape."""
    if isinstance(shape, tuple):
        attempts = [misfits(alternative, value, path) for alternative in shape]
        return [] if [] in attempts else min(attempts, key=len)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path}: not an array: {value!r}"]
        each = (misfits(shape[0], v, f"{path}[{i}]") for i, v in enumerate(value))
        return [line for lines in each for line in lines]
    if isinstance(shape, dict):
        return _misfits_of_object(shape, value, path)
    # JSON's booleans are no integers, but Python's are.
    if not isinstance(value, shape) or (shape is int and isinstance(value, bool)):
        return [f"{path}: not {shape.__name__}: {value!r}"]
    return []


def _misfits_of_object(shape: dict[Any, Any], value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: not an object: {value!r}"]
    if ... in shape:
        shape = dict.fromkeys(value, shape[...])
    lines = [f"{path}.{key}: missing" for key in shape.keys() - value.keys()]
    lines += [f"{path}.{key}: unexpected" for key in value.keys() - shape.keys()]
    for key in shape.keys() & value.keys():
        lines += misfits(shape[key], value[key], f"{path}.{key}")
    return lines
