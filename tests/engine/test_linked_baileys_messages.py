"""The second engine: messages both ways, and nothing lost or doubled when its process dies."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from pathlib import Path

import pytest

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.envelopes import bundle_nodes, now, registration_node
from embedded_server.simulator.whatsapp.history import OldChat, OldMessage
from embedded_server.simulator.whatsapp.letters import Part
from embedded_server.simulator.whatsapp.node import LID, PN, Node
from embedded_server.simulator.whatsapp.pen import Draft
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine.providers.linked.client import message_id
from engine.providers.linked.protocol import HostGone, HostRefused
from tests.fakes.baileys_host import Number
from tests.fakes.baileys_shop import Shop, number, server, shop
from tests.fakes.poll import until

__all__ = ["number", "server", "shop"]


async def test_a_text_is_accepted_delivered_and_read(server: WhatsAppServer, shop: Shop) -> None:
    ana = server.someone()

    sent = await shop.number.send("t1", f"{ana.number}@s.whatsapp.net", "Seu pedido chegou")
    delivered = await shop.number.event("receipt")
    await ana.phone.read(ana.phone.inbox[0])
    read = await shop.number.event("receipt")
    await ana.phone.play(ana.phone.inbox[0])
    played = await shop.number.event("receipt")

    assert sent["message_id"] == message_id("t1")
    assert datetime.fromisoformat(sent["at"]).tzinfo is not None
    told = (delivered, read, played)
    assert [each["kind"] for each in told] == ["delivered", "read", "played"]
    assert [(each["ids"], each["tokens"]) for each in told] == [([sent["message_id"]], ["t1"])] * 3
    assert server.ledger.texts(ana) == ["Seu pedido chegou"]
    assert [letter.text for letter in shop.person.phone.outbox] == ["Seu pedido chegou"]


@pytest.mark.parametrize("form", [LID, PN])
async def test_a_customer_is_heard_under_either_address(
    server: WhatsAppServer, shop: Shop, form: str
) -> None:
    ana = server.someone()

    id_ = await ana.phone.say(shop.person, "Bom dia", server=form)

    heard = await shop.number.message("Bom dia")
    phone, hidden = f"{ana.number}@s.whatsapp.net", f"{ana.lid}@lid"
    assert {heard["chat"], heard["chat_alt"]} == {phone, hidden}
    assert heard["chat"].endswith(form)
    assert (heard["id"], heard["from_me"], heard["origin"], heard["name"]) == (id_, False, "live", "Ana")
    await until(lambda: any(id_ in seen.message_ids for seen in ana.phone.receipts))


async def test_answers_reactions_edits_and_what_is_taken_back(server: WhatsAppServer, shop: Shop) -> None:
    ana = server.someone()
    sent = await shop.number.send("t1", f"{ana.lid}@lid", "Fica pronto às 18h")
    letter = ana.phone.inbox[0]

    await ana.phone.reply(letter, "Quero dios bolos")
    await ana.phone.react(letter, "👍")
    answer = await shop.number.message("Quero dios bolos")
    reaction = await shop.number.event("message", lambda data: data["kind"] == "reaction")
    await ana.phone.edit(shop.person, answer["id"], "Quero dois bolos")
    edited = await shop.number.event("message", lambda data: data["kind"] == "edit")
    await ana.phone.take_back(shop.person, answer["id"])
    gone = await shop.number.event("message", lambda data: data["kind"] == "revoke")

    assert answer["reply_to"] == sent["message_id"]
    assert reaction["payload"] == {"message_id": sent["message_id"], "emoji": "👍", "from_me": False}
    assert (edited["text"], edited["payload"]) == ("Quero dois bolos", {"original_message_id": answer["id"]})
    assert gone["payload"] == {"original_message_id": answer["id"]}


async def test_the_shop_quotes_reacts_edits_and_takes_back(server: WhatsAppServer, shop: Shop) -> None:
    ana, do = server.someone(), shop.number.link.do
    asked = await ana.phone.say(shop.person, "Quanto é o bolo?")
    await shop.number.message("Quanto é o bolo?")
    chat = f"{ana.lid}@lid"

    sent = await shop.number.send("t1", chat, "São R$ 40", reply_to=asked)
    await do("react", chat=chat, id=asked, emoji="🎂")
    await do("edit", chat=chat, id=sent["message_id"], body="São R$ 45")
    await do("revoke", chat=chat, id=sent["message_id"])

    said = [letter.said for letter in ana.phone.inbox]
    assert [each.kind for each in said] == ["text", "reaction", "edited", "revoked"]
    assert (said[0].reply_to, said[1].text, said[2].text) == (asked, "🎂", "São R$ 45")
    targets = [each.target.message_id for each in said if each.target]
    assert targets == [asked, sent["message_id"], sent["message_id"]]


async def test_the_shop_reads_types_and_looks_people_up(server: WhatsAppServer, shop: Shop) -> None:
    ana, do = server.someone(), shop.number.link.do
    id_ = await ana.phone.say(shop.person, "Tem bolo?")
    await shop.number.message("Tem bolo?")
    chat, phone = f"{ana.lid}@lid", f"+{ana.number}"

    await do("mark_read", chat=chat, ids=[id_], sender=chat)
    await do("typing", chat=chat, on=True)
    await ana.phone.type(shop.person)
    found, missing = await do("resolve", phones=[phone, "+551140028922"])

    assert (await shop.number.event("typing"))["state"] == "composing"
    await until(lambda: "read" in [seen.kind for seen in ana.phone.receipts])
    await until(lambda: ana.phone.typing_seen == [(shop.person, "composing")])
    jid = f"{ana.number}@s.whatsapp.net"
    assert found == {"phone": phone, "jid": jid, "lid": chat, "exists": True}
    assert missing == {"phone": "+551140028922", "jid": None, "lid": None, "exists": False}
    assert (await do("lid_for", phone=phone), await do("phone_for", lid=chat)) == (chat, jid)
    assert await do("picture", jid=chat) is None


@pytest.mark.parametrize("form", [LID, PN])
async def test_a_group_reads_and_writes(server: WhatsAppServer, shop: Shop, form: str) -> None:
    ana, bia = server.someone("Ana"), server.someone("Bia")
    group = server.group("Vizinhos", [ana, bia, shop.person], form)

    await ana.phone.say_in(group, "Bom dia a todos")
    heard = await shop.number.message("Bom dia a todos")
    await shop.number.send("t1", group.jid, "Bom dia, Ana")
    described = await shop.number.link.do("group", jid=group.jid)

    assert (heard["chat"], heard["subject"], heard["name"]) == (group.jid, "Vizinhos", "Ana")
    assert {heard["sender"], heard["sender_alt"]} == {f"{ana.number}@s.whatsapp.net", f"{ana.lid}@lid"}
    assert [member.phone.inbox[-1].text for member in (ana, bia)] == ["Bom dia, Ana"] * 2
    assert described["subject"] == "Vizinhos"
    first = described["members"][0]
    assert (first["lid"], first["phone"]) == (f"{ana.lid}@lid", f"{ana.number}@s.whatsapp.net")
    assert [member["is_admin"] for member in described["members"]] == [True, False, False]


async def test_files_arrive_as_they_were_sent_either_way(
    server: WhatsAppServer, shop: Shop, tmp_path: Path
) -> None:
    ana, came, goes = server.someone(), tmp_path / "came", tmp_path / "nota.txt"
    data = b"recibo" * 5_000
    goes.write_bytes(b"nota" * 5_000)

    await ana.phone.send_file(shop.person, Part.DOCUMENT, data, "text/plain")
    heard = await shop.number.event("message", lambda each: each["kind"] == "document")
    fetched = await shop.number.link.do("download", media=heard["media"], path=str(came))
    content = {"kind": "media", "type": "document", "path": str(goes), "filename": "nota.txt"}
    await shop.number.send_content("t1", f"{ana.lid}@lid", content)

    assert came.read_bytes() == data
    assert fetched == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert heard["media"]["sha256"] == fetched["sha256"]
    assert ana.phone.open_file(ana.phone.inbox[-1]) == b"nota" * 5_000


@pytest.mark.parametrize(("type_", "voice"), [("image", False), ("audio", True), ("video", False)])
async def test_pictures_voices_and_films_are_sent(
    server: WhatsAppServer, shop: Shop, tmp_path: Path, type_: str, voice: bool
) -> None:
    ana, file = server.someone(), tmp_path / "file"
    file.write_bytes(b"OggS" * 100)
    content = {"kind": "media", "type": type_, "path": str(file), "voice": voice, "caption": "Veja"}

    await shop.number.send_content("t1", f"{ana.lid}@lid", content)

    assert ana.phone.inbox[-1].said.kind == type_
    assert ana.phone.inbox[-1].text == (None if voice else "Veja")
    assert ana.phone.open_file(ana.phone.inbox[-1]) == b"OggS" * 100


async def test_what_the_owner_writes_at_the_phone_is_heard(server: WhatsAppServer, shop: Shop) -> None:
    ana = server.someone()

    await shop.person.phone.say(ana, "Respondi pelo celular")

    heard = await shop.number.message("Respondi pelo celular")
    assert (heard["from_me"], heard["chat"]) == (True, f"{ana.lid}@lid")
    assert heard["chat_alt"] == f"{ana.number}@s.whatsapp.net"


async def test_old_chats_come_when_the_number_is_linked(server: WhatsAppServer, number: Number) -> None:
    person, ana = server.someone("Loja Ipê"), server.someone("Ana")
    person.past = [OldChat(ana, [OldMessage("Boa tarde", "OLD1"), OldMessage("Olá!", "OLD2", is_own=True)])]

    await number.link_by_qr(person)

    old = [await number.message("Boa tarde"), await number.message("Olá!")]
    assert [(each["id"], each["origin"], each["from_me"]) for each in old] == [
        ("OLD1", "history", False),
        ("OLD2", "history", True),
    ]
    assert old[0]["chat_alt"] == f"{ana.lid}@lid"
    assert (await number.event("history"))["progress"] == 100
    pairs = [pair for name, data in number.events if name == "pairs" for pair in data["pairs"]]
    assert [f"{ana.lid}@lid", f"{ana.number}@s.whatsapp.net"] in pairs


async def test_what_came_while_the_host_was_away_comes_after(server: WhatsAppServer, shop: Shop) -> None:
    ana = server.someone()
    await shop.number.end()
    for words in ("um", "dois", "três"):
        await ana.phone.say(shop.person, words)

    await shop.number.start()
    await shop.number.connect()

    assert (await shop.number.message("três"))["origin"] == "offline"
    assert shop.number.texts() == ["um", "dois", "três"]
    await until(lambda: not any(key[0] == "message" for key in shop.device.pending))


async def test_events_that_were_not_acknowledged_are_told_again(server: WhatsAppServer, shop: Shop) -> None:
    ana, number = server.someone(), shop.number
    await until(lambda: number.count("history") == 1)
    number.acknowledges = False
    await ana.phone.say(shop.person, "um")
    await number.message("um")
    await ana.phone.say(shop.person, "dois")
    await number.message("dois")
    told = number.numbers[-1]

    await number.kill()
    await number.start()
    await number.message("dois")

    assert number.texts() == ["um", "dois", "um", "dois"]
    assert number.numbers[-1] == told
    number.link.acknowledge(told)
    await asyncio.sleep(0.6)
    await number.kill()
    await number.start()
    await number.connect()
    assert number.texts() == ["um", "dois", "um", "dois"]


async def test_a_host_that_dies_in_the_middle_of_what_comes_loses_and_doubles_nothing(
    server: WhatsAppServer, shop: Shop
) -> None:
    ana, number, words = server.someone(), shop.number, [f"oi {count}" for count in range(60)]
    for each in words[:30]:
        await ana.phone.say(shop.person, each)
    await until(lambda: number.count("message") >= 10)

    await number.kill()
    for each in words[30:]:
        await ana.phone.say(shop.person, each)
    await number.start()
    await number.connect()

    await number.message("oi 59")
    assert sorted(set(number.texts())) == sorted(words)
    assert number.count("undecryptable") == 0
    assert len({data["id"] for name, data in number.events if name == "message"}) == len(words)


@pytest.mark.parametrize("swallowed", [False, True], ids=["it never arrived", "it arrived"])
async def test_a_send_that_a_crash_left_in_doubt_goes_again_and_is_seen_once(
    server: WhatsAppServer, shop: Shop, swallowed: bool
) -> None:
    ana, number = server.someone(), shop.number
    to = f"{ana.lid}@lid"
    await number.send("t0", to, "antes")
    if swallowed:
        server.faults.unacknowledged = 1
    else:
        server.freeze(shop.device)
    sending = asyncio.ensure_future(number.send("t1", to, "uma vez"))
    while len(await number.record_names("sent")) < 2:
        await asyncio.sleep(0.01)
    await until(lambda: not swallowed or server.ledger.texts(ana)[-1] == "uma vez")
    await number.kill()
    with pytest.raises(HostGone):
        await sending

    await number.start()
    await number.connect()
    settled = await number.link.do("settle", token="t1")

    assert (settled["fate"], settled["message_id"]) == ("accepted", message_id("t1"))
    await number.send("t2", to, "depois")
    await until(lambda: server.ledger.texts(ana) == ["antes", "uma vez", "depois"])
    assert server.ledger.written_to_twice(shop.person) == []


async def test_sends_under_a_connection_that_breaks_are_each_seen_once(
    server: WhatsAppServer, shop: Shop
) -> None:
    ana, number = server.someone(), shop.number
    words = [f"m{count}" for count in range(40)]

    sends = [asyncio.ensure_future(number.send(each, f"{ana.lid}@lid", each)) for each in words]
    for most in (5, 15, 25):
        await until(lambda most=most: len(server.ledger.texts(ana)) >= most)
        server.cut(shop.device)
    sent = await asyncio.gather(*sends)

    assert [each["message_id"] for each in sent] == [message_id(each) for each in words]
    assert sorted(text or "" for text in server.ledger.texts(ana)) == sorted(words)


async def test_a_token_that_was_never_sent_is_absent_and_one_that_was_is_known(
    server: WhatsAppServer, shop: Shop
) -> None:
    ana, number = server.someone(), shop.number
    sent = await number.send("t1", f"{ana.lid}@lid", "uma vez")

    again = await number.send("t1", f"{ana.lid}@lid", "uma vez")
    settled = await number.link.do("settle", token="t1")
    unknown = await number.link.do("settle", token="never")

    assert (again, settled["fate"], unknown["fate"]) == (sent, "accepted", "absent")
    assert server.ledger.times_accepted(sent["message_id"]) == 1


async def test_whoever_may_not_reach_out_is_told_so(server: WhatsAppServer, shop: Shop) -> None:
    ana, bia, number = server.someone("Ana"), server.someone("Bia"), shop.number
    await ana.phone.say(shop.person, "Oi")
    await number.message("Oi")
    await server.lock_reach_out(shop.person, until=2_000_000_000)

    first = await number.event("restriction")
    await number.send("t1", f"{ana.lid}@lid", "Pois não?")
    with pytest.raises(HostRefused) as refused:
        await number.send("t2", f"{bia.lid}@lid", "Promoção")
    second = await number.event("restriction")

    assert (refused.value.reason, refused.value.wa_code) == ("nack", "463")
    assert first == {"kind": "reachout", "until": "2033-05-18T03:33:20.000Z"}
    assert second["kind"] == "reachout"
    assert (await number.link.do("settle", token="t2"))["fate"] == "absent"
    assert server.ledger.texts(bia) == []


async def test_nothing_is_sent_while_the_number_is_not_connected(
    server: WhatsAppServer, number: Number
) -> None:
    ana = server.someone()

    with pytest.raises(HostRefused) as refused:
        await number.send("t1", f"{ana.number}@s.whatsapp.net", "Oi")

    assert refused.value.reason == "not_connected"


async def test_what_cannot_be_read_is_told_and_asked_for_again(server: WhatsAppServer, shop: Shop) -> None:
    ana = server.someone()

    await ana.phone.write(shop.person, Draft(letters.text("estragada"), is_damaged=True))

    unreadable = await shop.number.event("undecryptable")
    heard = await shop.number.message("estragada")
    assert unreadable["id"] == heard["id"]


async def test_a_phone_that_cannot_read_gets_the_message_once_more(
    server: WhatsAppServer, shop: Shop
) -> None:
    ana = server.someone()
    ana.phone.unreadable = 1

    sent = await shop.number.send("t1", f"{ana.lid}@lid", "de novo")

    await until(lambda: server.ledger.texts(ana) == ["de novo"])
    assert server.ledger.times_accepted(sent["message_id"]) == 1


async def test_nobody_gets_again_what_was_written_to_somebody_else(
    server: WhatsAppServer, shop: Shop
) -> None:
    ana, bia = server.someone("Ana"), server.someone("Bia")
    sent = await shop.number.send("t1", f"{ana.lid}@lid", "para Ana")
    keys = bia.device.bundle()
    attrs = {"id": sent["message_id"], "type": "retry", "from": bia.jid(LID), "t": now()}
    asked = [
        Node("retry", {"count": 1, "id": sent["message_id"], "v": 1}),
        Node("keys", None, bundle_nodes(keys)),
    ]

    await server.notify(
        shop.person, Node("receipt", attrs, [*asked, registration_node(keys.registration_id)])
    )

    await until(lambda: not shop.device.pending)
    assert (len(server.ledger.accepted), server.ledger.texts(bia)) == (1, [])


async def test_who_changes_phones_is_told_and_written_to(server: WhatsAppServer, shop: Shop) -> None:
    ana = server.someone()
    await shop.number.send("t1", f"{ana.lid}@lid", "antes")

    await server.reinstall(ana)
    changed = await shop.number.event("identity")
    await shop.number.send("t2", f"{ana.lid}@lid", "depois")

    assert changed["jid"].split("@")[0] in (ana.number, ana.lid)
    await until(lambda: server.ledger.texts(ana) == ["antes", "depois"])
