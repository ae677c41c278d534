"""Since when everybody may see a collection: URLs of what is public live longer."""

import math

from ...cache import EVERYBODY, Zoning
from ..config import RepositoryAccessSettings


class Publicity:
    """What of one repository everybody may see who is known at all.

    Parameters
    ----------
    settings
        The operator's rules.
    is_open
        Whether nobody is asked who they are.
    """

    def __init__(
        self, settings: RepositoryAccessSettings, *, is_open: bool = False
    ) -> None:
        self._zoning = Zoning([rule.prefix for rule in settings.rules])
        self._is_open = is_open
        # Some nights of these are not, and nobody looks which.
        self._embargoed = tuple(
            prefix for embargo in settings.embargoes for prefix in embargo.prefixes
        )
        is_for_all = "*" in settings.groups
        self._since = {EVERYBODY: 0.0 if is_for_all else math.inf}
        for number, rule in enumerate(settings.rules):
            zone = Zoning.of_rule(number)
            if not is_for_all:
                self._since[zone] = math.inf
            elif rule.public_after is not None:
                self._since[zone] = rule.public_after.timestamp()
            else:
                self._since[zone] = math.inf if rule.users or rule.groups else 0.0

    def public_from(self, run: str) -> float:
        """Return since when everybody may see a run, in seconds since 1970-01-01 UTC.

        0: always; infinity: never, as things are.
        """
        if self._is_open:
            return 0.0
        if run.startswith(self._embargoed):
            return math.inf
        return self._since.get(self._zoning.zone(run), math.inf)


EVERYTHING_PUBLIC = Publicity(RepositoryAccessSettings(), is_open=True)
"""Where nobody is asked who they are."""
