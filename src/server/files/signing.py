"""Signed URLs of this server's own files.

A signature covers repository, file, class of methods, expiry, the dataset whose file it
is and who was given the URL, so that none of them can be exchanged. The query
parameters are called ``Signature`` and ``Expires`` because the stock client recognises
a presigned URL only by these.
"""

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Literal

import msgspec

from ...protocol.errors import ForbiddenError
from .keyed_hash import KeyedHash
from .purposes import Lifetimes
from .recipient import Admission, Holder, packed

MethodClass = Literal["GET"]
"""Methods that one signature admits: ``GET`` stands for ``GET`` and ``HEAD``."""

_VERSION = b"butlery-url-2"
_NOBODY = Holder("")
_PACKED_NOBODY = _NOBODY.packed


class Subject(msgspec.Struct, frozen=True):
    """Of what dataset a file is, as far as its URLs need to know.

    Parameters
    ----------
    dataset
        Its UUID.
    group
        Of its RUN, if that is a group's own; else empty.
    public_from
        Since when everybody may see it, in seconds since 1970-01-01 UTC.
    """

    dataset: str = ""
    group: str = ""
    public_from: float = 0.0


NO_SUBJECT = Subject()


class Signed(msgspec.Struct, frozen=True):
    """What the query of a signed URL says.

    Parameters
    ----------
    expires, signature
        As they stand in the URL.
    dataset
        UUID of the dataset; empty if nobody was asked who they are.
    holder
        Who was given the URL, if anybody was asked.
    """

    expires: str
    signature: str
    dataset: str = ""
    holder: Holder = _NOBODY


class UrlSigner:
    """Signs and checks URLs with one secret.

    Parameters
    ----------
    key
        The secret, shared by all workers.
    lifetimes
        How long a URL works; in seconds, if it is the same for all.
    clock
        Seconds since 1970-01-01 UTC.

    Attributes
    ----------
    lifetimes, clock
        The same.
    """

    def __init__(
        self,
        key: bytes,
        lifetimes: Lifetimes | int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if isinstance(lifetimes, int):
            lifetimes = Lifetimes(lifetimes, lifetimes)
        self.lifetimes = lifetimes
        self.clock = clock
        self._keyed = KeyedHash(key, sha256)
        self._ends = (-1, ("", b""), ("", b""))

    def query(
        self,
        repository: str,
        file: str,
        admission: Admission | None = None,
        subject: Subject = NO_SUBJECT,
    ) -> str:
        """Return the query string that admits reading ``file``."""
        return self.signing(repository, file, subject)(admission)

    def signing(
        self, repository: str, file: str, subject: Subject = NO_SUBJECT
    ) -> Callable[[Admission | None], str]:
        """Return what makes query strings of a file, for whoever is given them."""
        sign, expiry = self._signature, self._expires
        public_from, group = subject.public_from, subject.group
        dataset = subject.dataset
        for_nobody = _about(repository, file, "GET", "")
        for_holders = _about(repository, file, "GET", dataset)

        def query(admission: Admission | None) -> str:
            expires, packed = expiry(public_from)
            if admission is None:
                signature = sign(for_nobody, packed, _PACKED_NOBODY)
                return f"Signature={signature}&Expires={expires}"
            named, who = admission.for_group(group)
            signature = sign(for_holders, packed, who)
            return f"{named}Dataset={dataset}&Signature={signature}&Expires={expires}"

        return query

    def query_until(
        self, repository: str, file: str, expires: int, admission: Admission | None
    ) -> str:
        """Return a query string that admits reading ``file`` until a given time."""
        named, who = ("", _PACKED_NOBODY) if admission is None else admission.named
        end = str(expires)
        about = _about(repository, file, "GET", "")
        signature = self._signature(about, packed(end), who)
        return f"{named}Signature={signature}&Expires={end}"

    def _expires(self, public_from: float) -> tuple[str, bytes]:
        """Return when URLs of now end, as text and packed; most are of one second."""
        now, (second, public, private) = int(self.clock()), self._ends
        if now != second:
            public, private = (
                (str(now + seconds), packed(str(now + seconds)))
                for seconds in (self.lifetimes.public, self.lifetimes.private)
            )
            self._ends = now, public, private
        return public if now >= public_from else private

    def check(self, repository: str, file: str, signed: Signed) -> None:
        """Check the query parameters of a request.

        Raises
        ------
        ForbiddenError
            If the signature was not made for this file, or has expired.
        """
        about = _about(repository, file, "GET", signed.dataset)
        expected = self._signature(about, packed(signed.expires), signed.holder.packed)
        if not hmac.compare_digest(
            expected.encode(), signed.signature.encode("utf-8", "surrogateescape")
        ):
            raise ForbiddenError(
                "This URL is not signed for this file; ask the Butler for a new one."
            )
        if int(signed.expires) < self.clock():
            raise ForbiddenError(
                "This file URL has expired; ask the Butler for a new one."
            )

    def _signature(self, about: bytes, expires: bytes, holder: bytes) -> str:
        digest = self._keyed.digest(about + expires + holder)
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _about(repository: str, file: str, methods: MethodClass, dataset: str) -> bytes:
    return _VERSION + packed(repository, file, methods, dataset)
