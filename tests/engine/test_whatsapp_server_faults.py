"""The stand-in for WhatsApp when things go wrong: refusals, lost connections, lost and doubled messages."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.faults import REACH_OUT_LOCKED, TOO_MANY
from embedded_server.simulator.whatsapp.pen import Draft
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from embedded_server.simulator.whatsapp.wire import pack
from tests.engine.conftest import Shop
from tests.fakes.poll import until
from tests.fakes.whatsapp_clients import ClientProcess, Refused

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("code", [REACH_OUT_LOCKED, TOO_MANY])
async def test_a_refused_message_is_shown_to_nobody(whatsapp: WhatsAppServer, shop: Shop, code: int) -> None:
    ana = whatsapp.someone()
    whatsapp.faults.refused[ana] = code

    with pytest.raises(Refused, match=f"server returned error {code}"):
        await shop.client.do("send", to=ana.number, text="Olá")

    assert whatsapp.ledger.texts(ana) == []
    assert whatsapp.ledger.refused[-1].code == code
    assert not any(entry.sender is shop.device for entry in whatsapp.ledger.accepted)


async def test_an_account_that_may_not_reach_out_still_answers(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana, bia = whatsapp.someone("Ana"), whatsapp.someone("Bia")
    await ana.phone.say(shop.person, "Oi")
    await shop.client.message("Oi")
    await whatsapp.lock_reach_out(shop.person, until=2_000_000_000)

    await shop.client.do("send", to=ana.number, text="Pois não?")
    with pytest.raises(Refused, match="463"):
        await shop.client.do("send", to=bia.number, text="Promoção")

    assert whatsapp.ledger.texts(ana) == ["Pois não?"]
    assert whatsapp.ledger.texts(bia) == []


async def test_a_second_log_in_replaces_the_first(clients: ClientProcess, shop: Shop) -> None:
    second = await clients.open("second", shop.store)

    await second.event("Connected")

    await shop.client.event("StreamReplaced")
    assert shop.client.count("Disconnected") == 0
    await clients.close("second")


async def test_a_device_removed_at_the_phone_is_logged_out_for_good(
    whatsapp: WhatsAppServer, clients: ClientProcess, shop: Shop
) -> None:
    await whatsapp.unlink(shop.device)

    logged_out = await shop.client.event("LoggedOut")
    await clients.close(shop.person.number)
    again = await clients.open(shop.person.number, shop.store)

    assert not logged_out["OnConnect"]
    assert await again.event("code")
    assert shop.person.companions == {}


async def test_a_device_that_logs_out_is_forgotten(shop: Shop) -> None:
    await shop.client.do("logout")

    assert shop.person.companions == {}


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ({"reason": 401}, "LoggedOut"),
        ({"reason": 402, "code": 101, "expire": 3600}, "TemporaryBan"),
        ({"reason": 403}, "LoggedOut"),
        ({"reason": 405}, "ClientOutdated"),
        ({"reason": 406}, "LoggedOut"),
    ],
    ids=lambda each: str(each["reason"]) if isinstance(each, dict) else "",
)
async def test_a_log_in_that_is_refused_says_why(
    whatsapp: WhatsAppServer, shop: Shop, refusal: dict[str, object], kind: str
) -> None:
    shop.device.refusal = refusal

    whatsapp.cut(shop.device)

    assert await shop.client.event(kind) is not None
    assert shop.client.count("Connected") == 1


@pytest.mark.parametrize("trouble", ["the network breaks", "the server restarts", "the server is not ready"])
async def test_a_device_comes_back_by_itself(whatsapp: WhatsAppServer, shop: Shop, trouble: str) -> None:
    if trouble == "the server restarts":
        await whatsapp.end(shop.device, 503)
    else:
        shop.device.refusal = {"reason": 503} if trouble == "the server is not ready" else None
        whatsapp.cut(shop.device)

    await shop.client.event("Disconnected")
    await shop.client.event("Connected")
    assert shop.device.refusal is None


async def test_what_is_written_to_a_device_that_is_away_waits_for_it(
    whatsapp: WhatsAppServer, clients: ClientProcess, shop: Shop
) -> None:
    ana = whatsapp.someone()
    await clients.close(shop.person.number)
    for words in ("um", "dois", "três"):
        await ana.phone.say(shop.person, words)

    client = await clients.open(shop.person.number, shop.store)

    preview = await client.event("OfflineSyncPreview")
    await client.message("três")
    assert preview["Message"] == 3
    assert client.texts() == ["um", "dois", "três"]
    await until(lambda: not any(key[0] == "message" for key in shop.device.pending))


async def test_a_killed_process_gets_what_it_had_not_acknowledged(
    whatsapp: WhatsAppServer, tmp_path: Path
) -> None:
    person, ana = whatsapp.someone("Loja Ipê"), whatsapp.someone()
    async with ClientProcess(whatsapp.environment) as first:
        client = await first.open("killed", tmp_path / "session.db")
        device = await whatsapp.scan(await client.event("code"), person)
        await client.event("Connected")
        await ana.phone.say(person, "antes")
        await client.message("antes")
        await until(lambda: not device.pending)
        await first.kill()
    await ana.phone.say(person, "depois")

    async with ClientProcess(whatsapp.environment) as second:
        client = await second.open("killed", tmp_path / "session.db")
        await client.message("depois")

    assert client.texts() == ["depois"]


async def test_a_message_lost_with_its_connection_is_sent_again_and_seen_once(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    """The client itself sends the same frame once more when it is back within five seconds."""
    ana = whatsapp.someone()
    await shop.client.do("send", to=ana.number, text="primeira")
    frozen = whatsapp.freeze(shop.device)

    sending = asyncio.ensure_future(shop.client.do("send", to=ana.number, text="segunda"))
    await until(lambda: frozen.swallowed > 0)
    whatsapp.cut(shop.device)

    sent = await sending
    assert whatsapp.ledger.texts(ana) == ["primeira", "segunda"]
    assert whatsapp.ledger.times_accepted(sent["ID"]) == 1


async def test_a_message_whose_acknowledgement_is_lost_is_accepted_twice_and_seen_once(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    ana = whatsapp.someone()
    whatsapp.faults.unacknowledged = 1

    sending = asyncio.ensure_future(shop.client.do("send", to=ana.number, text="uma vez"))
    await until(lambda: whatsapp.ledger.texts(ana) == ["uma vez"])
    whatsapp.cut(shop.device)

    sent = await sending
    entries = [entry for entry in whatsapp.ledger.accepted if entry.message_id == sent["ID"]]
    assert [entry.was_acknowledged for entry in entries] == [False, True]
    assert whatsapp.ledger.texts(ana) == ["uma vez"]
    assert (sent["ID"], ana) in whatsapp.ledger.repeats


async def test_messages_that_come_twice_and_in_disorder_are_each_heard_once(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    ana = whatsapp.someone()
    await ana.phone.say(shop.person, "oi")
    await shop.client.message("oi")
    whatsapp.way.copies, whatsapp.way.shuffled, whatsapp.way.delay = 2, 3, 0.01

    for words in ("um", "dois", "três"):
        await ana.phone.say(shop.person, words)

    whatsapp.way.copies = whatsapp.way.shuffled = 1
    await ana.phone.say(shop.person, "fim")

    await shop.client.message("fim")
    assert shop.client.texts() == ["oi", "três", "dois", "um", "fim"]


async def test_a_message_that_cannot_be_read_is_asked_for_again(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()

    await ana.phone.write(shop.person, Draft(letters.text("estragada"), is_damaged=True))

    await shop.client.event("UndecryptableMessage")
    heard = await shop.client.message("estragada")
    assert heard["RetryCount"] == "1"
    assert ana.phone.receipts[0].kind == "retry"


async def test_a_phone_that_cannot_read_gets_the_same_message_once_more(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    ana = whatsapp.someone()
    ana.phone.unreadable = 1

    sent = await shop.client.do("send", to=ana.number, text="de novo")

    await until(lambda: whatsapp.ledger.texts(ana) == ["de novo"])
    entries = [entry for entry in whatsapp.ledger.accepted if entry.message_id == sent["ID"]]
    assert [entry.is_retry for entry in entries] == [False, True]
    assert whatsapp.ledger.times_accepted(sent["ID"]) == 1


async def test_a_phone_that_is_off_shows_and_confirms_when_it_is_on(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    ana = whatsapp.someone()
    ana.phone.switch_off()
    await shop.client.do("send", to=ana.number, text="amanhã")
    assert whatsapp.ledger.texts(ana) == []

    await ana.phone.switch_on()

    await shop.client.event("Receipt")
    assert whatsapp.ledger.texts(ana) == ["amanhã"]


async def test_a_message_on_its_way_is_found_in_the_store_by_the_secret_planted_in_it(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    """The library takes no id and tells its own too late, but stores it with the secret before it sends."""
    ana, secret = whatsapp.someone(), os.urandom(32)
    await shop.client.do("send", to=ana.number, text="antes")
    frozen = whatsapp.freeze(shop.device)
    planted = letters.text("plantada") + pack((letters.Part.CONTEXT, pack((3, secret))))

    sending = asyncio.ensure_future(shop.client.do("send_content", to=ana.number, content=planted.hex()))
    await until(lambda: frozen.swallowed > 0)
    with closing(sqlite3.connect(shop.store)) as store:
        query = "SELECT message_id FROM whatsmeow_message_secrets WHERE key = ?"
        (message_id,) = store.execute(query, (secret,)).fetchone()
    whatsapp.cut(shop.device)

    assert (await sending)["ID"] == message_id
    assert whatsapp.ledger.texts(ana) == ["antes", "plantada"]


async def test_a_server_with_other_keys_is_not_believed(whatsapp: WhatsAppServer, tmp_path: Path) -> None:
    environment = {**whatsapp.environment, "WHATSAPP_ROOT": bytes(range(32)).hex()}

    async with ClientProcess(environment) as process:
        client = await process.open("careful", tmp_path / "session.db")

        assert "failed to verify server cert" in await client.event("ended")


async def test_nothing_but_the_stand_in_can_be_reached(whatsapp: WhatsAppServer) -> None:
    port = int(whatsapp.proxy.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    writer.write(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")

    assert (await reader.readline()).startswith(b"HTTP/1.1 403")
    assert whatsapp.proxy.refused == ["example.com:443"]
    writer.close()
