"""Our HMAC is the standard library's."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from butlery.server.files.keyed_hash import KeyedHash


@pytest.mark.parametrize("name", ["sha1", "sha256"])
@given(st.binary() | st.binary(min_size=60, max_size=70), st.binary())
def test_digest_is_that_of_hmac(name: str, key: bytes, message: bytes) -> None:
    keyed = KeyedHash(key, getattr(hashlib, name))
    for _ in range(2):  # nothing of a message is left for the next one
        assert keyed.digest(message) == hmac.digest(key, message, name)
