"""Many empty repositories behind one server: one for each test of a suite."""

import shutil
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from lsst.daf.butler import Butler, Config
from lsst.daf.butler.direct_butler import DirectButler
from lsst.daf.butler.remote_butler import RemoteButler
from lsst.daf.butler.tests.hybrid_butler import HybridButler

from tests.queries.copies import copy_repository
from tests.support.postgres import PostgresCluster
from tests.support.servers import ButleryServer


class Places:
    """Hands out repositories, each once, and has a server for some at a time.

    Parameters
    ----------
    folder
        Where they are made.
    batch
        How many one server serves.
    postgres
        Where their databases are, if not in files.
    """

    def __init__(
        self, folder: Path, batch: int, postgres: PostgresCluster | None = None
    ) -> None:
        self._folder = folder
        self._batch = batch
        self._postgres = postgres
        self._template = folder / "template"
        self._numbers = count()
        self._roots: list[Path] = []
        self._server: ButleryServer | None = None
        self._opened = ExitStack()
        config = Config()
        if postgres is not None:
            config["registry", "db"] = postgres.create_database("template")
        Butler.makeRepo(str(self._template), config)

    def take(self) -> Butler:
        """Return a butler that writes directly and reads through the server."""
        if not self._roots or self._server is None:
            self._serve()
        assert self._server is not None
        root = self._roots.pop()
        direct = Butler.from_config(str(root), writeable=True)
        url = f"{self._server.url}/api/butler/repo/{root.name}"
        remote = Butler.from_config(url)
        assert isinstance(direct, DirectButler)
        assert isinstance(remote, RemoteButler)
        self._opened.enter_context(direct)
        self._opened.enter_context(remote)
        butler: Butler = HybridButler(remote, direct)
        return butler

    def leave(self) -> None:
        """Close what was taken last."""
        self._opened.close()

    def close(self) -> None:
        """Stop the server."""
        if self._server is not None:
            self._server.stop()

    def _serve(self) -> None:
        self.close()
        self._roots = [self._make(next(self._numbers)) for _ in range(self._batch)]
        tables = [
            f'[repositories.{root.name}]\nuri = "{root}"\npoll_seconds = 0\n'
            for root in self._roots
        ]
        settings = self._folder / "server.toml"
        settings.write_text("".join(tables))
        self._server = ButleryServer.start(settings)

    def _make(self, number: int) -> Path:
        root = self._folder / f"place{number}"
        if self._postgres is not None:
            return copy_repository(self._template, root, self._postgres)
        shutil.copytree(self._template, root)
        return root
