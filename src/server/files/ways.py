"""How the files of each store are handed out, as the operator has said."""

from collections.abc import Sequence

import msgspec

from ...registry import RepositoryError
from ..config import StoreSettings


class Ways:
    """The settings of one repository's stores.

    Parameters
    ----------
    label
        The repository's name.
    roots
        Of its datastores.
    settings
        The first whose root is above a file's counts.
    is_cadc
        Whether clients have credentials of their own for stores on http(s).

    Attributes
    ----------
    settings
        The same.

    Raises
    ------
    RepositoryError
        If a setting is about no datastore; one on http(s) may be about absolute paths
        of records, which nobody knows beforehand.
    """

    def __init__(
        self,
        label: str,
        roots: Sequence[str],
        settings: Sequence[StoreSettings],
        *,
        is_cadc: bool = False,
    ) -> None:
        for each in settings:
            if not each.is_http and not any(_is_above(each.root, r) for r in roots):
                raise RepositoryError(
                    f"repository {label!r}: no datastore is below {each.root!r}, which "
                    f"stands in stores; there are: {', '.join(map(repr, roots))}"
                )
        self.settings = settings
        self._is_cadc = is_cadc

    def of(self, uri: str) -> StoreSettings:
        """Return how files below a root, or at a URI, are handed out."""
        found = (each for each in self.settings if _is_above(each.root, uri))
        way = next(found, None) or StoreSettings(uri)
        if self._is_cadc and StoreSettings(uri).is_http and way.way == "direct":
            return msgspec.structs.replace(way, auth="datastore")
        return way


def _is_above(root: str, uri: str) -> bool:
    return f"{uri.rstrip('/')}/".startswith(f"{root.rstrip('/')}/")
