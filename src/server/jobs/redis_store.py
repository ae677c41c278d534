"""Jobs in Redis, for the servers of several hosts.

A hash for each job, and indexes of ids: by user, of those that somebody has to work on,
and by expiry. What belongs together changes in one script, which Redis runs alone. Keys
expire by themselves a day after the job, should no server be there to sweep.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from .job import Job
from .store import StoreAwayError

_PREFIX = "butlery:jobs:"
_ACTIVE, _ENDS = f"{_PREFIX}active", f"{_PREFIX}ends"
_SERVERS = f"{_PREFIX}servers"
_ANSWER_SECONDS = 2.0
_CONNECTIONS = 8
_KEPT_SECONDS = 86_400

# KEYS: job, its user's, active, ends. ARGV: id, data, version, is_listed, is_active,
# created, expires; then what else a script needs.
_PUT = f"""
redis.call('HSET', KEYS[1], 'd', ARGV[2], 'v', ARGV[3], 'u', KEYS[2])
redis.call('EXPIREAT', KEYS[1], math.floor(ARGV[7]) + {_KEPT_SECONDS})
redis.call('ZADD', KEYS[4], ARGV[7], ARGV[1])
if ARGV[4] == '1' then
  redis.call('ZADD', KEYS[2], ARGV[7], ARGV[1])
else
  redis.call('ZREM', KEYS[2], ARGV[1])
end
if ARGV[5] == '1' then
  redis.call('ZADD', KEYS[3], ARGV[6], ARGV[1])
else
  redis.call('ZREM', KEYS[3], ARGV[1])
end
return 1
"""
_ADD = f"""
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[8])
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[9]) then return 0 end
{_PUT}"""
_REPLACE = f"""
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[8] then return 0 end
{_PUT}"""
_REMOVE = """
local user = redis.call('HGET', KEYS[1], 'u')
if user then redis.call('ZREM', user, ARGV[1]) end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return redis.call('DEL', KEYS[1])
"""


class RedisJobs:
    """A store in a Redis server.

    Parameters
    ----------
    url
        Of the server. Its password is never shown.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Have connections as long as the context lasts; they are made when needed."""
        pool = BlockingConnectionPool.from_url(
            self._url,
            max_connections=_CONNECTIONS,
            timeout=_ANSWER_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),  # whoever asks tries again, and knows it
            protocol=2,
        )
        self._client = Redis(connection_pool=pool)
        try:
            yield
        finally:
            await self._client.aclose()
            await pool.disconnect()

    async def add(self, job: Job, most: int, now: float) -> bool:
        """Keep a new job, if there are not too many."""
        return await self._put(_ADD, job, repr(now), most)

    async def get(self, id_: str) -> Job | None:
        """Return a job."""
        data = await self._answer(self._client.hget(_key(id_), "d"))
        return None if data is None else _decode(data)

    async def replace(self, old: Job, new: Job) -> bool:
        """Change a job that is still as it was."""
        return await self._put(_REPLACE, new, old.version)

    async def remove(self, id_: str) -> None:
        """Forget a job."""
        script = self._client.eval(_REMOVE, 3, _key(id_), _ACTIVE, _ENDS, id_)
        await self._answer(script)

    async def of_user(self, repository: str, user: str | None, now: float) -> list[Job]:
        """Return the jobs of a user."""
        name = _user_key(repository, user)
        ids = await self._answer(self._client.zrangebyscore(name, f"({now!r}", "+inf"))
        found = await self._all(ids)
        return sorted(found, key=lambda job: (-job.created, job.id))

    async def active(self) -> list[Job]:
        """Return the jobs that somebody has to work on."""
        return await self._all(await self._answer(self._client.zrange(_ACTIVE, 0, -1)))

    async def expired(self, now: float) -> list[str]:
        """Return ids of jobs that have expired."""
        ids = await self._answer(self._client.zrangebyscore(_ENDS, "-inf", now))
        return [id_.decode() for id_ in ids]

    async def beat(self, server: str, now: float) -> None:
        """Note that a server is alive."""
        async with self._client.pipeline() as pipeline:
            pipeline.zadd(_SERVERS, {server: now})
            pipeline.zremrangebyscore(_SERVERS, "-inf", now - _KEPT_SECONDS)
            await self._answer(pipeline.execute())

    async def alive(self, since: float) -> frozenset[str]:
        """Return the servers that were alive."""
        names = await self._answer(self._client.zrangebyscore(_SERVERS, since, "+inf"))
        return frozenset(name.decode() for name in names)

    async def _put(self, script: str, job: Job, *more: object) -> bool:
        keys = (_key(job.id), _user_key(job.repository, job.user), _ACTIVE, _ENDS)
        done = await self._answer(
            self._client.eval(
                script,
                len(keys),
                *keys,
                job.id,
                msgspec.msgpack.encode(job),
                job.version,
                int(not job.is_delivered),
                int(job.is_active),
                repr(job.created),
                repr(job.expires),
                *more,
            )
        )
        return bool(done)

    async def _all(self, ids: Iterable[bytes]) -> list[Job]:
        async with self._client.pipeline(transaction=False) as pipeline:
            for id_ in ids:
                pipeline.hget(_key(id_.decode()), "d")
            found = await self._answer(pipeline.execute())
        return [_decode(data) for data in found if data is not None]

    async def _answer(self, asked: Awaitable[Any]) -> Any:
        try:
            answer = await asked
        except (RedisError, OSError, TimeoutError) as error:
            _heed_cancellation()
            raise StoreAwayError(f"Redis: {type(error).__name__}: {error}") from error
        _heed_cancellation()
        return answer


def _heed_cancellation() -> None:
    """Raise the cancellation that redis-py made something else of."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _key(id_: str) -> str:
    return f"{_PREFIX}job:{id_}"


def _user_key(repository: str, user: str | None) -> str:
    # A label has no slash; nobody is not somebody without a name.
    name = repository if user is None else f"{repository}/{user}"
    return f"{_PREFIX}of:{name}"


def _decode(data: bytes) -> Job:
    return msgspec.msgpack.decode(data, type=Job)
