"""The live client against the real hub: whatever the line does, nothing is lost and nothing comes twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest

from desktop.client.api import Api
from desktop.client.live import BACK_OFF, Live
from embedded_server.contract.live import LiveEvent
from embedded_server.live import stream
from engine.events import ContactChanged
from tests.fakes.chaos_proxy import ChaosProxy, Trouble
from tests.fakes.poll import until


class Heard:
    """A live client and all it said."""

    def __init__(self, url: str, token: str) -> None:
        self.events: list[LiveEvent] = []
        self.online: list[bool] = []
        self.resyncs = 0
        self.signed_out = 0
        self.live = Live(url, token)
        self.live.on_events = self.events.extend
        self.live.on_online = self.online.append
        self.live.on_resync = self._resync
        self.live.on_signed_out = self._end
        self.live.start()

    def ids(self) -> list[str]:
        return [event.payload["contact_id"] for event in self.events if event.topic == "contact.changed"]

    async def is_online(self, *, online: bool = True) -> None:
        await until(lambda: bool(self.online) and self.online[-1] is online)

    async def has(self, ids: list[UUID], *, seconds: float = 20) -> None:
        await until(lambda: len(self.ids()) >= len(ids), seconds=seconds)
        await asyncio.sleep(0.2)
        assert self.ids() == [str(id_) for id_ in ids]

    def _resync(self) -> None:
        self.resyncs += 1

    def _end(self) -> None:
        self.signed_out += 1


@pytest.fixture
def change(server, shop) -> Callable[[int], list[UUID]]:
    """Makes so many facts of the shop, each in a transaction of its own."""

    async def commit(ids: list[UUID]) -> None:
        for id_ in ids:
            async with server.engine.unit_of_work(shop) as uow:
                uow.announce(ContactChanged(company_id=shop, contact_id=id_))

    def change(count: int) -> list[UUID]:
        ids = [UUID(int=random.getrandbits(128)) for _ in range(count)]
        server.run(commit, ids)
        return ids

    return change


@pytest.fixture
async def proxy(server) -> AsyncIterator[ChaosProxy]:
    async with ChaosProxy(server.url) as made:
        yield made


@pytest.fixture
async def heard(proxy, owner) -> AsyncIterator[Heard]:
    made = Heard(proxy.url, owner.token)
    await made.is_online()
    # The welcome has come once something of ours is heard.
    await asyncio.sleep(0.3)
    yield made
    await made.live.close()


async def test_a_server_that_went_away_and_came_back_is_resumed_after_the_last_number(
    server, shop, owner, change
) -> None:
    heard = Heard(server.url, owner.token)
    await heard.is_online()
    await asyncio.sleep(0.3)
    before = change(3)
    await heard.has(before)

    await asyncio.to_thread(server.go_away)
    await heard.is_online(online=False)
    missed = await asyncio.to_thread(change, 5)
    await asyncio.to_thread(server.come_back)
    await heard.is_online()
    await heard.has(before + missed)
    after = change(2)

    await heard.has(before + missed + after)
    assert heard.resyncs == 0
    assert [e.seq for e in heard.events] == sorted({e.seq for e in heard.events})
    await heard.live.close()


async def test_a_line_that_breaks_again_and_again_loses_and_doubles_nothing(heard, proxy, change) -> None:
    made: list[UUID] = []
    for _ in range(6):
        made += await asyncio.to_thread(change, 8)
        proxy.cut()
        made += await asyncio.to_thread(change, 8)
        await asyncio.sleep(random.uniform(0, 0.6))

    await heard.has(made, seconds=40)
    assert heard.resyncs == 0


async def test_while_nobody_answers_it_is_offline_and_comes_again(heard, proxy, change) -> None:
    proxy.make(Trouble.RESET)
    await heard.is_online(online=False)
    missed = await asyncio.to_thread(change, 4)
    await asyncio.sleep(BACK_OFF[0] * 2)
    assert heard.ids() == []

    proxy.heal()

    await heard.has(missed)
    assert heard.online[-1] is True


async def test_a_line_on_which_nothing_passes_holds_up_nothing_else(heard, proxy, change) -> None:
    proxy.make(Trouble.BLACKHOLE)
    proxy.cut()
    await heard.is_online(online=False)
    missed = await asyncio.to_thread(change, 2)
    proxy.heal()
    proxy.cut()

    await heard.has(missed)


async def test_who_missed_too_much_is_told_to_load_everything(heard, proxy, change, monkeypatch) -> None:
    monkeypatch.setattr(stream, "MOST_MISSED", 5)
    proxy.make(Trouble.RESET)
    await heard.is_online(online=False)
    await asyncio.to_thread(change, 9)
    proxy.heal()

    await until(lambda: heard.resyncs == 1)
    assert heard.ids() == []
    after = await asyncio.to_thread(change, 3)

    await heard.has(after)
    assert heard.resyncs == 1


async def test_au_04_a_revoked_device_is_told_and_does_not_come_again(server, owner) -> None:
    heard = Heard(server.url, owner.token)
    await heard.is_online()
    api = Api(server.url, owner.token)
    await api.do("DELETE", "/api/v1/session")
    await api.close()

    await until(lambda: heard.signed_out == 1)
    await asyncio.sleep(BACK_OFF[0] * 2)

    assert (heard.signed_out, heard.online[-1]) == (1, False)
    await heard.live.close()


async def test_a_frame_that_is_not_understood_means_loading_everything(heard) -> None:
    await heard.live._frame({"events": [{"seq": "x"}]})
    await heard.live._frame(None)
    await heard.live._welcome({"seq": None})

    assert heard.resyncs == 2


async def test_a_frame_that_comes_twice_counts_once(heard) -> None:
    event = {"seq": 10**9, "topic": "contact.changed", "at": "2026-01-01T00:00:00Z"}
    frame = {"events": [event | {"payload": {"contact_id": "x"}}]}
    await heard.live._frame(frame)
    await heard.live._frame(frame)

    assert heard.ids() == ["x"]


async def test_closing_ends_it_in_whatever_state_it_is(proxy, owner) -> None:
    for trouble in Trouble:
        proxy.make(trouble)
        heard = Heard(proxy.url, owner.token)
        await asyncio.sleep(0.1)
        await asyncio.wait_for(heard.live.close(), 10)
        proxy.heal()
