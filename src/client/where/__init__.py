"""The expression language of queries: from what users write to what is sent.

A text becomes tokens, those a tree of nodes, and that a predicate: conditions on typed
columns in conjunctive normal form, as JSON. Nothing here does any I/O.
"""

from .conditions import condition
from .literals import literal
from .names import Names
from .normal_form import Predicate
from .ordering import order_terms

__all__ = ["Names", "Predicate", "condition", "literal", "order_terms"]
