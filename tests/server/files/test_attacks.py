"""No URL but one that this server signed gets a file, and no file but its own."""

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from butlery.server.access import Reader
from butlery.server.files.recipient import Admission
from butlery.server.files.signing import UrlSigner
from tests.server.conftest import (
    CONTENT,
    SECRET,
    SIGNING_KEY,
    TRAPS,
    Stored,
    file_url,
    require_refused,
)
from tests.server.web import Web

FILES = "/api/butler/repo/repo/files/0"


def parts_of(target: str) -> tuple[str, str, str]:
    """Return path, signature and expiry of a signed URL."""
    path, _, query = target.partition("?")
    values = parse_qs(query, strict_parsing=True)
    return path, values["Signature"][0], values["Expires"][0]


@pytest.fixture
def plain(web: Web, stored: Stored) -> str:
    return file_url(web, stored.ids["plain.bin"])


def altered(path: str, signature: str, expires: str) -> Iterator[tuple[str, str]]:
    """Yield every way to change the query of a signed URL."""
    later, earlier = str(int(expires) + 3600), str(int(expires) - 1)
    first = "A" if signature[0] != "A" else "B"
    queries: dict[str, list[tuple[str, str]]] = {
        "nothing": [],
        "no signature": [("Expires", expires)],
        "no expiry": [("Signature", signature)],
        "empty signature": [("Signature", ""), ("Expires", expires)],
        "empty expiry": [("Signature", signature), ("Expires", "")],
        "extended": [("Signature", signature), ("Expires", later)],
        "shortened": [("Signature", signature), ("Expires", earlier)],
        "negative": [("Signature", signature), ("Expires", f"-{expires}")],
        "plus": [("Signature", signature), ("Expires", f"+{expires}")],
        "zero in front": [("Signature", signature), ("Expires", f"0{expires}")],
        "space": [("Signature", signature), ("Expires", f"{expires} ")],
        "float": [("Signature", signature), ("Expires", f"{expires}.0")],
        "infinite": [("Signature", signature), ("Expires", "inf")],
        "digits": [("Signature", signature), ("Expires", "9" * 5000)],
        "other digits": [("Signature", signature), ("Expires", "١٢٣٤٥٦٧٨٩٠")],
        "for nobody": [("User", "eve"), ("Signature", signature), ("Expires", expires)],
        "first letter": [("Signature", first + signature[1:]), ("Expires", expires)],
        "cut": [("Signature", signature[:-1]), ("Expires", expires)],
        "longer": [("Signature", f"{signature}A"), ("Expires", expires)],
        "padded": [("Signature", f"{signature}="), ("Expires", expires)],
        "lower": [("Signature", signature.lower()), ("Expires", expires)],
        "other letters": [("Signature", "ä☃\udcff"), ("Expires", expires)],
        "nul": [("Signature", f"{signature}\0"), ("Expires", expires)],
        "other names": [("signature", signature), ("expires", expires)],
        "aws": [("X-Amz-Signature", signature), ("X-Amz-Expires", expires)],
    }
    for name, query in queries.items():
        yield name, f"{path}?{urlencode(query, errors='surrogateescape')}"


def test_altered_query_is_refused(web: Web, plain: str) -> None:
    targets = dict(altered(*parts_of(plain)))
    assert len(targets) == 25
    for target in targets.values():
        for method in ("GET", "HEAD"):
            require_refused(web.ask(method, target))


# Other paths with the signature of `plain.bin`.
PATHS = [
    "other.bin",
    "plain.bi",
    "plain.binn",
    "PLAIN.BIN",
    "plain.bin%00",
    "plain.bin%00.txt",
    "plain.bin%20",
    "butler.yaml",
    "gen3.sqlite3",
    "../plain.bin",
    "../0/gen3.sqlite3",
    "../../0/gen3.sqlite3",
    "../outside/secret.txt",
    "../../../../../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "..%5c..%5c..%5cetc%5cpasswd",
    "..\\..\\..\\etc\\passwd",
    "....//....//etc/passwd",
    "..;/..;/etc/passwd",
    "..%c0%af..%c0%afetc/passwd",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "%uff0e%uff0e/etc/passwd",
    "/etc/passwd",
    "//etc/passwd",
    "///etc/passwd",
    "%2fetc%2fpasswd",
    "file:///etc/passwd",
    "a/../gen3.sqlite3",
    "plain.bin/../gen3.sqlite3",
    "plain.bin%2f..%2fgen3.sqlite3",
    ".",
    "..",
    "%2e",
    "%2e%2e",
    "%ff%fe",
    "~root/.bashrc",
    "link.txt",
    "linked/secret.txt",
    "C:%5cwindows%5cwin.ini",
    "plain.bin%0d%0aX-Header:%20yes",
    "",
]


@pytest.mark.parametrize("name", PATHS)
def test_signature_of_one_file_opens_no_other(web: Web, plain: str, name: str) -> None:
    _, signature, expires = parts_of(plain)
    query = urlencode({"Signature": signature, "Expires": expires})
    for method in ("GET", "HEAD"):
        require_refused(web.ask(method, f"{FILES}/{name}?{query}"))


@pytest.mark.parametrize("name", ["plain.bin/", "%70lain.bin", "plain%2Ebin"])
def test_signed_name_in_another_spelling_is_still_that_file(
    web: Web, plain: str, name: str
) -> None:
    assert web.get(plain.replace("/plain.bin?", f"/{name}?")).body == CONTENT


