"""Queries that need no worker: what the snapshot and the lookups know exactly.

Everything else, and whatever may be wrong with a request, is not known here: then the
answer is `None`, and a query worker is asked.
"""

from .answer import Answered, answer_query
from .shapes import may_be_known
from .slowly import slowly

__all__ = ["Answered", "answer_query", "may_be_known", "slowly"]
