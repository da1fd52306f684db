"""CR-01: the engine dies again and again in mid-campaign; nobody is doubled and nobody is lost."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
from sqlalchemy import insert

from engine import campaigns
from engine.campaigns import report_queries
from engine.campaigns.report import Line
from engine.context import Engine
from engine.db.trouble import TROUBLE
from engine.models import Company, CompanyKey
from engine.runtime import Part, open_engine
from tests.chaos.processes import Town, town, until_listening
from tests.fakes import world

#: What the vendor does to us besides: 3 % accepted and cut off, 2 % accepted and then a server error.
BEHAVIOR = {
    "accept_then_reset": 0.03,
    "accept_then_500": 0.02,
    "duplicate": 0.1,
    "reorder": 0.1,
    "reply": 0.02,
    "suffixes": False,
    "answer_after": 0.02,
}
RATE = 80.0
POSTGRES_RESTARTS = 2
SETTLING_TAKES = 120.0
Tell = Callable[[str], None]


@dataclass
class Run:
    place: Town
    engine: Engine
    http: aiohttp.ClientSession
    chance: random.Random
    tell: Tell
    company_id: UUID = field(default_factory=uuid4)
    campaign_id: UUID = field(init=False)

    async def prepare(self, recipients: int) -> None:
        async with self.engine.unit_of_work(self.company_id) as uow:
            await uow.session.execute(insert(Company).values(id=self.company_id, name="Caos"))
            wrapped = self.engine.vault.new_company_key(self.company_id)
            await uow.session.execute(
                insert(CompanyKey).values(company_id=self.company_id, kid=1, wrapped=wrapped)
            )
        channel_id = await world.make_channel(self.engine, self.company_id, rate=RATE)
        await world.make_contacts(self.engine, self.company_id, world.phones(recipients))
        self.campaign_id = await world.make_campaign(self.engine, self.company_id, channel_id)
        for name in ("simulator", "server", "worker"):
            self.place.start(name)
        until_listening(self.place.settings.simulator_port)
        until_listening(self.place.settings.public_port)
        async with self.http.post(self._simulator("config"), json=BEHAVIOR) as response:
            response.raise_for_status()
        async with self.engine.unit_of_work(self.company_id) as uow:
            await campaigns.start(uow, self.campaign_id)

    async def torment(self, kills: int) -> int:
        """Kill the worker, at times the server too, and restart PostgreSQL twice. Returns the kills."""
        restarts = sorted(self.chance.sample(range(kills), min(POSTGRES_RESTARTS, kills)))
        for n in range(kills):
            if not await self._sends_again():
                return n
            await asyncio.sleep(self.chance.uniform(0.9, 1.8))
            self.place.kill("worker")
            if self.chance.random() < 0.2:
                self.place.kill("server")
                self.place.start("server")
            if n in restarts:
                self.tell("PostgreSQL stops without warning")
                await asyncio.to_thread(self.place.postgres.stop, "immediate")
                await asyncio.to_thread(self.place.postgres.start)
            self.place.start("worker")
            self.tell(f"kill {n + 1} of {kills}: {await self._words()}")
        return kills

    async def settle(self) -> None:
        """Until nobody waits or is on the way, and the statuses have stopped coming."""
        before, still = "", 0
        for _ in range(int(SETTLING_TAKES / 0.5)):
            words = await self._words()
            still = still + 1 if words == before and not {"pending", "dispatching"} & set(words) else 0
            before = words
            if still >= 12:
                return
            await asyncio.sleep(0.5)

    async def count(self, recipients: int, kills: int, seed: int) -> dict[str, Any]:
        lines = await self._lines()
        async with self.http.get(self._simulator("ledger"), params={"limit": 1_000_000}) as response:
            taken = Counter(entry["number"] for entry in (await response.json())["entries"])
        doubled = sum(times - 1 for times in taken.values())
        open_doubts = sum(line.status in ("uncertain", "unconfirmed") for line in lines)
        lost = recipients - len(lines) + sum(_is_lost(line, taken) for line in lines)
        return {
            "recipients": recipients,
            "kills": kills,
            "seed": seed,
            "sent": len(taken),
            "duplicated": doubled,
            "lost": lost,
            "uncertain_open": open_doubts,
            "ok": doubled == 0 and lost == 0,
        }

    async def _sends_again(self, seconds: float = 20.0) -> bool:
        """Wait until the campaign moves, so that a kill hits a working engine. False when it ended."""
        before = await self._taken()
        for _ in range(int(seconds / 0.05)):
            if await self._taken() > before:
                return True
            words = await self._words()
            if not {"pending", "dispatching"} & set(words) and words:
                return False
            await asyncio.sleep(0.05)
        crashed = self.place.crashed()
        raise TimeoutError(f"The campaign stands still. Crashed: {crashed}\n{self.place.words('worker')}")

    async def _taken(self) -> int:
        async with self.http.get(self._simulator("ledger/summary")) as response:
            return int((await response.json())["accepted"])

    async def _words(self) -> dict[str, int]:
        """How many people stand under each word; asked again while the database restarts."""
        for _ in range(40):
            try:
                async with self.engine.unit_of_work(self.company_id) as uow:
                    rows = await report_queries.counts(uow.session, self.company_id, self.campaign_id)
            except TROUBLE:
                await asyncio.sleep(0.25)
            else:
                words: Counter[str] = Counter()
                for word, _, people in rows:
                    words[word] += people
                return dict(words)
        raise TimeoutError("The database does not come back")

    async def _lines(self) -> list[Line]:
        lines: list[Line] = []
        async with self.engine.unit_of_work(self.company_id) as uow:
            while page := await campaigns.lines(
                uow, self.campaign_id, after=lines[-1].id if lines else None, limit=1000
            ):
                lines += page
        return lines

    def _simulator(self, path: str) -> str:
        return f"{self.place.settings.simulator_url}/simulator/{path}"


def _is_lost(line: Line, taken: Counter[str]) -> bool:
    """Our ledger and the vendor's record must agree, except where ours says it does not know."""
    was_taken = world.match_key(line.address) in taken
    if line.status in ("uncertain", "unconfirmed"):
        return False
    if line.status in ("accepted", "sent", "delivered", "read"):
        return not was_taken
    return line.status != "failed"


def run(recipients: int, kills: int, seed: int, tell: Tell) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="master-ia-chaos-", ignore_cleanup_errors=True) as folder:
        # The embedded server runs as a user of its own when we are root.
        Path(folder).chmod(0o755)
        with town(Path(folder)) as place:
            return asyncio.run(_run(place, recipients, kills, seed, tell))


async def _run(place: Town, recipients: int, kills: int, seed: int, tell: Tell) -> dict[str, Any]:
    engine = await open_engine(place.settings, Part.COMMAND)
    async with aiohttp.ClientSession() as http:
        chaos = Run(place, engine, http, random.Random(seed), tell)
        await chaos.prepare(recipients)
        done = await chaos.torment(kills)
        await chaos.settle()
        result = await chaos.count(recipients, done, seed)
    await engine.close()
    return result
