"""Puts the files of many datasets on disk."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..connection.limits import Limits
from ..connection.messages import Call
from ..errors import DownloadError
from ..files.many import Downloaded, Failed, Manner, download_all
from ..files.progress import Bar, Watcher
from .arguments import folder_of
from .locating import Stored, locate_many
from .lookups import uuid_of
from .repository import Repository

_TRANSFERS = ("auto", "copy")


def download_many(
    repository: Repository,
    refs: Iterable[Any],
    destination: str | os.PathLike[str],
    limits: Limits,
    *,
    overwrite: bool,
    preserve_path: bool,
    progress: bool | Watcher | None,
    resumes: bool = True,
) -> Call[list[Downloaded]]:
    """Put all files of some datasets into a folder, in the order of the references.

    Raises
    ------
    DownloadError
        If some of them could not be had.
    ValueError
        If the folder is not of this machine.
    """
    folder, given = Path(folder_of(destination)).absolute(), list(refs)
    stored = yield from locate_many(
        repository, given, None, collections=None, timespan=None
    )
    manner = Manner(
        folder=folder,
        preserve_path=preserve_path,
        overwrite=overwrite,
        limits=limits,
        resumes=resumes,
    )
    watcher = Bar() if progress is True else progress or None
    files = [file for each in stored if isinstance(each, Stored) for file in each.files]
    try:
        ended = yield from download_all(repository.session, files, manner, watcher)
    finally:
        if isinstance(watcher, Bar):
            watcher.close()
    failed = [
        Failed(uuid_of(ref), "", each)
        for ref, each in zip(given, stored, strict=True)
        if isinstance(each, Exception)
    ]
    failed += [each for each in ended if isinstance(each, Failed)]
    done = [each for each in ended if isinstance(each, Downloaded)]
    if failed:
        raise DownloadError(failed, done)
    return done


def retrieve_artifacts(
    repository: Repository,
    refs: Iterable[Any],
    destination: str | os.PathLike[str],
    limits: Limits,
    *,
    transfer: str,
    preserve_path: bool,
    overwrite: bool,
) -> Call[list[Path]]:
    """Put all files of some datasets into a folder, as daf_butler does.

    Raises
    ------
    ValueError
        If that is no folder, or they should be transferred in another way.
    FileExistsError
        If a file is there already.
    """
    if transfer not in _TRANSFERS:
        raise ValueError(f"transfer is one of {_TRANSFERS}, not {transfer!r}")
    folder = folder_of(destination)
    if not folder.endswith("/") and not Path(folder).is_dir():
        raise ValueError(f"{destination} is no folder; make it, or end it with '/'")
    try:
        done = yield from download_many(
            repository,
            refs,
            destination,
            limits,
            overwrite=overwrite,
            preserve_path=preserve_path,
            progress=None,
            resumes=False,
        )
    except DownloadError as error:
        raise error.failed[0].error from error
    return list(dict.fromkeys(each.path for each in done))
