"""What clients demand that their answers be as new as, and answers are.

What was once reached is reached for as long as the database lives this life, so that
only the first of many equal demands has to be looked at.
"""

_MOST_KEPT = 1_000
_MOST_CHARACTERS = 4_096  # of one that is kept


class Reached:
    """Demands that are met, as they were sent."""

    def __init__(self) -> None:
        self._life = ""
        self._demands: set[str] = set()

    def has(self, demand: str, life: str) -> bool:
        """Tell whether a demand is known to be met.

        Parameters
        ----------
        demand
            As it was sent.
        life
            The node of the database, and the life that it lives.
        """
        return life == self._life and demand in self._demands

    def add(self, demand: str, life: str) -> None:
        """Take note of a demand that is met."""
        if len(demand) > _MOST_CHARACTERS:
            return  # it is looked at each time
        if life != self._life or len(self._demands) >= _MOST_KEPT:
            self._life, self._demands = life, set()
        self._demands.add(demand)
