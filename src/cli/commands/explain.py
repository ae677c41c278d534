"""``butlery explain``: why a lookup is answered as it is."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ..admin import admin_options, repository_argument
from ..data_ids import read_pairs

if TYPE_CHECKING:
    from ...protocol.admin import Explanation
    from ...protocol.scalars import Timespan
    from ..admin import AdminConnection, Showing

_UNBOUNDED = "-"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _read_timespan(
    _: click.Context, __: click.Parameter, texts: tuple[str, str] | None
) -> "Timespan | None":
    from ...protocol.scalars import TIMESPAN_MAX, TIMESPAN_MIN

    if not texts:
        return None
    begin, end = map(_read_instant, texts)
    return (
        TIMESPAN_MIN if begin is None else begin,
        TIMESPAN_MAX if end is None else end,
    )


def _read_instant(text: str) -> int | None:
    """Return nanoseconds since 1970 in TAI; `None`: unbounded."""
    if text == _UNBOUNDED:
        return None
    if re.fullmatch(r"[0-9]{1,19}", text):
        return int(text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is not None:
        raise click.BadParameter(
            f"{text!r} is no TAI time; give 2025-01-31T12:00:00, nanoseconds, or "
            f"{_UNBOUNDED} for unbounded"
        )
    elapsed = instant.replace(tzinfo=UTC) - _EPOCH
    seconds = elapsed.days * 86_400 + elapsed.seconds
    return (seconds * 1_000_000 + elapsed.microseconds) * 1_000


@click.command(short_help="Say why a lookup is answered as it is.")
@repository_argument
@click.argument("dataset_type", metavar="DATASET_TYPE")
@click.argument("data_id", metavar="[KEY=VALUE]...", nargs=-1, callback=read_pairs)
@click.option(
    "-c",
    "--collection",
    "collections",
    multiple=True,
    required=True,
    help="Where to look: name or glob. May be repeated, in search order.",
)
@click.option(
    "--timespan",
    nargs=2,
    callback=_read_timespan,
    metavar="BEGIN END",
    help="For calibrations: TAI times (2025-01-31T12:00:00, or nanoseconds), "
    "- for unbounded.",
)
@click.option("--files", is_flag=True, help="Look for its files too, as a download.")
@admin_options
def explain(
    admin: "AdminConnection",
    showing: "Showing",
    repository: str,
    dataset_type: str,
    data_id: dict[str, int | float | bool | str],
    collections: tuple[str, ...],
    timespan: "Timespan | None",
    *,
    files: bool,
) -> bool:
    """Say why one lookup in the repository LABEL is answered as it is.

    \b
    For example:
        butlery explain repo bias instrument=LSSTCam detector=2 -c LSSTCam/calib
    """  # noqa: D301 - Click looks for the character itself
    from urllib.parse import quote

    from ...protocol.admin import ExplainRequest, Explanation

    request = ExplainRequest(dataset_type, data_id, list(collections), timespan, files)
    path = f"/repositories/{quote(repository, safe='')}/explain"
    explanation = admin.post(path, request, Explanation)
    if showing.as_json:
        showing.document(explanation)
    else:
        _show(showing, explanation)
    return not explanation.unknown


def _show(showing: "Showing", one: "Explanation") -> None:
    if one.found is not None:
        showing.line(f"found {one.found} of run {one.run}")
    else:
        showing.line("nothing was found")
    showing.line(
        f"answered from the {one.source} in {one.milliseconds:.1f} ms, SQL statements: "
        f"{one.statements}; snapshot {one.version}, {one.state}, revision "
        f"{one.revision}"
        if one.source != "none"
        else f"not looked up; snapshot {one.version}, {one.state}"
    )
    for reason in one.reasons:
        showing.line(f"- {reason}")
    if one.path:
        showing.line("")
        columns = ["", "collection", "type", "policy", "step", "from", "why"]
        showing.table(
            columns,
            (
                [number, c.name, c.type, c.policy, c.step, c.source, c.reason]
                for number, c in enumerate(one.path, 1)
            ),
        )
