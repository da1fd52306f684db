"""The host is killed at every moment: nobody is written to twice, nothing is lost without a word."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from functools import partial

from embedded_server.simulator.whatsapp.people import Person
from engine.providers.linked.protocol import Fate, HostGone, HostRefused, Json
from tests.conformance.scenario import scenario
from tests.conformance.stage import Number, Stage

KILLS = 30
#: Seconds after the command was given.
MOMENTS = (0.0, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6)
NUMBERS = 8


@scenario
async def cr_17_killed_between_send_and_ack(stage: Stage) -> None:
    """The server has the message and its word never comes: the recipient sees one, whatever follows."""
    number = await stage.linked()
    for kill in range(KILLS):
        ana, token = stage.server.someone(), f"cr-17-{kill}"
        stage.server.faults.unacknowledged = 1
        sending = asyncio.create_task(number.send(ana, "uma vez", token))
        await number.until(partial(_has_it, stage, ana))
        await number.kill()
        await asyncio.gather(sending, return_exceptions=True)
        stage.server.calm()
        await number.connect()
        await _settle_and_repeat(number, ana, "uma vez", token)
        assert stage.server.ledger.texts(ana) == ["uma vez"]
    assert stage.server.ledger.written_to_twice(number.person) == []


def _has_it(stage: Stage, who: Person) -> bool:
    return stage.server.ledger.texts(who) == ["uma vez"]


@scenario
async def killed_at_ten_moments_of_a_send(stage: Stage) -> None:
    number = await stage.linked()
    for moment in MOMENTS:
        ana, token = stage.server.someone(), secrets.token_hex(8)
        sending = asyncio.create_task(number.send(ana, "Promoção", token))
        await asyncio.sleep(moment)
        await number.kill()
        await asyncio.gather(sending, return_exceptions=True)
        await number.connect()
        fate = await _settle_and_repeat(number, ana, "Promoção", token)
        shown = stage.server.ledger.texts(ana)
        assert shown == ["Promoção"] or (shown == [] and fate == Fate.UNKNOWN), (moment, fate, shown)
    assert stage.server.ledger.written_to_twice(number.person) == []


async def _settle_and_repeat(number: Number, who: Person, words: str, token: str) -> str:
    """As the engine does: what is proved never to have left is sent, everything else is left alone."""
    told: Json = await number.link.do("settle", token=token)
    if told["fate"] == Fate.ABSENT:
        await number.send(who, words, token)
    if told["fate"] == Fate.UNKNOWN:
        # The receipt of a phone that has it is proof enough, and may be on its way.
        for _ in range(20):
            told = await number.link.do("settle", token=token)
            if told["fate"] != Fate.UNKNOWN:
                break
            await asyncio.sleep(0.1)
    return str(told["fate"])


@scenario
async def a_token_is_sent_once(stage: Stage) -> None:
    """The same token again, after its answer came: the host does not send it a second time."""
    number, ana = await stage.linked(), stage.server.someone()
    await number.send(ana, "só uma", "t-once")
    with contextlib.suppress(HostRefused, HostGone):
        await number.send(ana, "só uma", "t-once")
    assert stage.server.ledger.texts(ana) == ["só uma"]


@scenario
async def eight_numbers_at_once(stage: Stage) -> None:
    numbers = [await stage.linked(f"Loja {n}") for n in range(NUMBERS)]
    people = [stage.server.someone() for _ in numbers]
    await asyncio.gather(
        *(number.send(who, f"da {number.person.name}") for number, who in zip(numbers, people, strict=True))
    )
    for number, who in zip(numbers, people, strict=True):
        await who.phone.say(number.person, "recebi")
    await asyncio.gather(*(number.message("recebi") for number in numbers))
    assert all(len(stage.server.ledger.texts(who)) == 1 for who in people)
