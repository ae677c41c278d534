"""Media types of files, by their names."""

from ..files.paths import RecordPath

_UNKNOWN = "application/octet-stream"
_BY_EXTENSION = {
    "fits": "application/fits",
    "parq": "application/vnd.apache.parquet",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "yaml": "application/yaml",
    "yml": "application/yaml",
}


def media_type_of(path: str) -> str:
    """Return the media type of what the URL of a datastore record leads to.

    For a member of a zip file that is the zip file.
    """
    if "#" in path:
        path = RecordPath.parse(path).path
    name, _, extension = path.rpartition(".")
    return _BY_EXTENSION.get(extension.lower(), _UNKNOWN) if name else _UNKNOWN
