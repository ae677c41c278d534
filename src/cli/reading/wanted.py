"""Which datasets a command is about: a data ID, a condition, or UUIDs."""

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click
import msgspec

from ...protocol.globs import is_glob
from ..data_ids import read_pairs
from ..timespans import timespan_option
from .completion import complete_collection, complete_dataset_type

if TYPE_CHECKING:
    from ...client import Butler, DatasetRef, Timespan


class Wanted(msgspec.Struct, frozen=True):
    """What was said of the datasets that are wanted.

    Parameters
    ----------
    dataset_type
        Name, perhaps with that of a component; empty: none was given.
    data_id
        Values by dimension.
    collections
        Names and globs, in search order.
    timespan
        That validity ranges must overlap; `None`: CALIBRATION collections take no
        part.
    where
        Condition on dimensions; `None`: the data ID says all.
    uuids
        In place of everything else.
    """

    dataset_type: str = ""
    data_id: Mapping[str, int | str] = {}
    collections: tuple[str, ...] = ()
    timespan: "Timespan | None" = None
    where: str | None = None
    uuids: tuple[UUID, ...] = ()

    def find(self, butler: "Butler", limit: int | None = None) -> "list[DatasetRef]":
        """Return what there is of it.

        Raises
        ------
        click.UsageError
            If too little or too much was said.
        LookupError
            If there is no dataset with one of the UUIDs.
        """
        self.check()
        if self.uuids:
            return self._identified(butler)[:limit]
        if self.where is None:
            ref = butler.find_dataset(
                self.dataset_type,
                self.data_id,
                collections=self.collections,
                timespan=self.timespan,
            )
            return [] if ref is None else [ref]
        return butler.query_datasets(
            self.dataset_type,
            collections=self.collections,
            find_first=not any(map(is_glob, self.collections)),
            data_id=self.data_id,
            where=self.where,
            limit=limit,
        )

    def _identified(self, butler: "Butler") -> "list[DatasetRef]":
        found = {ref.id: ref for ref in butler.get_many_datasets(self.uuids)}
        missing = [str(each) for each in self.uuids if each not in found]
        if missing:
            raise LookupError(f"there is no dataset {', '.join(missing)}")
        return [found[each] for each in self.uuids]

    def check(self) -> None:
        """Refuse what says too little or too much.

        Raises
        ------
        click.UsageError
            If it does.
        """
        if self.uuids:
            if self != Wanted(uuids=self.uuids, collections=self.collections):
                raise click.UsageError("--uuid says all: give nothing else with it.")
        elif not self.dataset_type:
            raise click.UsageError("Missing argument 'DATASET_TYPE'.")
        elif not self.collections:
            raise click.UsageError("Missing option '-c' / '--collection'.")
        elif self.where is not None and self.timespan is not None:
            raise click.UsageError(
                "--timespan is for one data ID: put times into --where."
            )


_FIELDS = Wanted.__struct_fields__
_OF_ONE = (
    click.argument(
        "dataset_type",
        metavar="DATASET_TYPE",
        required=False,
        default="",
        shell_complete=complete_dataset_type,
    ),
    click.argument("data_id", metavar="[KEY=VALUE]...", nargs=-1, callback=read_pairs),
    click.option(
        "-c",
        "--collection",
        "collections",
        multiple=True,
        shell_complete=complete_collection,
        help="Where to look: name or glob. May be repeated, in search order.",
    ),
    timespan_option,
)
_OF_MANY = (
    click.option(
        "--where",
        metavar="EXPRESSION",
        help="All that fulfil a condition, such as \"visit > 5 AND band = 'z'\"; "
        "'' for all.",
    ),
    click.option(
        "--uuid",
        "uuids",
        type=click.UUID,
        multiple=True,
        help="The dataset with this UUID. May be repeated.",
    ),
)


def wanted_datasets(*, many: bool) -> Callable[[Callable[..., None]], Any]:
    """Add arguments and options, of which the command gets one `Wanted`.

    Parameters
    ----------
    many
        Whether it may be more than one dataset.
    """
    parameters = (*_OF_ONE, *_OF_MANY) if many else _OF_ONE

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            wanted = {name: given.pop(name) for name in _FIELDS if name in given}
            command(wanted=Wanted(**wanted), **given)

        for parameter in reversed(parameters):
            run = parameter(run)
        return run

    return decorate
