"""How the figures of linked numbers are measured, on a stage of the conformance suite."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from statistics import median

import psutil

from embedded_server.simulator.whatsapp.people import Person
from engine.providers.linked.protocol import EventName, Phase
from tests.conformance.stage import Number, Stage

#: Customers of a shop who write and are written to.
_PEOPLE = 25
#: Sends under way at once, as a lane has them.
_AT_ONCE = 16
#: Half of as many messages come before the other half go.
_BLOCK = 500
#: Seconds until a host that has nothing to do has put away what it no longer needs.
_REST = 6.0
_PATIENCE = 300.0
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Linking:
    """Seconds until the number is open."""

    from_start: float
    from_scan: float


@dataclass(frozen=True, slots=True)
class Held:
    """Megabytes: of one host with all its pages, and what the machine lost by one host more."""

    resident: float
    extra: float


async def link(stage: Stage) -> Linking:
    number = stage.number()
    began = time.perf_counter()
    await number.start()
    await number.link.do("link_qr")
    code = await number.event(EventName.QR)
    scanned = time.perf_counter()
    number.device = await stage.server.scan(code["payload"], number.person)
    await number.state(Phase.OPEN)
    now = time.perf_counter()
    await number.stop()
    return Linking(now - began, now - scanned)


async def memory_of_numbers(stage: Stage, count: int) -> Held:
    """Linked, used a little, and at rest. For what one more takes, a page that hosts share is counted once,
    and the first host is left out, which alone pays for those.
    """
    numbers: list[Number] = []
    sums: list[float] = []
    for _ in range(count):
        numbers.append(await stage.linked())
        people = _people(numbers[-1])
        await inbound(numbers[-1], _PEOPLE * 2, people)
        await outbound(numbers[-1], _PEOPLE * 2, people)
        await asyncio.sleep(_REST)
        sums.append(sum(_proportional(number) for number in numbers))
    resident = median(_resident(number) for number in numbers)
    return Held(resident, (sums[-1] - sums[0]) / (count - 1))


async def inbound(number: Number, count: int, people: list[Person] | None = None) -> float:
    """Messages a second, from the first word to when the engine heard the last one."""
    people = people or _people(number)
    came = _Counter(number, EventName.MESSAGE)
    began = time.perf_counter()
    for n in range(count):
        await people[n % len(people)].phone.say(number.person, f"Mensagem {n}")
        # What is heard is taken as it comes, as by the engine.
        await asyncio.sleep(0)
    await number.until(lambda: came() >= count, _PATIENCE)
    return count / (time.perf_counter() - began)


async def outbound(number: Number, count: int, people: list[Person] | None = None) -> float:
    """Messages a second that WhatsApp's server has said it has, to people who were written to before."""
    people = people or _people(number)
    for person in people:
        await number.send(person, "Bom dia")
    waiting = iter(range(count))

    async def lane() -> None:
        for n in waiting:
            await number.send(people[n % len(people)], f"Seu pedido {n} chegou")

    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(_AT_ONCE)))
    return count / (time.perf_counter() - began)


async def drops(number: Number, count: int) -> list[float]:
    """Seconds until the number is open again and has sent something."""
    [person] = _people(number, 1)
    await number.send(person, "Bom dia")
    times = []
    for n in range(count):
        device, since = number.device, len(number.heard)
        assert device is not None
        began = time.perf_counter()
        number.stage.server.cut(device)
        await number.state(Phase.OPEN, since)
        await number.send(person, f"Voltamos {n}")
        times.append(time.perf_counter() - began)
    return times


async def growth(number: Number, warm_up: int, count: int) -> tuple[float, float]:
    """Megabytes at rest after the warm-up, and after so many more messages, half of them each way."""
    people = _people(number)
    await _talk(number, people, warm_up)
    before = await _at_rest(number)
    await _talk(number, people, count)
    return before, await _at_rest(number)


async def _talk(number: Number, people: list[Person], count: int) -> None:
    """As on any day: some come, some go."""
    for begun in range(0, count, _BLOCK):
        here = min(_BLOCK, count - begun)
        await inbound(number, here // 2, people)
        await outbound(number, here - here // 2, people)


async def _at_rest(number: Number) -> float:
    await asyncio.sleep(_REST)
    return _resident(number)


def _people(number: Number, count: int = _PEOPLE) -> list[Person]:
    return [number.stage.server.someone(f"Cliente {n}") for n in range(count)]


def _resident(number: Number) -> float:
    return float(_process(number).memory_info().rss) / _MEGABYTE


def _proportional(number: Number) -> float:
    return float(_process(number).memory_full_info().pss) / _MEGABYTE


def _process(number: Number) -> psutil.Process:
    assert number.link.pid is not None
    return psutil.Process(number.link.pid)


class _Counter:
    """How many such events came since; every event is looked at once."""

    def __init__(self, number: Number, name: EventName) -> None:
        self._number, self._name = number, name
        self._next, self._count = len(number.heard), 0

    def __call__(self) -> int:
        new = self._number.heard[self._next :]
        self._next += len(new)
        self._count += sum(one.name == self._name for one in new)
        return self._count
