"""Whether two sets of times differ: by ranks, for times have long tails."""

import math
from collections.abc import Sequence

import numpy as np


def rank_test(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the probability that two equal distributions would differ this much.

    Mann and Whitney's test, two-sided, by its normal approximation with the correction
    for ties; good from some twenty samples on.
    """
    one, two = len(first), len(second)
    every = np.concatenate([np.asarray(first, float), np.asarray(second, float)])
    _, place, number = np.unique(every, return_inverse=True, return_counts=True)
    ends = np.cumsum(number)
    ranks = (ends - (number - 1) / 2)[place]
    u = ranks[:one].sum() - one * (one + 1) / 2
    ties = (number**3 - number).sum() / ((one + two) * (one + two - 1))
    deviation = math.sqrt(one * two / 12 * (one + two + 1 - ties))
    if deviation == 0:
        return 1.0
    z = max(abs(u - one * two / 2) - 0.5, 0.0) / deviation
    return math.erfc(z / math.sqrt(2))


def holm(probabilities: Sequence[float]) -> list[float]:
    """Return probabilities corrected for how many there are, by Holm's method."""
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    corrected = [0.0] * len(probabilities)
    least = 0.0
    for rank, number in enumerate(order):
        left = len(probabilities) - rank
        least = max(least, min(1.0, left * probabilities[number]))
        corrected[number] = least
    return corrected
