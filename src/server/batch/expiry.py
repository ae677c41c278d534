"""When a signed URL stops working, by its own words, whoever has signed it."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

# Of this server's own URLs, and of S3's with signatures of version 2 and 4.
_AT = re.compile(r"[?&]Expires=(\d{1,11})(?:[&#]|$)")
_AFTER = re.compile(r"[?&]X-Amz-Expires=(\d{1,7})(?:[&#]|$)")
_SIGNED = re.compile(r"[?&]X-Amz-Date=(\d{8}T\d{6}Z)(?:[&#]|$)")


def expiry_of(url: str) -> str | None:
    """Return the time as ISO 8601 in UTC; `None`: the URL lasts."""
    begin = url.find("?")
    if begin < 0:
        return None
    # In version 4 all that stands before the signature is the same for a second.
    end = url.find("&X-Amz-Signature=", begin)
    return _of_query(url[begin:]) if end < 0 else _before_signature(url[begin:end])


def _of_query(query: str) -> str | None:
    at = _AT.search(query)
    if at is not None:
        return _time(int(at[1]))
    after, signed = _AFTER.search(query), _SIGNED.search(query)
    return None if after is None or signed is None else _later(signed[1], after[1])


# Those of one answer are nearly all the same.
_before_signature = lru_cache(maxsize=64)(_of_query)


@lru_cache(maxsize=64)
def _time(seconds: int) -> str:
    return _text(datetime.fromtimestamp(seconds, UTC))


@lru_cache(maxsize=64)
def _later(signed: str, seconds: str) -> str | None:
    try:
        begin = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None  # a record's own URL, which only looks like a signed one
    return _text(begin + timedelta(seconds=int(seconds)))


def _text(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