@pytest.mark.parametrize(
    "place",
    [
        "1",
        "00",
        "-1",
        "outside",
        "\u0660",
        "0.0",
        "",
        "%30%30",
        "..",
        "../files/0",
        "0/..",
    ],
)
def test_signature_of_one_datastore_opens_no_other(
    web: Web, plain: str, place: str
) -> None:
    _, signature, expires = parts_of(plain)
    query = urlencode({"Signature": signature, "Expires": expires})
    target = f"/api/butler/repo/repo/files/{place}/plain.bin?{query}"
    require_refused(web.ask("GET", target))


def test_signature_of_one_repository_opens_no_other(
    web: Web, plain: str, stored: Stored, trusting: Stored
) -> None:
    there = file_url(web, trusting.ids["plain.bin"], "trusting")
    assert web.get(there).body == CONTENT
    require_refused(web.get(plain.replace("/repo/repo/", "/repo/trusting/")))
    require_refused(web.get(there.replace("/repo/trusting/", "/repo/repo/")))
    require_refused(web.get(plain.replace("/repo/repo/", "/repo/nowhere/")))
    other = file_url(web, stored.ids["empty.bin"])
    query = urlsplit(other).query
    require_refused(web.get(f"{urlsplit(plain).path}?{query}"))


def test_signature_by_another_key_is_refused(web: Web) -> None:
    for key in (b"", SIGNING_KEY.encode()[:-1], SIGNING_KEY.upper().encode()):
        query = UrlSigner(key, 3600).query("repo", "0/plain.bin")
        require_refused(web.get(f"{FILES}/plain.bin?{query}"))


def test_expired_url_is_refused_and_says_so(web: Web) -> None:
    def ago(seconds: float) -> str:
        signer = UrlSigner(SIGNING_KEY.encode(), 60, lambda: time.time() - seconds)
        return f"{FILES}/plain.bin?{signer.query('repo', '0/plain.bin')}"

    assert web.get(ago(0)).body == CONTENT
    answer = web.get(ago(3600))
    require_refused(answer)
    assert "has expired; ask the Butler for a new one" in answer.detail


def test_url_for_a_user_is_for_that_user_alone(web: Web) -> None:
    signer = UrlSigner(SIGNING_KEY.encode(), 60)
    query = signer.query("repo", "0/plain.bin", Admission(Reader("alice"), ()))
    target = f"{FILES}/plain.bin?{query}"
    assert web.get(target).body == CONTENT
    require_refused(web.get(target.replace("alice", "eve")))
    require_refused(web.get(target.replace("User=alice&", "")))


def test_head_needs_no_signature_of_its_own(web: Web, plain: str) -> None:
    head = web.ask("HEAD", plain)
    assert (head.status, head.headers["content-length"]) == (200, str(len(CONTENT)))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "MKCOL", "TRACE"])
def test_nothing_but_reading_is_offered(web: Web, plain: str, method: str) -> None:
    answer = web.ask(method, plain, headers={"content-length": "0"})
    assert answer.status == 405
    assert CONTENT[:64] not in answer.body


@pytest.mark.parametrize("trap", [name for name in TRAPS if name != "own database"])
def test_record_that_points_outside_is_refused_unless_its_folder_is_allowed(
    web: Web, stored: Stored, trusting: Stored, trap: str
) -> None:
    for repository, ids in (("repo", stored.ids), ("trusting", trusting.ids)):
        base = f"/api/butler/repo/{repository}/v1/get_file/{ids[trap]}"
        answer = web.get(base)
        if answer.status == 200:
            answer = web.get(file_url(web, ids[trap], repository))
        if repository == "repo":
            require_refused(answer)
            assert "outside_roots" in answer.detail
        elif "parent" in trap:  # such a path does not survive a URL
            assert answer.status == 403 or answer.body == SECRET
        else:
            assert answer.body == SECRET


def test_absolute_path_of_a_file_of_the_datastore_is_still_outside(
    web: Web, stored: Stored, trusting: Stored
) -> None:
    for repository, ids in (("repo", stored.ids), ("trusting", trusting.ids)):
        target = f"/api/butler/repo/{repository}/v1/get_file/{ids['own database']}"
        require_refused(web.get(target))


# The key outlives a restart, so URLs may come back that were signed for a
# configuration that no longer holds.
OLD = [
    "9/plain.bin",
    "outside/etc/passwd",
    "0/../../etc/passwd",
    "0/a\0b",
    "x/y",
    "0/.",
]


@pytest.mark.parametrize("file", OLD)
def test_url_signed_for_another_configuration_is_refused(web: Web, file: str) -> None:
    query = UrlSigner(SIGNING_KEY.encode(), 60).query("repo", file)
    target = f"/api/butler/repo/repo/files/{quote(file)}?{query}"
    require_refused(web.get(target))


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.sampled_from(["..", ".", "", "%2e%2e", "0", "plain.bin", "a b", "%2f", "\\"])
        | st.text(min_size=1, max_size=5).map(lambda text: quote(text, safe="")),
        max_size=6,
    ).map("/".join)
)
def test_no_path_at_all_gets_a_file_or_an_internal_error(
    web: Web, stored: Stored, name: str
) -> None:
    _, signature, expires = parts_of(file_url(web, stored.ids["empty.bin"]))
    query = urlencode({"Signature": signature, "Expires": expires})
    require_refused(web.get(f"{FILES}/{name}?{query}"))
