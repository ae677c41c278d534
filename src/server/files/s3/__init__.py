"""Download URLs of files on S3: signed here, without a call to anybody.

botocore decides once, at start, how a bucket is reached and signed; after that an
HMAC of our own signs each URL, to the same bytes as botocore and the stock server.
"""

from .files import S3Files

__all__ = ["S3Files"]
