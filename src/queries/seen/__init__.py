"""Butlers for which what a reader does not see does not exist (I1).

Every table comes into a query through one method of a manager, whether the query is
run, counted, explained, nested or materialised: there rows are cut out. Collections
come out of one manager, too: names, globs, chains and messages know only those that are
seen. What is overridden is private to daf_butler in part; if any of it is gone, no
butler is made.
"""

from .butler import see
from .guard import check_names, check_page

__all__ = ["check_names", "check_page", "see"]
