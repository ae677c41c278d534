"""Whose query runs next.

Slots are shared among users, not among queries: a free one goes to the user of whom the
fewest run, and among those to the one who has waited longest since their last turn.
Each user's own queries run in the order in which they came. So somebody with hundreds
of queries delays another's single one by no more than what runs already.
"""

import asyncio
from collections import Counter, deque

from ...protocol.errors import TooManyRequestsError, UnavailableError

_AGAIN_SECONDS = 5

User = str | None
"""A name, or `None` where nobody is asked who they are: then none has a share."""


class Turn:
    """The place of one query in the queue, and then its slot.

    Parameters
    ----------
    user
        Whose it is.
    size_bytes
        Of what is kept while it waits.
    """

    __slots__ = ("_begins", "_turns", "size_bytes", "user")

    def __init__(self, turns: "Turns", user: User, size_bytes: int) -> None:
        self.user = user
        self.size_bytes = size_bytes
        self._turns = turns
        self._begins: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def has_begun(self) -> bool:
        """Whether the query has a slot."""
        return self._begins.done() and not self._begins.cancelled()

    async def wait(self) -> None:
        """Return when the query may run."""
        await self._begins

    def begin(self) -> None:
        """Give it the slot."""
        # Who waited may have been cancelled just now; `end` passes the slot on.
        if not self._begins.cancelled():
            self._begins.set_result(None)

    def end(self) -> None:
        """Leave the slot, or the queue; may be called again."""
        self._turns.leave(self)


class Turns:
    """The slots, and the queue of each user.

    Parameters
    ----------
    slots
        Queries at the same time.
    slots_per_user
        Of one user.
    waiting, waiting_per_user
        Queries in the queues; more are refused.
    waiting_bytes
        Of the queries in the queues; more are refused.
    """

    def __init__(
        self,
        *,
        slots: int,
        slots_per_user: int,
        waiting: int,
        waiting_per_user: int,
        waiting_bytes: int,
    ) -> None:
        self._slots = slots
        self._slots_per_user = slots_per_user
        self._waiting_limit = waiting
        self._waiting_per_user = waiting_per_user
        self._bytes_limit = waiting_bytes
        self._running: set[Turn] = set()
        self._running_of: Counter[User] = Counter()
        # In the order in which users had their last turn, or its end.
        self._queues: dict[User, deque[Turn]] = {}

    @property
    def running(self) -> int:
        """Slots that are taken."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Queries that have no slot yet."""
        return sum(map(len, self._queues.values()))

    @property
    def waiting_bytes(self) -> int:
        """What is kept of those."""
        return sum(turn.size_bytes for q in self._queues.values() for turn in q)

    def join(self, user: User, size_bytes: int = 0) -> Turn:
        """Return a place in the queue, or a slot if there is one.

        Raises
        ------
        TooManyRequestsError
            If too many of this user wait already.
        UnavailableError
            If too many of all users do.
        """
        queue = self._queues.get(user, ())
        if user is not None and len(queue) >= self._waiting_per_user:
            raise TooManyRequestsError(
                f"User {user} has too many queries running already. Wait for your "
                "existing queries to complete, then try again.",
                retry_after_seconds=_AGAIN_SECONDS,
            )
        if self.waiting >= self._waiting_limit or self._is_too_much(size_bytes):
            raise UnavailableError(
                "The Butler Server is currently overloaded with queries; try again "
                "soon.",
                retry_after_seconds=_AGAIN_SECONDS,
            )
        turn = Turn(self, user, size_bytes)
        self._queues.setdefault(user, deque()).append(turn)
        self._advance()
        return turn

    def _is_too_much(self, size_bytes: int) -> bool:
        # One alone may wait, whatever its size.
        waiting = self.waiting_bytes
        return waiting > 0 and waiting + size_bytes > self._bytes_limit

    def leave(self, turn: Turn) -> None:
        """End a turn, whether it had begun or not."""
        if turn in self._running:
            self._running.remove(turn)
            self._running_of[turn.user] -= 1
            if not self._running_of[turn.user]:
                del self._running_of[turn.user]
            # They have had a turn until now: those who came meanwhile are before them.
            if turn.user in self._queues:
                self._queues[turn.user] = self._queues.pop(turn.user)
        else:
            queue = self._queues.get(turn.user, deque())
            if turn in queue:
                queue.remove(turn)
                if not queue:
                    del self._queues[turn.user]
        self._advance()

    def _advance(self) -> None:
        while len(self._running) < self._slots:
            turn = self._next()
            if turn is None:
                return
            self._running.add(turn)
            self._running_of[turn.user] += 1
            turn.begin()

    def _next(self) -> Turn | None:
        """Take the turn that is next out of the queues, if there is one."""
        entitled = [
            user
            for user in self._queues
            if user is None or self._running_of[user] < self._slots_per_user
        ]
        if not entitled:
            return None
        user = min(entitled, key=self._running_of.__getitem__)
        queue = self._queues.pop(user)
        turn = queue.popleft()
        if queue:
            self._queues[user] = queue  # behind all others
        return turn
