"""Drops what is no longer true at once, instead of when it is asked for."""

import asyncio
from collections import Counter

from ..answers import Answers

_AT_ONCE = 500


async def sweep(answers: Answers) -> Counter[str]:
    """Drop all that is no longer true, in small steps; return how many, by kind."""
    dropped: Counter[str] = Counter()
    keys = answers.keys()
    for start in range(0, len(keys), _AT_ONCE):
        dropped += answers.sweep(keys[start : start + _AT_ONCE])
        await asyncio.sleep(0)
    return dropped
