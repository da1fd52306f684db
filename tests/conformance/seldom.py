"""What happens seldom: passkeys, bars, new phones, disorder, and a network that only seems to stand."""

from __future__ import annotations

import asyncio
from datetime import datetime

from embedded_server.simulator.whatsapp.node import LID
from engine.providers.linked.protocol import EventName, Phase
from tests.conformance.scenario import scenario
from tests.conformance.stage import Stage

_LOCKED_UNTIL = 2_000_000_000
#: Seconds in which a connection that says nothing more must be found out and replaced.
_SILENCE = 75


@scenario
async def an_account_that_asks_for_a_passkey(stage: Stage) -> None:
    number = stage.number()
    await number.start()
    await number.link.do("link_qr")
    code = await number.event(EventName.QR)
    await stage.server.pairing.demand_passkey(code["payload"])
    await number.state(Phase.PASSKEY)


@scenario
async def a_bar_on_new_chats_is_told_with_its_end(stage: Stage) -> None:
    number = await stage.linked()
    await stage.server.lock_reach_out(number.person, until=_LOCKED_UNTIL)
    told = await number.event(EventName.RESTRICTION)
    assert told["kind"] == "reachout"
    assert datetime.fromisoformat(told["until"]).timestamp() == _LOCKED_UNTIL


@scenario
async def somebody_with_a_new_phone(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    await number.send(ana, "antes")
    await stage.server.reinstall(ana)
    told = await number.event(EventName.IDENTITY)
    assert told["jid"].split("@")[0] in (ana.number, ana.lid)
    await number.send(ana, "depois")
    await ana.phone.say(number.person, "Troquei de celular")
    await number.message("Troquei de celular")
    await number.until(lambda: stage.server.ledger.texts(ana) == ["antes", "depois"])


@scenario
async def what_comes_twice_late_and_in_disorder(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    await ana.phone.say(number.person, "oi")
    await number.message("oi")
    way = stage.server.way
    way.copies, way.shuffled, way.delay = 2, 3, 0.01
    for words in ("um", "dois", "três"):
        await ana.phone.say(number.person, words)
    await number.until(lambda: len(number.texts()) == 4)
    stage.server.calm()
    await ana.phone.say(number.person, "fim")
    await number.message("fim")
    assert sorted(number.texts()) == sorted(["oi", "um", "dois", "três", "fim"])


@scenario
async def linked_numbers_in_one_group(stage: Stage) -> None:
    shop, supplier = await stage.linked(), await stage.linked("Fornecedor")
    group = stage.server.group("Compras", [shop.person, supplier.person], LID)
    for number, other, words in ((shop, supplier, "Preciso de farinha"), (supplier, shop, "Segue amanhã")):
        content = {"kind": "text", "body": words}
        await number.link.do("send", token=words, to=group.jid, content=content)
        assert (await other.message(words))["chat"] == group.jid


@scenario
async def a_silent_connection_is_found_dead(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    assert number.device is not None
    since, frozen = len(number.heard), stage.server.freeze(number.device)
    try:
        async with asyncio.timeout(_SILENCE):
            await number.until(
                lambda: any(one.name == EventName.STATE for one in number.heard[since:]), _SILENCE
            )
    finally:
        frozen.cut()
    await number.state(Phase.OPEN, since)
    await number.send(ana, "Voltamos")
