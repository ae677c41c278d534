"""Ways to ask: a server process as a client would, or a repository in this process."""

import json
from typing import Protocol
from uuid import UUID

from butlery.cache import Repository
from butlery.protocol.errors import UnavailableError
from tests.coherence.watching import requests
from tests.faults.outages.stage.client import Client, encode
from tests.support.servers import ButleryServer

from .users import TYPE, Kind, Subject


class RefusedError(Exception):
    """The server says that it cannot answer now; that is no wrong answer."""


class Server(Protocol):
    """Something that answers questions about users."""

    name: str

    async def ask(self, subject: Subject) -> str | None:
        """Return a UUID or `None`; or raise `RefusedError`."""
        ...


class Inside:
    """A repository of this process."""

    def __init__(self, name: str, repository: Repository) -> None:
        self.name = name
        self.repository = repository

    async def ask(self, subject: Subject) -> str | None:
        try:
            if subject.kind is Kind.ID:
                found = await self.repository.get_dataset(UUID(subject.id))
            else:
                found = await self.repository.find_dataset(
                    TYPE, {**subject.data_id}, {}, [subject.collection], None
                )
        except UnavailableError as error:
            raise RefusedError(str(error)) from error
        return None if found is None else str(found.id)


class Outside:
    """A server process, on as many connections as are needed at a time."""

    def __init__(self, name: str, server: ButleryServer) -> None:
        self.name = name
        self.server = server
        self._idle: list[Client] = []
        self._messages: dict[int, bytes] = {}

    async def ask(self, subject: Subject) -> str | None:
        message = self._messages.get(id(subject))
        if message is None:
            message = encode(self.server, _request(subject))
            self._messages[id(subject)] = message
        client = self._idle.pop() if self._idle else await self._connect()
        try:
            reply = await client.send(message)
        except BaseException:
            await client.close()
            raise
        self._idle.append(client)
        if reply.is_refusal:
            raise RefusedError
        assert reply.status == 200, (reply.status, reply.content)
        found = json.loads(reply.content)["dataset_ref"]
        return None if found is None else str(found["id"])

    async def close(self) -> None:
        for client in self._idle:
            await client.close()

    async def _connect(self) -> Client:
        return await Client.open(self.server.port)


def _request(subject: Subject) -> requests.Request:
    if subject.kind is Kind.ID:
        return requests.dataset(subject.id)
    return requests.find(TYPE, subject.data_id, subject.collection)
