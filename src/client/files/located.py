"""One file of a dataset, and where it is."""

from typing import Self
from uuid import UUID

import msgspec

from ...protocol.batch import ListedFile
from ...protocol.files import FileInfo

_MEMBER = "#zip-path="


class Located(msgspec.Struct, frozen=True):
    """What a server says of one file; nothing of it is trusted.

    Parameters
    ----------
    id
        UUID of the dataset.
    url, auth
        Where it is, for now, and which token is to be sent there.
    path
        In the datastore, with the name of the member if it is one of a zip file.
    component
        That it holds; `None` for the whole.
    formatter, storage_class
        How it was written.
    size
        In bytes; `None` if unknown.
    checksum
        Hexadecimal, of a kind that its length tells.
    """

    id: UUID
    url: str
    auth: str
    path: str
    component: str | None
    formatter: str
    storage_class: str
    size: int | None
    checksum: str | None

    @classmethod
    def of_single(cls, id: UUID, found: FileInfo) -> Self:
        """Return a file of an answer about one dataset."""
        record = found.datastore_records
        return cls(
            id=id,
            url=found.url,
            auth=found.auth,
            path=record.path,
            component=record.component,
            formatter=record.formatter,
            storage_class=record.storage_class,
            size=record.file_size if record.file_size >= 0 else None,
            checksum=record.checksum,
        )

    @classmethod
    def of_many(cls, id: UUID, found: ListedFile) -> Self:
        """Return a file of an answer about many datasets."""
        has_size = found.size is not None and found.size >= 0
        return cls(
            id=id,
            url=found.url,
            auth=found.auth,
            path=found.path,
            component=found.component,
            formatter=found.formatter,
            storage_class=found.storage_class,
            size=found.size if has_size else None,
            checksum=found.checksum,
        )

    @property
    def member(self) -> str | None:
        """Name of the member that it is of a zip file, if it is one."""
        _, fragment, name = self.path.partition(_MEMBER)
        if not fragment:
            _, fragment, name = self.url.partition(_MEMBER)
        return name if fragment else None

    @property
    def archive(self) -> "Located":
        """The zip file of a member; what is known of the member is not of it."""
        return msgspec.structs.replace(
            self,
            url=self.url.partition("#")[0],
            path=self.path.partition(_MEMBER)[0],
            size=None,
            checksum=None,
        )
