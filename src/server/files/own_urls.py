"""URLs of this server for the files of one repository.

A URL names the place, the file in it by its name, and what `signing` adds.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from ...protocol.errors import ForbiddenError
from .recipient import Holder, MakeUrl
from .signing import Signed, Subject, UrlSigner


class OwnUrls:
    """Makes and checks URLs.

    Parameters
    ----------
    label
        The repository's name in URLs.
    signer
        Signs them.
    """

    def __init__(self, label: str, signer: UrlSigner) -> None:
        self._label = label
        self._path = f"/api/butler/repo/{quote(label)}/files"
        self._signer = signer

    def making(self, place: str, name: str, fragment: str, subject: Subject) -> MakeUrl:
        """Return what makes URLs of a file."""
        query = self._signer.signing(self._label, f"{place}/{name}", subject)
        path = f"{self._path}/{place}/{quote(name)}"
        return lambda to: f"{to.base_url}{path}?{query(to.admission)}{fragment}"

    def check(self, place: str, name: str, signed: Signed) -> None:
        """Check that this server has made a URL, and that it still works.

        Raises
        ------
        ForbiddenError
            If not.
        """
        self._signer.check(self._label, f"{place}/{name}", signed)


def read_query(query: Mapping[str, str], groups: Sequence[str]) -> Signed:
    """Return what the query of a URL says; nothing about it is checked yet.

    Parameters
    ----------
    groups
        All values of ``Group``.

    Raises
    ------
    ForbiddenError
        If it cannot be one of this server's.
    """
    expires, signature = query.get("Expires", ""), query.get("Signature", "")
    if not expires.isdecimal() or not signature:
        raise ForbiddenError("A file URL needs the Expires and Signature it was given.")
    holder = Holder(query.get("User", ""), tuple(groups), query.get("Token", ""))
    return Signed(expires, signature, query.get("Dataset", ""), holder)
