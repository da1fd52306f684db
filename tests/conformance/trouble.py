"""What goes wrong: refusals, endings, lost connections, and messages that wait."""

from __future__ import annotations

import asyncio
from typing import Any

from embedded_server.simulator.whatsapp.faults import REACH_OUT_LOCKED
from engine.providers.linked.protocol import EventName, HostRefused, Phase
from tests.conformance.scenario import scenario
from tests.conformance.stage import Number, Stage

OFFLINE = 500
DROPS = 1000
#: A message is written and one is answered every so many drops.
EVERY = 25


@scenario
async def offline_messages_come_in_order_after_a_restart(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    await number.stop()
    for words in ("um", "dois", "três"):
        await ana.phone.say(number.person, words)
    await number.connect()
    await number.message("três")
    assert number.texts() == ["um", "dois", "três"]


@scenario
async def five_hundred_offline_messages(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    await number.stop()
    said = [f"mensagem {n}" for n in range(OFFLINE)]
    for words in said:
        await ana.phone.say(number.person, words)
    await number.connect()
    await number.until(lambda: len(number.texts()) >= OFFLINE, seconds=120)
    assert number.texts() == said


@scenario
async def killed_in_the_middle_of_the_offline_messages(stage: Stage) -> None:
    """Each is told or leaves a mark that something came: none goes without a word, and none comes twice."""
    number, ana = await stage.linked(), stage.server.someone()
    await number.stop()
    said = [f"mensagem {n}" for n in range(60)]
    for words in said:
        await ana.phone.say(number.person, words)
    await number.start()
    await number.link.do("connect")
    await number.until(lambda: len(number.texts()) >= 7)
    await number.kill()
    await number.connect()
    await number.until(lambda: len(number.texts()) + len(_marks(number)) >= len(said))
    assert len(set(number.texts())) == len(number.texts())
    assert set(number.texts()) <= set(said)


def _marks(number: Number) -> set[str]:
    """Messages that were opened in the moment of the kill: their key is used up, so a mark stands for them
    (whatsapp.md, section 1: the window between opening and keeping; they are still on the phone).
    """
    shown = {data["id"] for data in number.messages()}
    return {one.data["id"] for one in number.heard if one.name == EventName.UNDECRYPTABLE} - shown


@scenario
async def what_was_not_acknowledged_comes_again(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    number.acknowledges = False
    await ana.phone.say(number.person, "não perca isto")
    await number.message("não perca isto")
    await number.kill()
    number.heard.clear()
    number.acknowledges = True
    await number.connect()
    await number.message("não perca isto")


@scenario
async def refused_with_463(stage: Stage) -> None:
    number, ana, bia = await stage.linked(), stage.server.someone("Ana"), stage.server.someone("Bia")
    await ana.phone.say(number.person, "Oi")
    await number.message("Oi")
    stage.server.faults.locked[number.person] = REACH_OUT_LOCKED
    assert (await refusal(number, bia)).wa_code == "463"
    await number.event(EventName.RESTRICTION)
    await number.send(ana, "Pois não?")
    assert (stage.server.ledger.texts(ana), stage.server.ledger.texts(bia)) == (["Pois não?"], [])


async def refusal(number: Number, who: Any) -> HostRefused:
    try:
        await number.send(who, "Promoção")
    except HostRefused as refused:
        return refused
    raise AssertionError("it was sent")


@scenario
async def comes_back_after_a_drop(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    since = len(number.heard)
    assert number.device is not None
    stage.server.cut(number.device)
    await number.state(Phase.OPEN, since)
    await number.send(ana, "Voltamos")


@scenario
async def a_thousand_drops_lose_and_repeat_nothing(stage: Stage) -> None:
    number, ana = await stage.linked(), stage.server.someone()
    assert number.device is not None
    said: list[str] = []
    for drop in range(DROPS):
        if drop % EVERY == 0:
            said.append(f"entre quedas {drop}")
            await ana.phone.say(number.person, said[-1])
        await _connected(stage, number)
        stage.server.cut(number.device)
    await ana.phone.say(number.person, "fim")
    await number.until(lambda: "fim" in number.texts(), seconds=180)
    assert number.texts() == [*said, "fim"]


async def _connected(stage: Stage, number: Number) -> None:
    def is_there() -> bool:
        device = number.device
        return (
            device is not None
            and device.connection is not None
            and device.connection.is_open
            and device.is_listening
        )

    await number.until(is_there, seconds=90)


@scenario
async def replaced_by_another_client(stage: Stage) -> None:
    number = await stage.linked()
    assert number.device is not None
    await stage.server.end(number.device, None, "replaced")
    await number.state(Phase.REPLACED)
    await asyncio.sleep(2)
    assert number.device.connection is None or not number.device.connection.is_open


@scenario
async def endings_are_told_apart(stage: Stage) -> None:
    endings: list[tuple[dict[str, object], Phase]] = [
        ({"reason": 405}, Phase.OUTDATED),
        ({"reason": 402, "code": 101, "expire": 3600}, Phase.BANNED),
        ({"reason": 401}, Phase.LOGGED_OUT),
        ({"reason": 403}, Phase.LOGGED_OUT),
        ({"reason": 406}, Phase.LOGGED_OUT),
    ]
    for refused, phase in endings:
        number = await stage.linked()
        assert number.device is not None
        number.device.refusal = refused
        stage.server.cut(number.device)
        told = await number.state(phase)
        assert phase is not Phase.BANNED or told["until"]
        await number.stop()


@scenario
async def unlinked_at_the_phone(stage: Stage) -> None:
    number = await stage.linked()
    assert number.device is not None
    await stage.server.unlink(number.device)
    await number.state(Phase.LOGGED_OUT)


@scenario
async def logged_out_from_here(stage: Stage) -> None:
    number = await stage.linked()
    await number.link.do("logout")
    await number.until(lambda: number.person.companions == {})


@scenario
async def se_02_endings_make_no_storm(stage: Stage) -> None:
    """What is sent at a number that was replaced is refused before it leaves, and nobody dials again."""
    number, ana = await stage.linked(), stage.server.someone()
    assert number.device is not None
    await stage.server.end(number.device, None, "replaced")
    await number.state(Phase.REPLACED)
    before = len(stage.server.overheard)
    assert (await refusal(number, ana)).reason == "not_connected"
    await asyncio.sleep(3)
    assert len(stage.server.overheard) == before
    assert stage.server.ledger.texts(ana) == []
