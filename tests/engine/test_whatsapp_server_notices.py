"""The stand-in for WhatsApp beside the messages: what phones share, who is there, what the server tells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from embedded_server.simulator.whatsapp import notices
from embedded_server.simulator.whatsapp.app_state import Action, Collection
from embedded_server.simulator.whatsapp.history import OldChat, OldMessage
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from embedded_server.simulator.whatsapp.wire import Fields, pack
from tests.engine.conftest import Shop
from tests.fakes.poll import until
from tests.fakes.whatsapp_clients import ClientProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def eventually(ask: Callable[[], Awaitable[Any]], is_right: Callable[[Any], object]) -> Any:
    """Ask until the answer is right."""
    async with asyncio.timeout(10):
        while not is_right(answer := await ask()):
            await asyncio.sleep(0.02)
    return answer


async def test_a_newly_linked_device_learns_the_old_chats_and_who_hides_behind_which_id(
    whatsapp: WhatsAppServer, clients: ClientProcess, tmp_path: Path
) -> None:
    person, ana = whatsapp.someone("Loja Ipê"), whatsapp.someone("Ana")
    person.past = [
        OldChat(ana, [OldMessage("Boa tarde", "OLD1"), OldMessage("Olá!", "OLD2", is_own=True)], 1)
    ]
    client = await clients.open("history", tmp_path / "session.db")
    await whatsapp.scan(await client.event("code"), person)

    data = (await client.event("HistorySync"))["Data"]

    chat = data["conversations"][0]
    words = [each["message"]["message"]["conversation"] for each in chat["messages"]]
    assert (words, chat["name"], chat["unreadCount"]) == (["Boa tarde", "Olá!"], "Ana", 1)
    assert data["phoneNumberToLidMappings"] == [{"pnJID": str(ana.jid()), "lidJID": f"{ana.lid}@lid"}]
    await clients.close("history")


async def test_typing_is_seen_on_both_sides(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()

    await ana.phone.type(shop.person)
    await shop.client.do("type", to=f"{ana.lid}@lid")

    seen = await shop.client.event("ChatPresence")
    assert seen["MessageSource"]["Sender"]["User"] == ana.lid
    await until(lambda: ana.phone.typing_seen == [(shop.person, "composing")])


async def test_who_watches_a_person_sees_them_come_and_leave(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()
    await shop.client.do("appear", available=True)
    await shop.client.do("watch", who=f"{ana.lid}@lid")
    await until(lambda: shop.device in ana.phone.watchers and shop.device.is_available)

    await ana.phone.come()
    await ana.phone.leave()

    come, left = [await shop.client.event("Presence") for _ in range(2)]
    assert [come.get("Unavailable", False), left["Unavailable"]] == [False, True]


async def test_a_device_that_is_available_confirms_as_one_that_is_looked_at(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    ana = whatsapp.someone()
    await ana.phone.say(shop.person, "um")
    await until(lambda: len(ana.phone.receipts) == 1)
    await shop.client.do("appear", available=True)
    await until(lambda: shop.device.is_available)

    await ana.phone.say(shop.person, "dois")

    await until(lambda: [seen.kind for seen in ana.phone.receipts] == ["inactive", "delivered"])


async def test_who_changes_phones_is_written_to_under_new_keys(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()
    await shop.client.do("send", to=ana.number, text="antes")

    await whatsapp.reinstall(ana)
    await shop.client.event("IdentityChange")
    await shop.client.do("send", to=ana.number, text="depois")

    await until(lambda: whatsapp.ledger.texts(ana) == ["antes", "depois"])


async def test_a_customers_new_device_gets_its_copy_at_once(
    whatsapp: WhatsAppServer, clients: ClientProcess, shop: Shop, tmp_path: Path
) -> None:
    ana = whatsapp.someone()
    await shop.client.do("send", to=ana.number, text="antes")
    web = await clients.open("web", tmp_path / "web.db")
    await whatsapp.scan(await web.event("code"), ana)
    await web.event("Connected")
    # What comes to a device is taken in order: when it hears this it has heard of the other device.
    await ana.phone.say(shop.person, "Agora no computador")
    await shop.client.message("Agora no computador")

    await shop.client.do("send", to=ana.number, text="depois")

    await web.message("depois")
    assert whatsapp.ledger.texts(ana) == ["antes", "depois"]
    await clients.close("web")


async def test_keys_are_made_when_the_server_says_that_few_are_left(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    del shop.device.one_time[3:]

    await whatsapp.notify(shop.person, notices.few_keys_left(3))

    await until(lambda: len(shop.device.one_time) > 40)


async def test_what_the_phone_sets_reaches_the_linked_device(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana, state = whatsapp.someone(), shop.person.app_state
    state.set(
        Collection.CRITICAL_UNBLOCK_LOW,
        ["contact", str(ana.jid())],
        Action.CONTACT,
        pack((1, "Ana da Padaria")),
    )

    await whatsapp.notify(shop.person, notices.app_state_changed(state, Collection.CRITICAL_UNBLOCK_LOW))

    known = await eventually(
        partial(shop.client.do, "contact", number=ana.number), lambda it: it.get("FullName")
    )
    assert known["FullName"] == "Ana da Padaria"


async def test_a_chat_muted_pinned_and_archived_at_the_phone_is_so_on_the_device(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    ana, state = whatsapp.someone(), shop.person.app_state
    chat = str(ana.jid())
    state.set(Collection.REGULAR_HIGH, ["mute", chat], Action.MUTE, pack((1, True), (2, -1)))
    state.set(Collection.REGULAR_LOW, ["pin_v1", chat], Action.PIN, pack((1, True)))
    state.set(Collection.REGULAR_LOW, ["archive", chat], Action.ARCHIVE, pack((1, False)))
    state.set(Collection.REGULAR_LOW, ["archive", chat], Action.ARCHIVE, pack((1, True)))

    for changed in (Collection.REGULAR_HIGH, Collection.REGULAR_LOW):
        await whatsapp.notify(shop.person, notices.app_state_changed(state, changed))

    ask = partial(shop.client.do, "settings", number=ana.number)
    settings = await eventually(ask, lambda it: it.get("Archived") and it.get("MutedUntil"))
    assert settings["Pinned"]


async def test_what_the_linked_device_sets_reaches_the_phone(shop: Shop) -> None:
    await shop.client.do("rename", name="Loja Nova")

    change = shop.person.app_state.changes[-1]
    assert change.index == ["setting_pushName"]
    assert Fields(change.value.blob(Action.PUSH_NAME)).text(1) == "Loja Nova"


async def test_a_locked_account_is_told_until_when(whatsapp: WhatsAppServer, shop: Shop) -> None:
    """The library does not hand this on: only that it took it can be seen."""
    await whatsapp.lock_reach_out(shop.person, until=2_000_000_000)

    await until(lambda: not shop.device.pending)


async def test_an_account_with_a_passkey_is_not_linked(
    whatsapp: WhatsAppServer, clients: ClientProcess, tmp_path: Path
) -> None:
    """The library does not hand this on either: what a product can see is a scan that leads to nothing."""
    person = whatsapp.someone("Loja Ipê")
    client = await clients.open("passkey", tmp_path / "session.db")
    code = await client.event("code")

    await whatsapp.pairing.demand_passkey(code)

    acknowledged = ("ack", "passkey_prologue_request")
    await until(
        lambda: acknowledged in [(node.tag, node.attrs.get("type")) for _, node in whatsapp.overheard]
    )
    assert person.companions == {}
    await clients.close("passkey")
