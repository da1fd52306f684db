"""The second engine believes nobody it should not, and keeps its keys to itself."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from embedded_server.simulator.whatsapp.keys import KeyPair
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from embedded_server.simulator.whatsapp.wire import pack
from engine.context import Engine
from engine.providers.linked.baileys.program import BUNDLE
from engine.providers.linked.protocol import EngineName, Hello, HostRefused, hello_frame
from tests.fakes.baileys_host import Number
from tests.fakes.baileys_shop import Shop, number, server, shop
from tests.fakes.poll import until

__all__ = ["number", "server", "shop"]

_DAY = 86_400


def forged(server: WhatsAppServer, what: str) -> bytes:
    """A chain of certificates with one thing wrong; the root's own signature is right unless it is that."""
    trusted, upper_key = KeyPair.new(), KeyPair.new()
    server._root.public = trusted.public
    signer = KeyPair.new() if what == "root" else trusted
    until_ = int(time.time()) + (-_DAY if what == "date" else _DAY)
    key = KeyPair.new().public if what == "key" else server._root.static.public
    upper = pack((1, 3), (2, 0), (3, upper_key.public), (4, 1), (5, int(time.time()) + _DAY))
    leaf = pack((1, 7), (2, 4 if what == "issuer" else 3), (3, key), (4, 1), (5, until_))
    signature = bytes(64) if what == "leaf" else upper_key.sign(leaf)
    return pack((1, pack((1, leaf), (2, signature))), (2, pack((1, upper), (2, signer.sign(upper)))))


@pytest.mark.parametrize("what", ["root", "leaf", "issuer", "key", "date"])
async def test_a_certificate_with_something_wrong_is_refused(
    server: WhatsAppServer, number: Number, what: str
) -> None:
    await number.end()
    server._root.chain = forged(server, what)
    await number.start()

    await number.link.do("link_qr")

    assert (await number.phase("failed"))["code"] == "certificate"
    assert number.count("qr") == 0


async def test_a_certificate_with_nothing_wrong_is_believed(server: WhatsAppServer, number: Number) -> None:
    await number.end()
    server._root.chain = forged(server, "nothing")
    await number.start()

    await number.link.do("link_qr")

    assert await number.event("qr")


async def test_a_phone_that_does_not_sign_the_linking_is_refused(
    server: WhatsAppServer, number: Number, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sits between could link the device to an account of their own."""
    person = server.someone()
    monkeypatch.setattr(KeyPair, "sign", lambda *_: bytes(64))
    await number.link.do("link_qr")
    code = await number.event("qr")

    scanning = asyncio.ensure_future(server.scan(code["payload"], person))
    await number.phase("backoff")
    scanning.cancel()

    assert number.count("linked") == 0
    assert person.companions == {}


async def test_keys_that_their_owner_did_not_sign_are_not_written_to(
    server: WhatsAppServer, shop: Shop
) -> None:
    ana = server.someone()
    ana.device._signature = bytes(64)

    with pytest.raises(HostRefused):
        await shop.number.send("t1", f"{ana.lid}@lid", "segredo")

    assert server.ledger.texts(ana) == []


async def test_every_record_is_sealed_and_names_nobody(
    server: WhatsAppServer, shop: Shop, engine: Engine, company_id: UUID
) -> None:
    ana = server.someone()
    await shop.number.send("t1", f"{ana.number}@s.whatsapp.net", "segredo")

    async with engine.unit_of_work(company_id) as uow:
        rows = (await uow.session.execute(text("SELECT name, value FROM linked_record"))).all()

    names, values = [row.name for row in rows], [bytes(row.value) for row in rows]
    assert len(names) > 800
    assert {name.split("/")[0] for name in names} >= {"creds", "pre-key", "session", "sent"}
    whole = "\n".join(names).encode() + b"\n".join(values)
    for secret in (ana.number, ana.lid, shop.person.number, "segredo", "private", "privKey"):
        assert secret.encode() not in whole
    nonces = [value[1:13] for value in values]
    assert len(set(nonces)) == len(nonces)


async def test_a_record_in_another_place_or_changed_is_not_taken(shop: Shop) -> None:
    number = shop.number
    await number.end()
    (creds,) = await number.record_names("creds")
    value = base64.b64decode((await number.records.read([creds]))[creds] or "")
    spoiled = value[:-1] + bytes([value[-1] ^ 1])
    await number.records.write({creds: base64.b64encode(spoiled).decode()})

    with pytest.raises(Exception, match="ended before it was ready"):
        await number.start()

    log = (number.folder / "host.log").read_text()
    assert "ended" in log


async def test_no_key_reaches_standard_output_or_the_log(server: WhatsAppServer, shop: Shop) -> None:
    """A new session makes libsignal print it whole; what is not a frame would end the link."""
    ana, number = server.someone(), shop.number
    await number.send("t1", f"{ana.lid}@lid", "um")
    await server.reinstall(ana)
    await ana.phone.say(shop.person, "Telefone novo")
    await number.message("Telefone novo")
    await number.send("t2", f"{ana.lid}@lid", "dois")
    await until(lambda: server.ledger.texts(ana) == ["um", "dois"])

    told = json.dumps(number.events)
    log = "".join(file.read_text() for file in number.folder.glob("host.log*"))
    assert not number.link.is_over
    for word in ("privKey", "SessionEntry", "rootKey", "chainKey", "<Buffer"):
        assert word not in told + log
    for who in (ana.number, ana.lid, shop.person.number, number.key, "Telefone novo"):
        assert who not in log
    assert (number.folder / "host.log").stat().st_mode & 0o077 == 0


async def test_the_product_has_no_way_to_another_server(tmp_path: Path) -> None:
    """Trust is changed by a test's preload alone: no word of the hello, no variable leads elsewhere."""
    hello = Hello("s", EngineName.BAILEYS, str(tmp_path), 1, key="00" * 32)
    words = json.loads(hello_frame(hello)[4:])["hello"]
    source = "".join(file.read_text("utf-8") for file in (BUNDLE.parents[1] / "src").glob("*.mjs"))

    assert set(words) == {"session_id", "engine", "folder", "epoch", "history", "key"}
    assert "WHATSAPP_ROOT" not in source
    assert "waWebSocketUrl" not in source
    assert source.count("process.env") == source.count("process.env.TMPDIR = process.env.TEMP") * 3
