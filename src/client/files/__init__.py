"""Bytes of files: whole, in ranges or on disk, and never anything but what is recorded.

What a server says of a file is taken for a claim. Nothing here outlives its limits.
"""

from .http_file import HttpFile, stored_file
from .located import Located
from .many import Downloaded, Failed, Manner, download_all
from .progress import Bar, Progress, Watcher
from .receiving import download, fetch_range, fetch_size, fetch_whole
from .source import Source

__all__ = [
    "Bar",
    "Downloaded",
    "Failed",
    "HttpFile",
    "Located",
    "Manner",
    "Progress",
    "Source",
    "Watcher",
    "download",
    "download_all",
    "fetch_range",
    "fetch_size",
    "fetch_whole",
    "stored_file",
]
