"""The universe document, brought from any stored style to the one on the wire.

Stored documents may use the older ``storage`` style, leave defaults out and list
skypix systems next to ``common``. On the wire everything is written out.
"""

from typing import Any

_DEFAULT_NAMESPACE = "daf_butler"

_CLASS_LEVELS = {"HtmPixelization": 24, "Mq3cPixelization": 30, "Q3cPixelization": 30}
_CLASS_LEVELS["HealpixPixelization"] = 17


def normalize_universe(document: dict[str, Any]) -> dict[str, Any]:
    """Return the universe as ``GET v1/universe`` sends it."""
    topology = document.get("topology") or {}
    return {
        "version": document.get("version", 0),
        "namespace": document.get("namespace", _DEFAULT_NAMESPACE),
        "skypix": _skypix(document["skypix"]),
        "elements": {
            name: _element(spec)
            for name, spec in (document.get("elements") or {}).items()
        },
        "topology": {
            "spatial": dict(topology.get("spatial") or {}),
            "temporal": dict(topology.get("temporal") or {}),
        },
    }


def _skypix(section: dict[str, Any]) -> dict[str, Any]:
    systems = {k: v for k, v in section.items() if k not in {"common", "systems"}}
    systems |= section.get("systems") or {}
    return {
        "common": section["common"],
        "systems": {name: _skypix_system(spec) for name, spec in systems.items()},
    }


def _skypix_system(spec: dict[str, Any]) -> dict[str, Any]:
    cls = spec["class"]
    max_level = spec.get("max_level")
    if max_level is None:
        max_level = _CLASS_LEVELS[cls.rpartition(".")[2]]
    return {
        "class": cls,
        "min_level": spec.get("min_level", 1),
        "max_level": max_level,
    }


def _element(spec: dict[str, Any]) -> dict[str, Any]:
    is_cached, target = _storage(spec)
    return {
        "doc": spec.get("doc", ""),
        "keys": [_column(c, nullable=False) for c in spec.get("keys") or []],
        "requires": list(spec.get("requires") or []),
        "implies": list(spec.get("implies") or []),
        "metadata": [_column(c, nullable=True) for c in spec.get("metadata") or []],
        "is_cached": is_cached,
        "implied_union_target": target,
        "governor": bool(spec.get("governor", False)),
        "always_join": bool(spec.get("always_join", False)),
        "populated_by": spec.get("populated_by"),
        "storage": None,
    }


def _storage(spec: dict[str, Any]) -> tuple[bool, str | None]:
    """Return (cached, element whose table lists the values) of an element."""
    storage = spec.get("storage")
    if storage is None:
        cached = bool(spec.get("is_cached")) or bool(spec.get("governor"))
        return cached, spec.get("implied_union_target")
    kind = storage["cls"].rpartition(".")[2]
    nested = storage.get("nested") or {}
    target = storage.get("view_of") or nested.get("view_of")
    cached = kind in {
        "BasicGovernorDimensionRecordStorage",
        "CachingDimensionRecordStorage",
    }
    return cached, target


def _column(spec: dict[str, Any], *, nullable: bool) -> dict[str, Any]:
    column = {
        "name": spec["name"],
        "doc": spec.get("doc", ""),
        "type": spec["type"],
        "nullable": spec.get("nullable", nullable),
    }
    for size in ("length", "nbytes"):
        if size in spec:
            column[size] = spec[size]
    return column
