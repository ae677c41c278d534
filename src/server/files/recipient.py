"""Who is given a URL, and what the URL says of them.

Clients send no credentials with file URLs: whose rights are to be checked stands in the
URL itself, under its signature.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import msgspec

from ..config import RepositoryAccessSettings

if TYPE_CHECKING:
    from ..access import Reader


class Holder(msgspec.Struct, frozen=True):
    """Whom a URL names, with what is needed to find out their rights again.

    Parameters
    ----------
    user
        Their name.
    groups
        Sorted; those of theirs that matter for the repository, if only their URL
        tells them.
    token
        Id of the token they came with, if that tells their groups.
    """

    user: str
    groups: tuple[str, ...] = ()
    token: str = ""

    @property
    def query(self) -> str:
        """What a URL says of them, with an ``&`` at the end."""
        token = f"Token={quote_plus(self.token)}&" if self.token else ""
        groups = "".join(f"Group={quote_plus(group)}&" for group in self.groups)
        return f"User={quote_plus(self.user)}&{groups}{token}"

    @property
    def packed(self) -> bytes:
        """What a signature covers of them."""
        # All but the groups are always there: no two holders are packed alike.
        return packed(self.user, self.token, *self.groups)


class Admission:
    """A reader as URLs of one repository name them.

    Parameters
    ----------
    reader
        Who asks.
    named
        Groups that the rules of the repository name.

    Attributes
    ----------
    named
        How URLs name them, and what a signature covers.
    """

    __slots__ = ("_groups", "holder", "named")

    def __init__(self, reader: "Reader", named: Iterable[str]) -> None:
        # With a token its file says in which groups its owner is, now.
        self._groups = reader.groups if reader.token is None else frozenset()
        groups = tuple(sorted(self._groups.intersection(named)))
        self.holder = Holder(reader.user or "", groups, reader.token or "")
        self.named = self.holder.query, self.holder.packed

    def for_group(self, group: str) -> tuple[str, bytes]:
        """Return how URLs name them, of files that a group owns if it is not empty.

        The second is what a signature covers. A group that they are not in is not said
        to be theirs.
        """
        groups = self.holder.groups
        if not group or group not in self._groups or group in groups:
            return self.named
        groups = tuple(sorted((*groups, group)))
        holder = Holder(self.holder.user, groups, self.holder.token)
        return holder.query, holder.packed


def packed(*parts: str) -> bytes:
    """Return texts as bytes, each with its length: no two lists of texts agree."""
    encoded = [part.encode("utf-8", "surrogateescape") for part in parts]
    return b"".join([b"%d:%b" % (len(data), data) for data in encoded])


def named_groups(settings: RepositoryAccessSettings) -> frozenset[str]:
    """Return the groups that a repository's rules name."""
    lists = [settings.groups, settings.admin_groups]
    lists += [rule.groups for rule in settings.rules]
    lists += [embargo.groups for embargo in settings.embargoes]
    return frozenset(group for groups in lists for group in groups)


class Recipient(msgspec.Struct, frozen=True):
    """Who is given a URL, and how they reach this server.

    Parameters
    ----------
    base_url
        Of this server, as they reach it.
    admission
        Who they are; `None`: nobody is asked.
    probes
        Whether they look with ``HEAD`` whether a file is there, as the stock client
        does with URLs that it does not know to be presigned.
    many
        Whether they are given URLs by the thousand.
    """

    base_url: str
    admission: Admission | None = None
    probes: bool = True
    many: bool = False


MakeUrl = Callable[[Recipient], str]
"""Returns a file's URL, fragment included. It works without credentials, and is signed
anew at each call."""
