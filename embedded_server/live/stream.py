"""Reads the outbox as one numbered stream, and any company's part of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from engine.context import Engine
from engine.db import outbox
from engine.db.outbox import Fact

#: Facts read at once.
BATCH = 1_000
#: Beyond this a client loads everything again, which is cheaper than hearing it all.
MOST_MISSED = 1_000


@dataclass(frozen=True, slots=True)
class Missed:
    """What a returning client did not hear; ``resync`` when it is too much or no longer known."""

    facts: Sequence[Fact]
    resync: bool


class Stream:
    """``position`` is the number of the last fact that was handed out; every lower one was, too."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.position = 0
        self._is_open = False

    async def open(self) -> None:
        """Begin after everything that has a number already; opened again, it goes on where it was."""
        if not self._is_open:
            async with self._engine.machine_work() as uow:
                self.position = await outbox.head(uow.session)
            self._is_open = True

    async def next(self) -> list[Fact]:
        """Number what was committed meanwhile and return it, at most :data:`BATCH` facts."""
        async with self._engine.machine_work() as uow:
            await outbox.give_numbers(uow.session)
            facts = await outbox.after(uow.session, self.position, BATCH)
        # Only now are the numbers committed: before, nobody may hear of them.
        if facts:
            self.position = facts[-1].seq
        return facts

    async def missed(self, company_id: UUID, seq: int) -> Missed:
        """What the company's clients heard after ``seq``, up to ``position``."""
        if seq == self.position:
            return Missed((), resync=False)
        async with self._engine.unit_of_work(company_id) as uow:
            oldest = await outbox.after(uow.session, 0, 1)
            facts = await outbox.of_company(
                uow.session, company_id, after=seq, upto=self.position, most=MOST_MISSED + 1
            )
        # Old facts are removed, and a restored backup has fewer than the client saw.
        forgotten = not oldest or seq < oldest[0].seq - 1
        if forgotten or seq > self.position or len(facts) > MOST_MISSED:
            return Missed((), resync=True)
        return Missed(facts, resync=False)


def by_company(facts: Sequence[Fact]) -> dict[UUID, list[Fact]]:
    grouped: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in facts:
        grouped[fact.company_id].append(fact)
    return grouped


def frame(facts: Sequence[Fact]) -> dict[str, Any]:
    """The facts in the shape of :class:`embedded_server.contract.live.Frame`, without its cost."""
    return {
        "events": [
            {"seq": fact.seq, "topic": fact.topic, "payload": fact.payload, "at": fact.created_at}
            for fact in facts
        ]
    }
