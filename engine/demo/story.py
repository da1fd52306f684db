"""What the demonstration does, step by step, and what it proves in the end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.contacts import match_key
from engine.demo import people as invented
from engine.demo.client import Api
from engine.demo.people import SMS, WHATSAPP, People
from engine.errors import EngineError, Kind

SETTLING_TAKES = 60.0
TEXTS = {
    WHATSAPP: "Oi {{primeiro_nome|cliente}}! Preparamos 10% de desconto. Para parar, responda SAIR.",
    SMS: "{{primeiro_nome|cliente}}, 10% de desconto ate domingo na Loja. Responda SAIR para parar.",
}
Tell = Callable[[str, int, int], None]


class TookTooLong(EngineError):
    """A step of the demonstration did not come to its end in time."""

    kind = Kind.UNAVAILABLE


@dataclass(slots=True)
class Result:
    """The ledger of the whole demonstration.

    ``planned`` is every row of the file: the sum of ``skipped``, ``accepted``, the sum of ``failed``,
    ``uncertain`` and ``lost``. ``delivered`` and ``read`` are parts of ``accepted``; ``duplicated`` comes
    from the simulator's own record.
    """

    planned: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    delivered: int = 0
    read: int = 0
    replied: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    uncertain: int = 0
    duplicated: int = 0
    lost: int = 0
    messages_per_second: float = 0.0

    @property
    def ok(self) -> bool:
        return self.duplicated == 0 and self.lost == 0

    def to_json(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {"skipped": dict(self.skipped), "failed": dict(self.failed)}


@dataclass(slots=True)
class Story:
    """One demonstration. ``tell(step, done, total)`` hears how far each step is."""

    api: Api
    simulator: Api
    people: People
    tell: Tell
    result: Result = field(default_factory=Result)
    channels: dict[str, str] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)

    async def connect(self) -> None:
        """Two simulated numbers: WhatsApp at Meta's high throughput, and an SMS short code."""
        waba, number = "215589313241560883", "573542517421694"
        numbers = [{"id": number, "display": "+55 11 3333-4444", "throughput": "HIGH"}]
        account = "AC" + "d" * 32
        await self.simulator.post(
            "/simulator/accounts",
            {
                "meta": [{"waba": waba, "numbers": numbers}],
                "twilio": [
                    {"sid": account, "auth_token": "simulated-auth-token", "numbers": ["+551150000000"]}
                ],
            },
        )
        common = {"mode": "simulator", "rate": 500}
        for tag, values in {
            WHATSAPP: {"kind": "whatsapp", "provider": "meta", "sender": number, "account": waba},
            SMS: {"kind": "sms", "provider": "twilio", "sender": "+551150000000", "account": account},
        }.items():
            channel = await self.api.post("/api/v1/channels", {"name": tag, **common, **values})
            self.channels[tag] = channel["id"]

    async def bring_contacts(self, file: bytes) -> None:
        """Upload, dry run, import."""
        job = await self.api.upload("/api/v1/imports", file, "text/csv", name="contatos.csv")
        path = f"/api/v1/imports/{job['id']}"
        await self.api.post(f"{path}/check", {})
        await self._until_job(path, "checked", "Conferência")
        await self.api.post(f"{path}/start")
        done = await self._until_job(path, "completed", "Importação")
        self.result.planned = done["rows_read"]
        self.result.skipped["duplicate"] = done["rows_duplicate"]
        self.result.skipped["invalid_number"] = done["rows_invalid"]

    async def hear_refusals(self) -> None:
        """Some people write SAIR before anything is sent to them."""
        for tag, number in self.people.refusing:
            provider = "meta" if tag == WHATSAPP else "twilio"
            await self.simulator.post(
                "/simulator/inbound", {"provider": provider, "from": number, "text": "SAIR"}
            )
        await self._until_quiet("Pedidos de saída")

    async def plan(self) -> dict[str, dict[str, Any]]:
        """Draft both campaigns; returns their flight plans."""
        tags = {tag["name"]: tag["id"] async for tag in self.api.pages("/api/v1/tags")}
        plans = {}
        for tag, text in TEXTS.items():
            draft = await self.api.post(
                "/api/v1/campaigns",
                {
                    "name": tag,
                    "channel_id": self.channels[tag],
                    "content": {"type": "text", "body": text},
                    "audience": {"tags": [tags[tag]]},
                },
            )
            self.campaigns[tag] = draft["id"]
            plans[tag] = await self.api.get(f"/api/v1/campaigns/{draft['id']}/preflight")
        return plans

    async def send(self) -> None:
        """Start both and watch them to the end."""
        await asyncio.gather(*(self._start(id_) for id_ in self.campaigns.values()))
        began = time.monotonic()
        while not await self._finished():
            if time.monotonic() - began > SETTLING_TAKES + self.result.planned / 50:
                raise TookTooLong("The campaigns did not finish in time.")
            await asyncio.sleep(0.3)
        await self._until_quiet("Entregas e respostas")

    async def count(self) -> Result:
        """Our ledger beside the simulator's own record."""
        result, ours = self.result, Counter[str]()
        for id_ in self.campaigns.values():
            ledger = await self.api.get(f"/api/v1/campaigns/{id_}/ledger")
            result.skipped.update(ledger["skipped"])
            result.failed.update(ledger["failed"])
            for word in ("accepted", "delivered", "read", "replied"):
                setattr(result, word, getattr(result, word) + ledger[word])
            result.uncertain += ledger["uncertain"] + ledger["unconfirmed"]
            async for line in self.api.pages(f"/api/v1/campaigns/{id_}/recipients"):
                if line["status"] in ("accepted", "sent", "delivered", "read"):
                    ours[line["address"]] += 1
        await self._compare(ours)
        return result

    async def _compare(self, ours: Counter[str]) -> None:
        result = self.result
        record = await self.simulator.get("/simulator/ledger", limit="1000000")
        theirs = Counter(entry["number"] for entry in record["entries"])
        result.duplicated = sum(times - 1 for times in theirs.values())
        known = (
            sum(result.skipped.values()) + result.accepted + sum(result.failed.values()) + result.uncertain
        )
        unheard = sum(1 for number in ours if match_key(number) not in theirs)
        result.lost = max(0, result.planned - known) + unheard
        times = sorted(entry["time"] for entry in record["entries"])
        if len(times) > 1:
            result.messages_per_second = round(len(times) / max(times[-1] - times[0], 0.001), 1)

    async def _start(self, campaign_id: str) -> None:
        await self.api.post(f"/api/v1/campaigns/{campaign_id}/start")

    async def _finished(self) -> bool:
        states, done, total = [], 0, 0
        for id_ in self.campaigns.values():
            campaign = await self.api.get(f"/api/v1/campaigns/{id_}")
            ledger = await self.api.get(f"/api/v1/campaigns/{id_}/ledger")
            states.append(campaign["state"])
            total += ledger["planned"]
            done += ledger["planned"] - ledger["pending"] - ledger["sending"] - ledger["uncertain"]
        self.tell("Envio", done, total)
        return all(state == "completed" for state in states)

    async def _until_job(self, path: str, state: str, step: str) -> dict[str, Any]:
        deadline = time.monotonic() + SETTLING_TAKES + len(self.people.rows) / 1000
        while time.monotonic() < deadline:
            job = await self.api.get(path)
            self.tell(step, job["rows_read"], len(self.people.rows))
            if job["state"] == state:
                return job
            if job["state"] in ("failed", "cancelled"):
                raise TookTooLong(f"The import failed: {job['error']}")
            await asyncio.sleep(0.1)
        raise TookTooLong("The import did not finish in time.")

    async def _until_quiet(self, step: str) -> None:
        """Until the simulator has nothing left to tell us and our ledgers stand still."""
        deadline, before, still = time.monotonic() + SETTLING_TAKES, "", 0
        while still < 4 and time.monotonic() < deadline:
            report = await self.simulator.get("/simulator/webhooks")
            ledgers = [await self.api.get(f"/api/v1/campaigns/{i}/ledger") for i in self.campaigns.values()]
            now = f"{report} {ledgers}"
            still = still + 1 if now == before and not report.get("pending") else 0
            before = now
            self.tell(step, int(report["acknowledged"]), int(report["posted"]))
            await asyncio.sleep(0.25)


def invent_people(count: int) -> People:
    return invented.invent(count)
