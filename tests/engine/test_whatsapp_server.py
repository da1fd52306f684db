"""The stand-in for WhatsApp, proved with the real client: linking, logging in, writing and reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.letters import Part
from embedded_server.simulator.whatsapp.node import LID, PN
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from tests.engine.conftest import Shop
from tests.fakes.poll import until
from tests.fakes.whatsapp_clients import ClientProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_phone_that_scans_the_code_links_the_device(shop: Shop) -> None:
    paired = next(data for kind, data in shop.client.events if kind == "PairStatus")

    assert paired["ID"]["User"] == shop.person.number
    assert paired["ID"]["Device"] == shop.device.number
    assert len(shop.device.one_time) > 800


async def test_a_code_typed_at_the_phone_links_the_device(
    whatsapp: WhatsAppServer, clients: ClientProcess, tmp_path: Path
) -> None:
    person = whatsapp.someone("Loja Ipê")
    client = await clients.open("typed", tmp_path / "session.db")
    await client.event("code")

    code = await client.do("pair", number=person.number)
    device = await whatsapp.enter(code, person)

    await client.event("Connected")
    assert person.companions == {1: device}
    await clients.close("typed")


async def test_a_linked_device_logs_in_again_without_a_code(shop: Shop, clients: ClientProcess) -> None:
    await clients.close(shop.person.number)

    client = await clients.open(shop.person.number, shop.store)

    await client.event("Connected")
    assert "code" not in [kind for kind, _ in client.events]


async def test_a_text_is_acknowledged_delivered_and_read(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()

    sent = await shop.client.do("send", to=ana.number, text="Seu pedido chegou")
    delivered = await shop.client.event("Receipt")
    await ana.phone.read(ana.phone.inbox[0])
    read = await shop.client.event("Receipt")
    await ana.phone.play(ana.phone.inbox[0])
    played = await shop.client.event("Receipt")

    assert [each["MessageIDs"] for each in (delivered, read, played)] == [[sent["ID"]]] * 3
    assert [each["Type"] for each in (delivered, read, played)] == ["DELIVERED", "READ", "PLAYED"]
    assert whatsapp.ledger.texts(ana) == ["Seu pedido chegou"]
    assert [letter.text for letter in shop.person.phone.outbox] == ["Seu pedido chegou"]


@pytest.mark.parametrize("server", [LID, PN])
async def test_a_customer_is_heard_under_either_of_their_names(
    whatsapp: WhatsAppServer, shop: Shop, server: str
) -> None:
    ana = whatsapp.someone()

    message_id = await ana.phone.say(shop.person, "Bom dia", server=server)

    source = (await shop.client.message("Bom dia"))["Info"]["MessageSource"]
    names = {source["Sender"]["User"], source["SenderAlt"]["User"]}
    assert names == {ana.number, ana.lid}
    await until(lambda: any(message_id in seen.message_ids for seen in ana.phone.receipts))


async def test_answers_and_reactions_name_what_they_are_about(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()
    sent = await shop.client.do("send", to=ana.number, text="Fica pronto às 18h")
    letter = ana.phone.inbox[0]

    await ana.phone.reply(letter, "Obrigada!")
    await ana.phone.react(letter, "👍")

    answer = (await shop.client.message("Obrigada!"))["Message"]["extendedTextMessage"]
    reaction = await shop.client.event("Message", lambda data: "reactionMessage" in data["Message"])
    assert answer["contextInfo"]["stanzaID"] == sent["ID"]
    assert reaction["Message"]["reactionMessage"]["key"]["ID"] == sent["ID"]
    assert reaction["Message"]["reactionMessage"]["text"] == "👍"


async def test_a_customer_edits_and_takes_back(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()
    message_id = await ana.phone.say(shop.person, "Quero dios bolos")

    await ana.phone.edit(shop.person, message_id, "Quero dois bolos")
    edited = await shop.client.event("Message", lambda data: data["IsEdit"])
    await ana.phone.take_back(shop.person, message_id)
    gone = await shop.client.event("Message", lambda data: "protocolMessage" in data["Message"])

    change = edited["Message"]["protocolMessage"]
    assert (change["key"]["ID"], change["editedMessage"]["conversation"]) == (message_id, "Quero dois bolos")
    assert gone["Message"]["protocolMessage"]["key"]["ID"] == message_id


async def test_the_shop_answers_and_the_customer_sees_to_what(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()
    message_id = await ana.phone.say(shop.person, "Quanto é o bolo?")
    answer = letters.reply("São R$ 40", message_id, str(ana.jid(LID)))

    await shop.client.do("send_content", to=f"{ana.lid}@lid", content=answer.hex())

    said = ana.phone.inbox[0].said
    assert (said.text, said.reply_to) == ("São R$ 40", message_id)


async def test_the_shop_reads_and_reacts_and_the_customer_sees_it(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    ana = whatsapp.someone()
    message_id = await ana.phone.say(shop.person, "Tem bolo?")
    await shop.client.message("Tem bolo?")
    chat = f"{ana.lid}@lid"

    await shop.client.do("read", chat=chat, message_id=message_id)
    await shop.client.do("react", to=chat, message_id=message_id, emoji="🎂")

    await until(lambda: "read" in [seen.kind for seen in ana.phone.receipts])
    reaction = ana.phone.inbox[0].said
    assert (reaction.kind, reaction.text) == ("reaction", "🎂")
    assert reaction.target is not None
    assert reaction.target.message_id == message_id


async def test_what_the_owner_writes_at_the_phone_reaches_the_linked_device(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    ana = whatsapp.someone()

    await shop.person.phone.say(ana, "Respondi pelo celular")

    source = (await shop.client.message("Respondi pelo celular"))["Info"]["MessageSource"]
    assert source["IsFromMe"]
    assert source["Chat"]["User"] == ana.lid
    assert whatsapp.ledger.texts(ana) == ["Respondi pelo celular"]


@pytest.mark.parametrize("server", [LID, PN])
async def test_a_group_reads_and_writes(whatsapp: WhatsAppServer, shop: Shop, server: str) -> None:
    ana, bia = whatsapp.someone("Ana"), whatsapp.someone("Bia")
    group = whatsapp.group("Vizinhos", [ana, bia, shop.person], server)

    await ana.phone.say_in(group, "Bom dia a todos")
    heard = await shop.client.message("Bom dia a todos")
    await shop.client.do("send", to=group.jid, text="Bom dia, Ana")

    assert heard["Info"]["MessageSource"]["Chat"]["User"] == group.number
    assert heard["Info"]["MessageSource"]["IsGroup"]
    for member in (ana, bia):
        assert member.phone.inbox[-1].text == "Bom dia, Ana"
        assert member.phone.inbox[-1].place.group is group
    assert whatsapp.ledger.accepted[-1].recipients == (ana, bia)


async def test_a_file_arrives_as_it_was_sent_either_way(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()
    message_id = await ana.phone.send_file(shop.person, Part.DOCUMENT, b"recibo" * 50, "text/plain")
    await shop.client.event("Message", lambda data: "documentMessage" in data["Message"])

    content = await shop.client.do("download", content=shop.client.contents[message_id])
    await shop.client.do("send_document", to=ana.number, data=(b"nota" * 50).hex(), name="n.txt")

    assert bytes.fromhex(content) == b"recibo" * 50
    assert ana.phone.inbox[-1].said.kind == "document"
    assert ana.phone.open_file(ana.phone.inbox[-1]) == b"nota" * 50


async def test_two_linked_devices_write_to_each_other(
    whatsapp: WhatsAppServer, clients: ClientProcess, shop: Shop, tmp_path: Path
) -> None:
    other = whatsapp.someone("Fornecedor")
    theirs = await clients.open("supplier", tmp_path / "supplier.db")
    await whatsapp.scan(await theirs.event("code"), other)
    await theirs.event("Connected")

    await shop.client.do("send", to=other.number, text="Preciso de farinha")
    await theirs.message("Preciso de farinha")
    await theirs.do("send", to=shop.person.number, text="Segue amanhã")

    await shop.client.message("Segue amanhã")
    await clients.close("supplier")


async def test_numbers_are_resolved(whatsapp: WhatsAppServer, shop: Shop) -> None:
    ana = whatsapp.someone()

    found = await shop.client.do("resolve", numbers=[ana.number, "551140028922"])

    assert [(each["Query"], each["IsIn"]) for each in found] == [(ana.number, True), ("551140028922", False)]
    assert (await shop.client.do("lid_of", number=ana.number))["User"] == ana.lid


async def test_what_was_written_is_in_the_ledger_once_for_each_recipient(
    whatsapp: WhatsAppServer, shop: Shop
) -> None:
    people = [whatsapp.someone() for _ in range(5)]

    sent = [await shop.client.do("send", to=each.number, text="Promoção") for each in people]

    ledger = whatsapp.ledger
    assert [ledger.times_accepted(each["ID"]) for each in sent] == [1] * 5
    assert [ledger.texts(each, shop.person) for each in people] == [["Promoção"]] * 5
    assert ledger.written_to_twice(shop.person) == []
    await shop.client.do("send", to=people[0].number, text="Promoção")
    assert ledger.written_to_twice(shop.person) == [(people[0], "Promoção")]
