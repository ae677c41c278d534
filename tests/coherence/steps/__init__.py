"""Steps that change a repository, and what everybody has to see after each.

A step is made from a model of the repository, so that it is always possible and its
effect is known without asking anybody.
"""

from .script import KINDS, OPENING, SCENERY, make_step, random_kind
from .world import Step, World

__all__ = ["KINDS", "OPENING", "SCENERY", "Step", "World", "make_step", "random_kind"]
