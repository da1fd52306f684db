"""A host that dies at the worst moments: what was sent is known or said to be unknown, what came is not lost.

CR-17: between a message and the server's word. CR-09: in the middle of what comes in.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine.providers.linked.link import HostGone, HostRefused
from engine.providers.linked.protocol import EventName, Json, Phase
from tests.fakes.linked_host import Host, jid, link, text
from tests.fakes.poll import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@dataclass(frozen=True, slots=True)
class Number:
    person: Person
    host: Host
    device: Companion


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def linked(whatsapp: WhatsAppServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Number]:
    """One number for all tests: each leaves it linked, and most with another process."""
    person = whatsapp.someone("Loja Ipê")
    async with Host(tmp_path_factory.mktemp("shop"), whatsapp.environment) as host:
        yield Number(person, host, await link(host, whatsapp, person))


@pytest_asyncio.fixture(loop_scope="module")
async def shop(whatsapp: WhatsAppServer, linked: Number) -> AsyncIterator[Number]:
    yield linked
    whatsapp.calm()


@pytest.fixture
def ana(whatsapp: WhatsAppServer) -> Person:
    return whatsapp.someone("Ana")


async def test_cr_17_a_message_that_never_left_is_known_to_be_absent(
    whatsapp: WhatsAppServer, shop: Number, ana: Person
) -> None:
    """Killed while the library still asks who that is."""
    frozen = whatsapp.freeze(shop.device)
    sending = asyncio.ensure_future(_send(shop, "early", ana))
    await until(lambda: frozen.swallowed > 0)

    await shop.host.restart()

    assert await sending is None
    assert await shop.host.do("settle", token="early") == _fate("absent")
    await _send(shop, "early", ana)
    assert whatsapp.ledger.texts(ana) == ["early"]


async def test_cr_17_a_message_that_may_have_left_is_unknown_until_somebody_got_it(
    whatsapp: WhatsAppServer, shop: Number, ana: Person
) -> None:
    """Killed between the server's taking it and its word for it."""
    whatsapp.faults.unacknowledged = 1
    ana.phone.switch_off()
    sending = asyncio.ensure_future(_send(shop, "between", ana))
    await until(lambda: any(entry.recipients == (ana,) for entry in whatsapp.ledger.accepted))
    message_id = whatsapp.ledger.accepted[-1].message_id

    await shop.host.restart()

    assert await sending is None
    assert await shop.host.do("settle", token="between") == _fate("unknown", message_id)
    with pytest.raises(HostRefused, match="may have been sent"):
        await shop.host.do("send", token="between", to=jid(ana), content=text("between"))
    await ana.phone.switch_on()
    receipt = await shop.host.event(EventName.RECEIPT, lambda data: data["ids"] == [message_id])
    assert receipt["tokens"] == ["between"]
    assert await shop.host.do("settle", token="between") == _fate("accepted", message_id)
    assert whatsapp.ledger.texts(ana) == ["between"]


async def test_cr_17_the_secret_alone_names_a_message(shop: Number, ana: Person) -> None:
    """Killed after the library wrote the secret, before anything was seen to leave: still unknown."""
    await _send(shop, "warm", ana)
    await shop.host.kill()
    _forget_what_left(shop.host.folder, "warm")

    await shop.host.start()

    settled = await shop.host.do("settle", token="warm")
    assert (settled["fate"], settled["message_id"]) == ("unknown", ana.phone.inbox[0].message_id)
    await shop.host.do("connect")
    await shop.host.phase(Phase.OPEN)


async def test_cr_17_an_accepted_message_stays_accepted(shop: Number, ana: Person) -> None:
    """Killed after the server's word."""
    sent = await _send(shop, "late", ana)
    assert sent is not None

    await shop.host.restart()

    assert await shop.host.do("settle", token="late") == _fate("accepted", sent["message_id"])


async def test_cr_17_whatever_the_moment_what_is_said_is_true(
    whatsapp: WhatsAppServer, shop: Number, ana: Person
) -> None:
    for number in range(8):
        tokens = [f"any-{number}-{part}" for part in range(4)]
        sending = [asyncio.ensure_future(_send(shop, token, ana)) for token in tokens]
        await asyncio.sleep(random.uniform(0, 0.06))
        await shop.host.restart()
        await asyncio.gather(*sending)
        for token in tokens:
            fate = (await shop.host.do("settle", token=token))["fate"]
            times = whatsapp.ledger.texts(ana).count(token)
            assert (fate, times) in {("absent", 0), ("accepted", 1), ("unknown", 0), ("unknown", 1)}
            if fate == "absent":
                await _send(shop, token, ana)
    assert whatsapp.ledger.written_to_twice(shop.person) == []


async def test_a_session_that_was_logged_out_knows_nothing_of_what_was_not_answered(
    whatsapp: WhatsAppServer, tmp_path: Path, ana: Person
) -> None:
    """The library deletes all secrets of the device: that nothing is found must not prove anything."""
    person = whatsapp.someone("Loja")
    async with Host(tmp_path, whatsapp.environment) as host:
        device = await link(host, whatsapp, person)
        await host.do("send", token="gone", to=jid(ana), content=text("gone"))
        await whatsapp.unlink(device)
        await host.phase(Phase.LOGGED_OUT)
        await host.kill()
        _forget_what_left(tmp_path, "gone")

        await host.start()

        assert await host.do("settle", token="gone") == _fate("unknown")


