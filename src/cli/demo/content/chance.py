"""Chance that repeats: one random generator for each thing, seeded by its name."""

import zlib

import numpy as np


def generator_for(*parts: object) -> np.random.Generator:
    """Return a generator that depends on the given words and on nothing else.

    Parameters
    ----------
    *parts
        Words that name what is to be made, such as the values of a data ID.
    """
    return np.random.default_rng(zlib.crc32("/".join(map(str, parts)).encode()))
