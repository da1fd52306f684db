"""The host of a linked number, with the real library: linking, and what people write to each other."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from embedded_server.simulator.whatsapp.history import OldChat, OldMessage
from embedded_server.simulator.whatsapp.letters import Part
from embedded_server.simulator.whatsapp.node import LID
from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine.providers.linked.link import HostRefused
from engine.providers.linked.protocol import EngineName, EventName, Phase, Traits
from tests.fakes.linked_host import Host, jid, link, text
from tests.fakes.poll import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Number:
    person: Person
    host: Host
    device: Companion


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shop(whatsapp: WhatsAppServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Number]:
    person = whatsapp.someone("Loja Ipê")
    async with Host(tmp_path_factory.mktemp("shop"), whatsapp.environment) as host:
        yield Number(person, host, await link(host, whatsapp, person))
    assert whatsapp.queries.not_understood == []


@pytest.fixture
def ana(whatsapp: WhatsAppServer) -> Person:
    return whatsapp.someone("Ana")


async def test_a_host_says_what_it_is(shop: Number) -> None:
    assert shop.host.traits == Traits(EngineName.WHATSMEOW, "0.5.2", repeats=False)
    assert (await shop.host.do("health"))["connected"] is True


async def test_linking_tells_each_step_and_whose_number_it_is(
    whatsapp: WhatsAppServer, tmp_path: Path
) -> None:
    person = whatsapp.someone("Loja Nova")
    async with Host(tmp_path, whatsapp.environment) as host:
        await link(host, whatsapp, person)

        phases = [data["phase"] for data in host.all(EventName.STATE)]
        (linked,) = host.all(EventName.LINKED)
        assert phases == ["waiting", "scanned", "connecting", "open"]
        assert (linked["jid"], linked["lid"]) == (jid(person), jid(person, LID))
        with pytest.raises(HostRefused, match="linked already"):
            await host.do("link_qr")


async def test_a_number_is_linked_by_code(whatsapp: WhatsAppServer, tmp_path: Path) -> None:
    person = whatsapp.someone("Loja Nova")
    async with Host(tmp_path, whatsapp.environment) as host:
        await host.do("link_code", phone=f"+{person.number}")
        code = await host.event(EventName.PAIRING_CODE)

        device = await whatsapp.enter(code["code"], person)

        await host.phase(Phase.OPEN)
        assert person.companions == {1: device}
        assert host.all(EventName.QR) == []


@pytest.mark.parametrize("server", ["s.whatsapp.net", "lid"])
async def test_a_text_is_accepted_delivered_and_read(
    whatsapp: WhatsAppServer, shop: Number, ana: Person, server: str
) -> None:
    token = f"to-{ana.number}"

    sent = await shop.host.do("send", token=token, to=jid(ana, server), content=text("Chegou"))
    delivered = await shop.host.event(EventName.RECEIPT)
    await ana.phone.read(ana.phone.inbox[0])
    read = await shop.host.event(EventName.RECEIPT)

    assert whatsapp.ledger.texts(ana) == ["Chegou"]
    assert [each["kind"] for each in (delivered, read)] == ["delivered", "read"]
    assert [(each["ids"], each["tokens"]) for each in (delivered, read)] == [
        ([sent["message_id"]], [token])
    ] * 2
    assert (await shop.host.do("settle", token=token))["fate"] == "accepted"


async def test_a_message_is_not_marked_as_a_robots(
    whatsapp: WhatsAppServer, shop: Number, ana: Person
) -> None:
    await shop.host.do("send", token=f"plain-{ana.number}", to=jid(ana), content=text("Olá"))

    (stanza,) = [
        node
        for way, node in whatsapp.overheard
        if (way, node.tag) == ("in", "message") and node.attrs["to"] == jid(ana, LID)
    ]
    assert stanza.child("bot") is None


async def test_a_token_is_used_once(whatsapp: WhatsAppServer, shop: Number, ana: Person) -> None:
    first = await shop.host.do("send", token="once", to=jid(ana), content=text("Uma vez"))

    again = await shop.host.do("send", token="once", to=jid(ana), content=text("Uma vez"))

    assert again["message_id"] == first["message_id"]
    assert whatsapp.ledger.texts(ana) == ["Uma vez"]


async def test_a_message_is_heard_with_both_addresses_of_its_writer(shop: Number, ana: Person) -> None:
    message_id = await ana.phone.say(shop.person, "Bom dia")

    said = await shop.host.message("Bom dia")

    assert (said["id"], said["kind"], said["origin"], said["name"]) == (message_id, "text", "live", "Ana")
    assert {said["chat"], said["chat_alt"]} == {jid(ana), jid(ana, LID)}
    assert {said["sender"], said["sender_alt"]} == {jid(ana), jid(ana, LID)}
    await until(lambda: any(message_id in seen.message_ids for seen in ana.phone.receipts))


async def test_answers_go_both_ways(shop: Number, ana: Person) -> None:
    chat = jid(ana, LID)
    sent = await shop.host.do("send", token=f"q-{ana.number}", to=chat, content=text("Às 18h?"))
    await ana.phone.reply(ana.phone.inbox[0], "Pode ser")
    answer = await shop.host.message("Pode ser")

    quoted = {"id": answer["id"], "sender": answer["sender"], "text": "Pode ser"}
    for number, reply_to in enumerate((quoted, answer["id"])):
        token = f"a-{ana.number}-{number}"
        await shop.host.do("send", token=token, to=chat, content=text("Até já"), reply_to=reply_to)

    assert answer["reply_to"] == sent["message_id"]
    assert [letter.said.reply_to for letter in ana.phone.inbox[1:]] == [answer["id"]] * 2


async def test_reactions_edits_and_revocations_are_heard(shop: Number, ana: Person) -> None:
    sent = await shop.host.do("send", token=f"r-{ana.number}", to=jid(ana), content=text("Pronto"))
    await ana.phone.react(ana.phone.inbox[0], "👍")
    reaction = await shop.host.event(EventName.MESSAGE)
    message_id = await ana.phone.say(shop.person, "dios bolos")
    await ana.phone.edit(shop.person, message_id, "dois bolos")
    edit = await shop.host.event(EventName.MESSAGE, lambda data: data["kind"] == "edit")
    await ana.phone.take_back(shop.person, message_id)
    revoke = await shop.host.event(EventName.MESSAGE, lambda data: data["kind"] == "revoke")

    assert (reaction["kind"], reaction["payload"]["message_id"]) == ("reaction", sent["message_id"])
    assert reaction["payload"]["emoji"] == "👍"
    assert (edit["text"], edit["payload"]["original_message_id"]) == ("dois bolos", message_id)
    assert revoke["payload"]["original_message_id"] == message_id


async def test_reactions_edits_and_revocations_are_sent(shop: Number, ana: Person) -> None:
    chat, message_id = jid(ana, LID), await ana.phone.say(shop.person, "Tem bolo?")
    sent = await shop.host.do("send", token=f"e-{ana.number}", to=chat, content=text("Tem"))

    await shop.host.do("react", chat=chat, id=message_id, sender=chat, emoji="🎂")
    await shop.host.do("edit", chat=chat, id=sent["message_id"], body="Tem sim")
    await shop.host.do("revoke", chat=chat, id=sent["message_id"])

    reaction, edit, revoke = (letter.said for letter in ana.phone.inbox[1:])
    assert (reaction.kind, reaction.text) == ("reaction", "🎂")
    assert reaction.target is not None
    assert reaction.target.message_id == message_id
    assert (edit.kind, edit.text) == ("edited", "Tem sim")
    assert revoke.kind == "revoked"


async def test_what_was_read_and_typing_are_shown(shop: Number, ana: Person) -> None:
    chat, message_id = jid(ana, LID), await ana.phone.say(shop.person, "Oi")
    await shop.host.message("Oi")
    await shop.host.do("presence", on=True)

    await shop.host.do("mark_read", chat=chat, ids=[message_id], sender=chat)
    await shop.host.do("typing", chat=chat, on=True)
    await ana.phone.type(shop.person)

    await until(lambda: "read" in [seen.kind for seen in ana.phone.receipts])
    await until(lambda: ana.phone.typing_seen == [(shop.person, "composing")])
    typing = await shop.host.event(EventName.TYPING)
    assert typing == {"chat": chat, "sender": chat, "state": "composing"}


async def test_what_the_owner_writes_at_the_phone_is_heard_as_ours(shop: Number, ana: Person) -> None:
    await shop.person.phone.say(ana, "Respondi pelo celular")

    said = await shop.host.message("Respondi pelo celular")

    assert said["from_me"] is True
    assert {said["chat"], said["chat_alt"]} == {jid(ana), jid(ana, LID)}


@pytest.mark.parametrize("server", ["lid", "s.whatsapp.net"])
async def test_a_group_reads_and_writes(
    whatsapp: WhatsAppServer, shop: Number, ana: Person, server: str
) -> None:
    group = whatsapp.group("Vizinhos", [ana, shop.person], server)

    await ana.phone.say_in(group, "Bom dia a todos")
    said = await shop.host.message("Bom dia a todos")
    await shop.host.do("send", token=group.jid, to=group.jid, content=text("Bom dia, Ana"))
    told = await shop.host.do("group", jid=group.jid)

    assert (said["chat"], said["subject"]) == (group.jid, "Vizinhos")
    assert {said["sender"], said["sender_alt"]} == {jid(ana), jid(ana, LID)}
    assert ana.phone.inbox[-1].text == "Bom dia, Ana"
    assert told["subject"] == "Vizinhos"
    assert [(each["phone"], each["lid"], each["is_admin"]) for each in told["members"]] == [
        (jid(ana), jid(ana, LID), True),
        (jid(shop.person), jid(shop.person, LID), False),
    ]


async def test_a_file_that_came_is_fetched_by_its_reference(
    shop: Number, ana: Person, tmp_path: Path
) -> None:
    data = b"recibo" * 500
    await ana.phone.send_file(shop.person, Part.DOCUMENT, data, "text/plain")
    said = await shop.host.event(EventName.MESSAGE, lambda each: each["kind"] == "document")

    told = await shop.host.do("download", media=said["media"], path=str(tmp_path / "recibo"))

    assert said["media"]["mime"] == "text/plain"
    assert (tmp_path / "recibo").read_bytes() == data
    assert told == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert said["media"]["sha256"] == told["sha256"]


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document"])
async def test_a_file_is_sent(shop: Number, ana: Person, tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_bytes(b"nota" * 500)
    content = {
        "kind": "media",
        "type": kind,
        "path": str(tmp_path / "file"),
        "caption": "Nota",
        "voice": True,
    }

    await shop.host.do("send", token=f"{kind}-{ana.number}", to=jid(ana), content=content)

    letter = ana.phone.inbox[-1]
    assert (letter.said.kind, ana.phone.open_file(letter)) == (kind, b"nota" * 500)
    assert letter.text == (None if kind == "audio" else "Nota")


async def test_numbers_are_resolved_and_addresses_found(shop: Number, ana: Person) -> None:
    found = await shop.host.do("resolve", phones=[f"+{ana.number}", "+551140028922"])

    assert found == [
        {"phone": f"+{ana.number}", "jid": jid(ana), "lid": jid(ana, LID), "exists": True},
        {"phone": "+551140028922", "jid": None, "lid": None, "exists": False},
    ]
    assert await shop.host.do("lid_for", phone=f"+{ana.number}") == jid(ana, LID)
    assert await shop.host.do("phone_for", lid=ana.lid) == jid(ana)
    assert await shop.host.do("picture", jid=jid(ana)) is None


async def test_old_chats_come_with_the_link_unless_they_are_not_wanted(
    whatsapp: WhatsAppServer, ana: Person, tmp_path: Path
) -> None:
    old = [OldMessage("Oi", "OLD1"), OldMessage("Olá", "OLD2", is_own=True, age=3_600)]
    for wanted in (True, False):
        person = whatsapp.someone("Loja Velha")
        person.past = [OldChat(ana, old)]
        async with Host(tmp_path / str(wanted), whatsapp.environment, history=wanted) as host:
            await link(host, whatsapp, person)
            await host.event(EventName.HISTORY, lambda data: data["progress"] == 100)

            said = [(each["text"], each["from_me"], each["origin"]) for each in host.all(EventName.MESSAGE)]
            assert said == ([("Oi", False, "history"), ("Olá", True, "history")] if wanted else [])
            if wanted:
                assert host.all(EventName.PAIRS)[0]["pairs"] == [[jid(ana, LID), jid(ana)]]
                assert {"jid": jid(ana), "name": "Ana"} in host.all(EventName.CONTACT)


async def test_a_new_phone_of_somebody_is_told(whatsapp: WhatsAppServer, shop: Number, ana: Person) -> None:
    await ana.phone.say(shop.person, "Oi")
    await shop.host.message("Oi")

    await whatsapp.reinstall(ana)

    assert (await shop.host.event(EventName.IDENTITY))["jid"] in (jid(ana), jid(ana, LID))
