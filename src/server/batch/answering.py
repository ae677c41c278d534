"""Makes a message of the outcomes of lookups, with URLs of files.

Each dataset whose files are handed out is noted. Between some of the outcomes everybody
else gets a turn.
"""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

from ...cache import Dataset, Outcome
from ...protocol.batch import FindOutcome, GetOutcome, ListedDataset, ListedFile
from ...protocol.datasets import DatasetType
from ...protocol.errors import (
    ButlerUserError,
    ButleryError,
    ForbiddenError,
    NotSupportedError,
)
from ...registry import FileRecord
from ..files.access import LocatedFile
from ..files.access_log import Endpoint
from ..files.recipient import Recipient
from .expiry import expiry_of
from .media_types import media_type_of

_BREATH = 128
"""Items between two turns of everybody else."""

Locate = Callable[[Dataset, FileRecord], LocatedFile]
Accesses = list[tuple[Dataset, Endpoint]]


async def find_outcomes(
    outcomes: Sequence[Outcome], *, records: bool
) -> tuple[list[FindOutcome], dict[str, DatasetType]]:
    """Return what is sent for each item, and the dataset types among them."""
    made: list[FindOutcome] = []
    for part in _parts(len(outcomes)):
        made += [_find_outcome(outcome, records=records) for outcome in outcomes[part]]
        await asyncio.sleep(0)
    return made, _types(outcomes)


def _find_outcome(outcome: Outcome, *, records: bool) -> FindOutcome:
    if outcome is None:
        return FindOutcome("absent")
    if isinstance(outcome, ButleryError):
        return FindOutcome("bad_request", None, *_words(outcome))
    return FindOutcome("found", _listed(outcome, records=records))


async def get_outcomes(
    items: Sequence[object],
    outcomes: Sequence[Outcome],
    locate: Locate,
    to: Recipient,
    log: Callable[[Accesses], None],
) -> tuple[list[GetOutcome], dict[str, DatasetType]]:
    """Return what is sent for each item, and the dataset types among them.

    Parameters
    ----------
    locate
        Returns what makes a file's URLs.
    to
        Who is given them.
    log
        Notes the datasets whose files are handed out, and how they were named.
    """
    made: list[GetOutcome] = []
    for part in _parts(len(outcomes)):
        accesses: Accesses = []
        for item, outcome in zip(items[part], outcomes[part], strict=True):
            answer = _get_outcome(outcome, locate, to)
            made.append(answer)
            if answer.files is not None and isinstance(outcome, Dataset):
                by_id = isinstance(item, UUID)
                accesses.append((outcome, "uuid" if by_id else "data-id"))
        log(accesses)
        await asyncio.sleep(0)
    return made, _types(outcomes)


def _get_outcome(outcome: Outcome, locate: Locate, to: Recipient) -> GetOutcome:
    if outcome is None:
        return GetOutcome("absent")
    if isinstance(outcome, ButleryError):
        return GetOutcome("bad_request", None, None, *_words(outcome))
    listed = _listed(outcome, records=False)
    try:
        files = [_file(file, locate(outcome, file), to) for file in outcome.files]
    except (ForbiddenError, NotSupportedError) as error:
        return GetOutcome("no_file", listed, None, error.detail)
    return (
        GetOutcome("found", listed, files) if files else GetOutcome("no_file", listed)
    )


def _parts(count: int) -> list[slice]:
    return [slice(begin, begin + _BREATH) for begin in range(0, count, _BREATH)]


def _types(outcomes: Sequence[Outcome]) -> dict[str, DatasetType]:
    # In order, so that equal answers have equal bytes.
    types = dict.fromkeys(o.dataset_type for o in outcomes if isinstance(o, Dataset))
    return {type_.name: type_.wire for type_ in types}


def _words(error: ButleryError) -> tuple[str, str | None]:
    kind = error.error_type if isinstance(error, ButlerUserError) else None
    return error.detail, kind


def _listed(dataset: Dataset, *, records: bool) -> ListedDataset:
    return ListedDataset(
        dataset.id,
        dataset.dataset_type.name,
        dataset.run,
        dataset.data_id.data_id,
        dataset.data_id.records if records else None,
    )


def _file(file: FileRecord, located: LocatedFile, to: Recipient) -> ListedFile:
    url, path = located.make_url(to), located.path
    return ListedFile(
        url,
        file.file_size if file.file_size >= 0 else None,
        media_type_of(path),
        expiry_of(url),
        file.component,
        file.formatter,
        file.storage_class,
        path,
        located.auth,
        file.checksum,
    )
