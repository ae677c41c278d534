"""The package: what is built is what is in the tree, and imports stay light."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from butlery.client.testing import FakeButlerServer

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"

_OF_THE_SERVER = "litestar sqlalchemy uvicorn lsst boto3 redis structlog orjson lmdb"
_HEAVY = (
    f"{_OF_THE_SERVER} urllib3 aiohttp asyncio numpy astropy pyarrow pandas rich click "
    "yaml logging concurrent"
)


def run_python(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build a wheel from a copy: a build leaves files beside what it builds."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(SOURCE, copy / "src", ignore=shutil.ignore_patterns("*.pyc"))
    output = copy / "wheels"
    options = ("--wheel", "--no-isolation", "--outdir", str(output), str(copy))
    run_python("-m", "build", *options)
    (path,) = output.iterdir()
    return zipfile.ZipFile(path)


def test_wheel_holds_every_file_of_the_tree_and_nothing_else(
    wheel: zipfile.ZipFile,
) -> None:
    built = {
        name.removeprefix("butlery/")
        for name in wheel.namelist()
        if ".dist-info/" not in name
    }
    tree = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "py.typed" in tree
    assert built == tree


def test_wheel_files_have_the_content_of_the_tree(wheel: zipfile.ZipFile) -> None:
    names = [name for name in wheel.namelist() if ".dist-info/" not in name]
    for name in names:
        here = SOURCE / name.removeprefix("butlery/")
        assert wheel.read(name) == here.read_bytes(), name


def test_wheel_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    info = {Path(name).name: name for name in wheel.namelist() if ".dist-info/" in name}
    points = wheel.read(info["entry_points.txt"]).decode()
    assert "butlery = butlery.cli:main" in points
    assert "[pytest11]\nbutlery = butlery.pytest_plugin" in points
    assert wheel.read(info["LICENSE"]) == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize(
    ("package", "absent"),
    [
        ("butlery", "msgspec sqlalchemy litestar lsst"),
        ("butlery.protocol.errors", "sqlalchemy litestar click yaml boto3 lsst"),
        ("butlery.client", _HEAVY),
        ("butlery.client.testing", f"{_HEAVY} pytest"),
        ("butlery.pytest_plugin", f"{_OF_THE_SERVER} msgspec urllib3 aiohttp numpy"),
        ("butlery.cache", "litestar uvicorn click boto3 lsst"),
        ("butlery.server", "uvicorn click boto3 lsst"),
        ("butlery.cli", "sqlalchemy litestar uvicorn boto3 lsst"),
    ],
)
def test_importing_a_part_imports_nothing_heavy(package: str, absent: str) -> None:
    script = f"import sys, {package}; print(*sys.modules)"
    imported = {n.partition(".")[0] for n in run_python("-c", script).split()}
    assert not imported & set(absent.split())


def test_help_answers_without_server_and_database() -> None:
    script = """
import sys
from butlery.cli import main
main(["--help"], standalone_mode=False)
print("imported:", *sys.modules)
"""
    text, _, imported = run_python("-c", script).partition("imported:")
    assert "Serve Data Butler repositories over HTTP" in text
    packages = {name.partition(".")[0] for name in imported.split()}
    assert not packages & {*_OF_THE_SERVER.split(), "urllib3", "aiohttp", "rich"}


_WITHOUT_SERVER = f"""
import sys
for name in {_OF_THE_SERVER.split()} + ["cachetools", "psycopg", "prometheus_client"]:
    sys.modules[name] = None
from butlery.cli import main
main(sys.argv[1:])
"""


def without_server(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _WITHOUT_SERVER, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "repository"],
        ["token", "list", "--file", "tokens.json"],
        ["index", "list", "--folder", "."],
        ["watch", "run", "repository", "--redis", "redis://127.0.0.1/0"],
    ],
)
def test_commands_of_servers_say_what_to_install(arguments: list[str]) -> None:
    outcome = without_server(*arguments)
    assert outcome.returncode == 1
    assert outcome.stderr.startswith(f"butlery: {arguments[0]} is for servers")
    assert outcome.stderr.endswith("pip install 'butlery[server]'\n")
    assert outcome.stderr.count("\n") == 1


def test_commands_of_readers_need_no_server(
    butlery_server: FakeButlerServer,
) -> None:
    butlery_server.add_collection("runs/first")
    outcome = without_server("ls", "-r", butlery_server.url)
    assert outcome.stdout == "name\ttype\tchildren\nruns/first\tRUN\t\n"
    assert "Commands:" in without_server("--help").stdout


def test_every_module_imports_without_daf_butler() -> None:
    script = """
import importlib, pkgutil, sys
sys.modules["lsst.daf.butler"] = None
import butlery
for module in pkgutil.walk_packages(butlery.__path__, "butlery."):
    name = module.name
    if name.startswith("butlery.queries") or ".demo" in name:
        continue
    if name != "butlery.__main__":
        importlib.import_module(module.name)
        print(module.name)
"""
    assert len(run_python("-c", script).split()) > 50


def test_version_is_told_by_the_command() -> None:
    import butlery

    assert butlery.__version__ in run_python("-m", "butlery", "--version")
