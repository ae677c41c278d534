"""General queries as the web process sees them: whose turn it is, and who answers.

What is known without a worker is answered here. The workers are other processes
(`butlery.queries`); no cursor is opened here, and no more than a few pages of any of
their answers are held.
"""

from .answer import QueryAnswer
from .known import answer_without_worker
from .metrics import collect_queries
from .pool import QueryPool
from .requests import check_body, read_body
from .work import query_work

__all__ = [
    "QueryAnswer",
    "QueryPool",
    "answer_without_worker",
    "check_body",
    "collect_queries",
    "query_work",
    "read_body",
]
