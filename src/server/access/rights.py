"""What readers may see of one repository."""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ...cache import EVERYBODY, EVERYTHING, Embargo, Sight, Zoning
from ...protocol.errors import ForbiddenError
from ..config import AccessRuleSettings, EmbargoSettings, RepositoryAccessSettings
from .reader import Reader

_ANYBODY = "*"
_DAY = timedelta(days=1)


class Rights:
    """The rights in one repository.

    Parameters
    ----------
    label
        The repository's name in URLs.
    settings
        The operator's rules.
    is_open
        Whether nobody is asked who they are.
    clock
        Seconds since 1970-01-01 UTC.
    """

    def __init__(
        self,
        label: str,
        settings: RepositoryAccessSettings,
        *,
        is_open: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._label = label
        self._is_open = is_open
        self._groups = frozenset(settings.groups)
        self._admin_groups = frozenset(settings.admin_groups)
        self._rules = settings.rules
        self._embargoes = settings.embargoes
        self._clock = clock

    def sight(self, reader: Reader) -> tuple[Sight | None, float]:
        """Return what a reader sees now, and until when nothing about that changes.

        Raises
        ------
        ForbiddenError
            If they may not open the repository; the stock server says so, too.
        """
        if self._is_open:
            return EVERYTHING, math.inf
        now = self._clock()
        dates = (rule.public_after for rule in self._rules)
        opens = [date.timestamp() for date in dates if date is not None]
        opens += [
            opens_at(embargo, last_day(embargo, now) + _DAY)
            for embargo in self._embargoes
        ]
        until = min((time for time in opens if time > now), default=math.inf)
        return self._sight(reader, now), until

    def _sight(self, reader: Reader, now: float) -> Sight | None:
        if reader.user is None:
            raise ForbiddenError("This repository is only for known readers.")
        groups = reader.groups
        if self._admin_groups & groups:
            return EVERYTHING
        if _ANYBODY not in self._groups and not self._groups & groups:
            raise ForbiddenError(
                f"User {reader.user} does not have permission to access Butler "
                f"repository '{self._label}'"
            )
        zones = {EVERYBODY, Zoning.of_user(reader.user)}
        zones.update(map(Zoning.of_group, groups))
        for number, rule in enumerate(self._rules):
            if _admits(rule, reader, now):
                zones.add(Zoning.of_rule(number))
        embargoes = (e for e in self._embargoes if not _is_among(reader, e))
        hidden = tuple(_embargo(each, now) for each in embargoes)
        return Sight(frozenset(zones), hidden)


def _admits(rule: AccessRuleSettings, reader: Reader, now: float) -> bool:
    if rule.public_after is not None and now >= rule.public_after.timestamp():
        return True
    if rule.users or rule.groups:
        return _is_among(reader, rule)
    return rule.public_after is None


def _is_among(reader: Reader, rule: AccessRuleSettings | EmbargoSettings) -> bool:
    return reader.user in rule.users or not reader.groups.isdisjoint(rule.groups)


def _embargo(settings: EmbargoSettings, now: float) -> Embargo:
    return Embargo(
        settings.prefixes,
        settings.dataset_types,
        settings.instruments,
        int(last_day(settings, now).strftime("%Y%m%d")),
    )


def last_day(settings: EmbargoSettings, now: float) -> datetime:
    """Return the day of the newest night that is open."""
    then = datetime.fromtimestamp(now, UTC) - _closed(settings)
    return then.replace(hour=0, minute=0, second=0, microsecond=0)


def opens_at(settings: EmbargoSettings, day: datetime) -> float:
    """Return when the night of a day opens, in seconds since 1970-01-01 UTC."""
    return (day + _closed(settings)).timestamp()


def _closed(settings: EmbargoSettings) -> timedelta:
    """Return the time from the beginning of a day until its night opens."""
    return _DAY + timedelta(hours=settings.night_ends_hours + settings.hours)
