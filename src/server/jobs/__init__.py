"""Long queries as jobs: taken, run in the query workers, kept as files for a while.

State is in Redis or SQLite, results are in a folder; any server can go on where another
was lost.
"""

from .execution import error_of
from .folder import JobFolder
from .job import Job
from .jobs import Jobs
from .making import make_jobs

__all__ = ["Job", "JobFolder", "Jobs", "error_of", "make_jobs"]
