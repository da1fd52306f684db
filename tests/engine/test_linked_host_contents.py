"""Every kind of message that people write, as the host of a linked number tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.pen import Draft
from embedded_server.simulator.whatsapp.people import Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from embedded_server.simulator.whatsapp.wire import pack
from engine.providers.inbound import InboundMessage
from engine.providers.linked.inbound import pieces, read_piece
from engine.providers.linked.protocol import EventName, Json
from tests.fakes.linked_host import Host, link

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Number:
    person: Person
    host: Host


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shop(whatsapp: WhatsAppServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Number]:
    person = whatsapp.someone("Loja Ipê")
    async with Host(tmp_path_factory.mktemp("shop"), whatsapp.environment) as host:
        await link(host, whatsapp, person)
        yield Number(person, host)


def _wrapped(field: int, content: bytes) -> bytes:
    return pack((field, pack((1, content))))


#: Name, the message as phones write it, and what of it must be told.
KINDS: list[tuple[str, bytes, Json]] = [
    ("text", letters.text("Oi"), {"kind": "text", "text": "Oi"}),
    ("zero byte", letters.text("O\x00i"), {"kind": "text", "text": "Oi"}),
    ("disappearing", _wrapped(40, letters.text("Some já")), {"kind": "text", "text": "Some já"}),
    (
        "seen once",
        _wrapped(55, pack((3, pack((2, "image/png"), (3, "Olha"))))),
        {"kind": "image", "text": "Olha"},
    ),
    (
        "document with words",
        _wrapped(53, pack((7, pack((2, "application/pdf"), (8, "nota.pdf"), (20, "A nota"))))),
        {"kind": "document", "text": "A nota"},
    ),
    ("sticker", pack((26, pack((5, "image/webp")))), {"kind": "sticker", "text": ""}),
    ("round video", pack((66, pack((2, "video/mp4")))), {"kind": "video"}),
    ("place", pack((5, pack((3, "Padaria"), (4, "Rua 1")))), {"kind": "location", "text": "Padaria, Rua 1"}),
    ("card", pack((4, pack((1, "Bia"), (16, "BEGIN:VCARD")))), {"kind": "contacts", "text": "Bia"}),
    (
        "poll",
        pack((49, pack((2, "Qual?"), (3, pack((1, "Bolo"))), (3, pack((1, "Torta")))))),
        {"kind": "text", "text": "Qual?\n- Bolo\n- Torta"},
    ),
    (
        "button",
        pack((43, pack((1, "yes"), (2, "Sim")))),
        {"kind": "button", "text": "Sim", "payload": {"payload": "yes"}},
    ),
    (
        "something new",
        pack((75, pack((3, "Festa")))),
        {"kind": "unsupported", "payload": {"type": "eventMessage"}},
    ),
    (
        "forwarded with a mention",
        pack((6, pack((1, "@Bia veja"), (17, pack((15, "5511900000000@s.whatsapp.net"), (22, 1)))))),
        {"text": "@Bia veja", "mentions": ["5511900000000@s.whatsapp.net"], "payload": {"forwarded": True}},
    ),
]


@pytest.mark.parametrize(("content", "told"), [each[1:] for each in KINDS], ids=[each[0] for each in KINDS])
async def test_a_message_is_told_by_its_kind(
    whatsapp: WhatsAppServer, shop: Number, content: bytes, told: Json
) -> None:
    ana = whatsapp.someone("Ana")
    draft = Draft(content)

    await ana.phone.write(shop.person, draft)

    said = await shop.host.event(EventName.MESSAGE, lambda data: data["id"] == draft.message_id)
    assert {name: said[name] for name in told} == told
    (piece,) = pieces("message", said)
    assert isinstance(read_piece(piece.body), InboundMessage)


@pytest.mark.parametrize(
    "content",
    [
        letters.protocol(letters.ProtocolType.KEY_SHARE),
        pack((50, pack((4, 1)))),
        pack((35, pack((3, bytes(32))))),
        pack((51, pack((2, 1)))),
    ],
    ids=["between devices", "a vote", "nothing", "kept in the chat"],
)
async def test_what_nobody_sees_is_not_told(whatsapp: WhatsAppServer, shop: Number, content: bytes) -> None:
    ana = whatsapp.someone("Ana")
    draft = Draft(content)

    await ana.phone.write(shop.person, draft)
    await ana.phone.say(shop.person, f"depois {ana.number}")

    await shop.host.message(f"depois {ana.number}")
    assert draft.message_id not in [data["id"] for data in shop.host.all(EventName.MESSAGE)]


async def test_a_group_tells_one_message_and_no_keys(whatsapp: WhatsAppServer, shop: Number) -> None:
    ana = whatsapp.someone("Ana")
    group = whatsapp.group("Obra", [ana, shop.person])

    await ana.phone.say_in(group, "um")
    await shop.host.message("um")
    await ana.phone.say_in(group, "dois")
    await shop.host.message("dois")

    said = [data for data in shop.host.all(EventName.MESSAGE) if data["chat"] == group.jid]
    assert [(data["text"], data["subject"], data["name"]) for data in said] == [
        ("um", "Obra", "Ana"),
        ("dois", "Obra", "Ana"),
    ]
    assert {"jid": group.jid, "subject": "Obra"} in shop.host.all(EventName.GROUP)
