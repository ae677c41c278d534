"""A library hands out whole indexes only, and reads none of them more than once."""

import json
import os
import random
import shutil
import stat
from itertools import count
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest

from butlery.cache.index import IndexLibrary, Manifest, UnusableIndexError
from butlery.cache.index.library.checking import Progress
from butlery.cache.index.manifest import MANIFEST_SUFFIX, digest_of
from butlery.registry import RepositoryError
from tests.cache.index.indexing import litter, publish_bytes

_moments = count(10**18)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each file that is read from beginning to end."""
    seen: list[str] = []

    def noted(file: BinaryIO, progress: Progress) -> str:
        seen.append(Path(file.name).name)
        return digest_of(file, progress)

    monkeypatch.setattr("butlery.cache.index.library.checking.digest_of", noted)
    return seen


def flip(path: Path, offset: int, mask: int = 1) -> None:
    path.chmod(0o644)  # published files are read-only, which only root may ignore
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ mask]))
    # Some kernels' clocks would not tell two changes of one moment apart.
    os.utime(path, ns=(next(_moments), next(_moments)))


def rewrite(library: IndexLibrary, manifest: Manifest, **fields: object) -> None:
    path = library.folder / (manifest.name + MANIFEST_SUFFIX)
    path.write_bytes(msgspec.json.encode({**json.loads(path.read_bytes()), **fields}))


def test_what_was_built_is_the_newest_and_read_only(
    library: IndexLibrary, manifest: Manifest, built: tuple[Path, Manifest]
) -> None:
    assert library.newest(manifest.repository, None) == (manifest, [])
    for path in built[0].glob(f"{manifest.name}.[im]*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_file_is_read_once_by_all_processes_together(
    built: tuple[Path, Manifest], library: IndexLibrary, reads: list[str]
) -> None:
    folder, manifest = built
    for _ in range(2):  # as it was published: by what is written beside it
        IndexLibrary(folder).ensure_verified(manifest)
    assert not reads
    for _ in range(2):  # a copy is other files, which are not known yet
        IndexLibrary(library.folder).ensure_verified(manifest)
    assert len(reads) == 1


def test_byte_flipped_anywhere_is_refused_by_name_and_not_read_again(
    library: IndexLibrary, manifest: Manifest, reads: list[str], *, soak: bool
) -> None:
    path, chance = library.path(manifest), random.Random(5)
    size = path.stat().st_size
    pages = [0, 8, 4095, 4096, 4104, 8191, 8192, size - 1]
    offsets = [*pages, *(chance.randrange(size) for _ in range(5_000 if soak else 50))]
    whole = IndexLibrary(library.folder)
    for offset in offsets:
        mask = 1 << chance.randrange(8)
        flip(path, offset, mask)
        reads.clear()
        for _ in range(3):
            found, refused = library.newest(manifest.repository, None)
            assert found is None
            (reason,) = refused
            assert reason.startswith(f"{manifest.name}: its bytes are not"), offset
            assert library.state(manifest)[0] == "refused"
        assert len(reads) == 1
        flip(path, offset, mask)
        assert whole.newest(manifest.repository, None) == (manifest, [])


@pytest.mark.parametrize("size", [0, 1, 4096, 8192, -4096, -1])
def test_truncated_file_is_refused_without_reading_it(
    library: IndexLibrary, manifest: Manifest, reads: list[str], size: int
) -> None:
    path = library.path(manifest)
    os.truncate(path, size if size >= 0 else path.stat().st_size + size)
    found, (reason,) = library.newest(manifest.repository, None)
    assert found is None
    assert reason.startswith(f"{manifest.name}: it has ")
    assert not reads


def test_file_that_is_gone_is_refused_until_it_is_back(
    library: IndexLibrary, manifest: Manifest
) -> None:
    path = library.path(manifest)
    path.rename(path.with_suffix(".away"))
    assert "No such file" in library.newest(None, None)[1][0]
    path.with_suffix(".away").rename(path)
    assert library.newest(None, None) == (manifest, [])


def test_index_of_another_repository_or_namespace_is_refused_by_name(
    library: IndexLibrary, manifest: Manifest
) -> None:
    reason = f"{manifest.name}: it is of another repository"
    assert library.newest("f00", None) == (None, [reason])
    reason = f"{manifest.name}: it is of another namespace"
    assert library.newest(manifest.repository, "dp1") == (None, [reason])


def test_file_under_the_name_of_another_repository_is_refused(
    library: IndexLibrary, manifest: Manifest
) -> None:
    name = f"abc-{manifest.digest}"
    other = msgspec.structs.replace(manifest, name=name)
    shutil.copy(library.path(manifest), library.path(other))
    path = library.folder / (name + MANIFEST_SUFFIX)
    path.write_bytes(msgspec.json.encode(other))
    assert library.newest("abc", None)[0] is None
    reason = f"{name}: its manifest is that of another repository or file"
    assert reason in library.newest("abc", None)[1]


def test_newer_format_is_refused_even_if_its_manifest_says_other_things(
    library: IndexLibrary, manifest: Manifest
) -> None:
    rewrite(library, manifest, format=manifest.format + 1, records="elsewhere")
    found, (reason,) = library.newest(manifest.repository, None)
    assert found is None
    assert reason.startswith(f"{manifest.name}: its format is {manifest.format + 1}, ")


def test_torn_or_spoilt_manifest_is_refused_or_says_what_it_said(
    library: IndexLibrary, manifest: Manifest, *, soak: bool
) -> None:
    path = library.folder / (manifest.name + MANIFEST_SUFFIX)
    text, chance = path.read_bytes(), random.Random(6)
    torn = [text[:length] for length in range(0, len(text) - 1, 1 if soak else 29)]
    spoilt = []
    for _ in range(20_000 if soak else 300):
        letters = bytearray(text)
        letters[chance.randrange(len(letters))] = chance.randrange(256)
        spoilt.append(bytes(letters))
    garbage = [chance.randbytes(chance.randrange(2_000)) for _ in range(50)]
    odd = [b"null", b"[]", b"{}", b'{"format":1}', b"\xff\xfe", b"[" * 100_000]
    for content in [*torn, *garbage, *odd]:
        path.write_bytes(content)
        found, (reason,) = library.newest(manifest.repository, None)
        assert found is None
        assert reason.startswith(f"{manifest.name}: its ")
    for content in spoilt:
        path.write_bytes(content)
        found, _ = library.newest(manifest.repository, None)
        if found is not None:  # then what decides about its use is as it was
            assert library.path(found) == library.path(manifest)
            assert found.digest == manifest.digest


@pytest.mark.parametrize("name", ["../x", "a/b-00", "", ".", "x" * 300])
def test_name_in_a_manifest_leads_nowhere(
    library: IndexLibrary, manifest: Manifest, name: str
) -> None:
    rewrite(library, manifest, name=name)
    assert library.newest(None, None)[0] is None


def test_newest_is_by_time_and_then_by_name(tmp_path: Path) -> None:
    library = IndexLibrary(tmp_path)
    published = [publish_bytes(library, bytes([n]) * 100) for n in range(5)]
    first, *_ = sorted(published, key=lambda m: m.name)
    for manifest in published:
        seconds = 2e9 if manifest is first else 1e9
        path = tmp_path / (manifest.name + MANIFEST_SUFFIX)
        os.utime(path, (seconds, seconds))
    others = sorted((m for m in published if m is not first), key=lambda m: m.name)
    assert library.manifests()[0] == [first, *reversed(others)]


def test_older_index_is_used_if_the_newest_is_damaged(tmp_path: Path) -> None:
    library = IndexLibrary(tmp_path)
    older = publish_bytes(library, b"older")
    newer = publish_bytes(library, b"newer")
    for manifest, seconds in ((older, 1e9), (newer, 2e9)):
        path = tmp_path / (manifest.name + MANIFEST_SUFFIX)
        os.utime(path, (seconds, seconds))
    flip(library.path(newer), 3)
    found, (reason,) = library.newest("a1b2", None)
    assert found == older
    assert reason.startswith(newer.name)


def test_file_that_cannot_be_opened_is_used_again_only_if_it_is_replaced(
    tmp_path: Path,
) -> None:
    library = IndexLibrary(tmp_path)
    manifest = publish_bytes(library, b"no index inside")
    library.refuse(manifest, "it cannot be opened")
    reason = f"{manifest.name}: it cannot be opened"
    assert library.newest("a1b2", None) == (None, [reason])
    publish_bytes(library, b"no index inside")
    assert library.newest("a1b2", None) == (manifest, [])


def test_unknown_repository_needs_a_library_of_one(tmp_path: Path) -> None:
    library = IndexLibrary(tmp_path)
    publish_bytes(library, b"one", repository="a1")
    assert library.newest(None, None)[0] is not None
    publish_bytes(library, b"two", repository="b2")
    with pytest.raises(RepositoryError, match="several repositories"):
        library.newest(None, None)


def test_library_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert IndexLibrary(tmp_path / "none").newest("a1", None) == (None, [])


def test_what_comes_is_published_only_if_it_is_what_was_said(tmp_path: Path) -> None:
    source, target = IndexLibrary(tmp_path / "a"), IndexLibrary(tmp_path / "b")
    manifest = publish_bytes(source, b"what was published")
    for wrong in ([], [b"what was"], [b"what was published", b"!"], [b"x" * 18]):
        with pytest.raises(UnusableIndexError, match="what came is not"):
            target.receive(manifest, wrong)
        assert target.manifests() == ([], [])
        assert litter(target.folder) == []
    target.receive(manifest, [b"what was ", b"published"])
    assert target.newest("a1b2", None) == (manifest, [])


def test_what_the_dead_have_left_is_swept_and_the_living_are_let_be(
    tmp_path: Path,
) -> None:
    library = IndexLibrary(tmp_path)
    with library.workplace() as dead:
        shutil.copytree(dead, tmp_path / ".work-copy")  # nobody holds its lock
        (tmp_path / ".work-copy" / "index").write_bytes(b"half")
        (tmp_path / ".work-empty").mkdir()
        with library.workplace() as alive:
            assert dead.exists()
            assert alive.exists()
            assert not (tmp_path / ".work-copy").exists()
            assert not (tmp_path / ".work-empty").exists()
    assert litter(tmp_path) == []


def test_file_whose_manifest_never_came_is_swept(tmp_path: Path) -> None:
    library = IndexLibrary(tmp_path)
    complete = publish_bytes(library, b"complete")
    half = publish_bytes(library, b"half")
    work = tmp_path / ".work-dead"
    work.mkdir()
    for manifest in (complete, half):
        name = manifest.name + MANIFEST_SUFFIX
        shutil.copy(tmp_path / name, work / name)
    (tmp_path / (half.name + MANIFEST_SUFFIX)).unlink()
    with library.workplace():
        pass
    assert library.manifests() == ([complete], [])
    assert litter(tmp_path) == []
