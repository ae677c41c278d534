"""How much memory a file may demand: in proportion to its own size.

A few hundred bytes can claim to hold terabytes. What is claimed is compared with the
length of the file before anything is allocated.
"""

from .errors import UnreadableFileError
from .stored_file import StoredFile

# Tables of Rubin are compressed by factors below ten; columns that are all the same,
# by some hundred. Below the second number nothing hurts anybody.
MAX_RATIO = 200
ALWAYS_ALLOWED_BYTES = 1024**3


def check_demand(file: StoredFile, claimed: int, size: int | None = None) -> None:
    """Refuse what would take far more memory than its file explains.

    Parameters
    ----------
    file
        The file that makes the claim.
    claimed
        Bytes that its content would take.
    size
        Length of the part that makes it, if it is not the whole file.

    Raises
    ------
    UnreadableFileError
        If the claim is beyond all measure.
    """
    allowed = max(
        ALWAYS_ALLOWED_BYTES, MAX_RATIO * (length_of(file) if size is None else size)
    )
    if claimed > allowed:
        raise UnreadableFileError(
            file, f"it claims {claimed} bytes of content, more than {allowed}"
        )


def length_of(file: StoredFile) -> int:
    """Return the length of a file in bytes, which its record may not tell.

    Parameters
    ----------
    file
        The file.
    """
    if file.size is not None:
        return file.size
    with file.open() as handle:
        return handle.seek(0, 2)