async def test_cr_09_what_was_being_taken_in_is_not_lost(
    whatsapp: WhatsAppServer, shop: Number, ana: Person
) -> None:
    """Killed at any moment of forty messages: each is heard, or its place in the timeline is kept."""
    words = [f"{ana.number} {number}" for number in range(40)]
    heard: dict[str, str] = {}
    ids = []
    for number, said in enumerate(words):
        ids.append(await ana.phone.say(shop.person, said))
        if number % 10 == 5:
            await asyncio.sleep(random.uniform(0, 0.02))
            await shop.host.kill()
            heard |= _told(shop.host)
            await shop.host.start()
            await shop.host.do("connect")
    await until(lambda: set(heard | _told(shop.host)) >= set(ids))

    heard |= _told(shop.host)
    lost = [id_ for id_ in ids if heard[id_] == EventName.UNDECRYPTABLE]
    assert [heard[id_] for id_ in ids if id_ not in lost] == [
        said for id_, said in zip(ids, words, strict=True) if id_ not in lost
    ]
    assert len(lost) <= 4
    await until(lambda: not any(key[0] == "message" for key in shop.device.pending))


async def test_cr_09_what_came_is_confirmed_only_when_it_is_on_our_disk(
    whatsapp: WhatsAppServer, shop: Number, ana: Person
) -> None:
    with _disk_that_waits(shop.host.folder):
        message_id = await ana.phone.say(shop.person, "guardado")
        await asyncio.sleep(1)
        assert not any(message_id in seen.message_ids for seen in ana.phone.receipts)

    await shop.host.message("guardado")
    await until(lambda: any(message_id in seen.message_ids for seen in ana.phone.receipts))


async def test_cr_09_what_was_read_and_not_written_down_keeps_its_place(shop: Number, ana: Person) -> None:
    """Killed in the one moment that cannot be closed: the library reads a message only once."""
    await ana.phone.say(shop.person, "antes")
    await shop.host.message("antes")
    with _disk_that_waits(shop.host.folder):
        message_id = await ana.phone.say(shop.person, "perdido")
        await asyncio.sleep(1)
        await shop.host.kill()

    await shop.host.start()
    await shop.host.do("connect")

    told = await shop.host.event(EventName.UNDECRYPTABLE, lambda data: data["id"] == message_id)
    assert (told["chat"], told["chat_alt"], told["from_me"]) == (jid(ana, "lid"), jid(ana), False)


async def test_events_come_again_until_they_are_acknowledged(shop: Number, ana: Person) -> None:
    shop.host.acknowledge()
    await ana.phone.say(shop.person, "um")
    await shop.host.message("um")
    first = shop.host.heard[-1].seq
    await shop.host.restart()
    assert [(heard.seq, heard.data["text"]) for heard in shop.host.heard if heard.name == "message"] == [
        (first, "um")
    ]

    shop.host.acknowledge()
    await ana.phone.say(shop.person, "dois")
    await shop.host.message("dois")
    await shop.host.restart()

    assert shop.host.texts() == ["dois"]
    assert min(heard.seq for heard in shop.host.heard if heard.seq) > (first or 0)


async def test_what_was_written_while_the_host_was_away_comes_when_it_is_back(
    shop: Number, ana: Person
) -> None:
    await shop.host.kill()
    for words in ("três", "quatro", "cinco"):
        await ana.phone.say(shop.person, words)

    await shop.host.start()
    await shop.host.do("connect")

    said = [await shop.host.message(words) for words in ("três", "quatro", "cinco")]
    assert [each["origin"] for each in said] == ["offline"] * 3


async def _send(shop: Number, token: str, to: Person) -> Json | None:
    """None when no answer came."""
    try:
        sent: Json = await shop.host.do("send", token=token, to=jid(to), content=text(token))
    except (HostGone, HostRefused):
        return None
    return sent


def _fate(fate: str, message_id: str | None = None) -> Json:
    return {"fate": fate, "message_id": message_id, "wa_code": None}


def _told(host: Host) -> dict[str, str]:
    """Messages by id; of unreadable ones just that."""
    texts = {data["id"]: data["text"] for data in host.all(EventName.MESSAGE)}
    return {data["id"]: str(EventName.UNDECRYPTABLE) for data in host.all(EventName.UNDECRYPTABLE)} | texts


@contextmanager
def _disk_that_waits(folder: Path) -> Iterator[None]:
    """Nothing can be written down for a moment."""
    with closing(sqlite3.connect(folder / "host.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield


def _forget_what_left(folder: Path, token: str) -> None:
    """As if the process had died just before it wrote down what it saw leave."""
    with sqlite3.connect(folder / "host.db") as db:
        db.execute(
            "UPDATE sent SET may_have_left = 0, message_id = NULL, outcome = NULL WHERE token = ?", (token,)
        )
    db.close()
