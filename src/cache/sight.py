"""What one reader sees of a repository; nothing else exists for them (I1).

Readers of the same sight share what is kept for it. What a date opens changes the sight
itself, so that nothing of before is ever found again.
"""

from typing import Final

import msgspec

from ..protocol.embargo import Embargo


class Sight(msgspec.Struct, frozen=True, cache_hash=True):
    """What a reader sees.

    Parameters
    ----------
    zones
        The zones whose collections they see.
    embargoes
        What they do not see of these yet.
    """

    zones: frozenset[str]
    embargoes: tuple[Embargo, ...] = ()


EVERYTHING: Final = None
"""The sight of an administrator, and of all where there is no access control."""
