"""The simulator's WhatsApp for linked devices: pretend phones that link, and people who read and answer.

One stand-in serves all numbers of the machine. A pretend phone belongs to the company that used it first;
every other number in the world is a customer, who comes to life when somebody writes to it. Of the table of
fates two endings count here: 0001 has no WhatsApp, and the phone of 0013 is switched off.

Which devices are linked is remembered from one start to the next, what was said is not.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from embedded_server.simulator import ladder, phones
from embedded_server.simulator.behavior import Behavior
from embedded_server.simulator.fates import DELIVER
from embedded_server.simulator.linked_memory import Memory
from embedded_server.simulator.linked_refusal import LaneRefused
from embedded_server.simulator.whatsapp.history import OldChat, OldMessage
from embedded_server.simulator.whatsapp.node import PN, Jid
from embedded_server.simulator.whatsapp.pairing import LinkingRefused
from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.phone import Letter, Phone
from embedded_server.simulator.whatsapp.server import WhatsAppServer

logger = logging.getLogger(__name__)

_NO_WHATSAPP, _SWITCHED_OFF = "0001", "0013"
#: What a pretend phone is called: the name a business has at WhatsApp.
_NAME = "Celular de teste"
#: A scan and the device's answer to it.
_LINK_SECONDS = 25.0
_HOUR = 3_600


class LinkedLane:
    """``way`` is what leads a host here; the rest is what people do with their phones."""

    def __init__(
        self, server: WhatsAppServer, memory: Memory, rng: Random, behavior: Callable[[], Behavior]
    ) -> None:
        self._server, self._memory, self._rng, self._behavior = server, memory, rng, behavior
        #: Whose pretend phone a number is.
        self._owners = memory.restore(server)
        for number, owner in self._owners.items():
            self._owned(number, owner)
        self._tasks: set[asyncio.Task[None]] = set()
        server.directory.stranger = self._stranger

    @property
    def way(self) -> dict[str, object]:
        environment = self._server.environment
        return {
            "port": self._server.proxy.port,
            "authority": environment["SSL_CERT_FILE"],
            "root": environment["WHATSAPP_ROOT"],
        }

    def numbers(self) -> list[dict[str, object]]:
        """The pretend phones, and how many devices are linked with each."""
        people = ((number, self._person(number)) for number in self._owners)
        return [
            {"number": number, "owner": self._owners[number], "devices": len(person.companions)}
            for number, person in people
            if person is not None
        ]

    async def scan(self, code: str, number: str, owner: str) -> None:
        """The camera of a pretend phone sees a QR code.

        Raises:
            LaneRefused: the code is too old, the number somebody else's, or the device refused.
        """
        await self._link(self._server.scan, code, number, owner)

    async def enter(self, code: str, number: str, owner: str) -> None:
        """The eight characters are typed at the pretend phone they were made for; raises as :meth:`scan`."""
        await self._link(self._server.enter, code, number, owner)

    async def demand_passkey(self, code: str) -> None:
        """The camera of a phone sees the code, whose account asks for its owner's passkey."""
        try:
            await self._server.pairing.demand_passkey(code)
        except LinkingRefused as error:
            raise LaneRefused("pairing_refused", str(error)) from error

    async def receive(self, number: str, sender: str, text: str, name: str | None) -> str:
        """Somebody writes to a pretend phone; the message's id.

        Raises:
            LaneRefused: no device is linked with this number.
        """
        phone, customer = self._linked(number), self._customer(sender)
        if name:
            customer.name = name
        return await customer.phone.say(phone, text)

    async def write(self, number: str, to: str, text: str) -> str:
        """The pretend phone itself writes to somebody; raises as :meth:`receive`."""
        return await self._linked(number).phone.say(self._customer(to), text)

    async def unlink(self, number: str) -> None:
        """Its user removes every linked device at the phone; raises as :meth:`receive`."""
        for companion in list(self._linked(number).companions.values()):
            await self._server.unlink(companion)
        await self._remember()

    async def close(self) -> None:
        await self._remember()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _link(
        self, link: Callable[[str, Person], Awaitable[Companion]], code: str, number: str, owner: str
    ) -> None:
        person = self._owned(number, owner)
        try:
            await asyncio.wait_for(link(code, person), _LINK_SECONDS)
        except (LinkingRefused, TimeoutError) as error:
            raise LaneRefused("pairing_refused", str(error) or "the device did not answer") from error
        await self._remember()

    async def _remember(self) -> None:
        people = ((self._person(number), owner) for number, owner in self._owners.items())
        owners = {person: owner for person, owner in people if person is not None}
        await asyncio.to_thread(self._memory.keep, owners)

    def _owned(self, number: str, owner: str) -> Person:
        if self._owners.setdefault(number, owner) != owner:
            raise LaneRefused("phone_taken", "this pretend phone is another company's")
        person = self._person(number) or self._memory.person(self._server, number)
        person.business, person.phone.habit = _NAME, None
        person.past = person.past or _past(number, self._customer)
        return person

    def _linked(self, number: str) -> Person:
        person = self._person(number) if number in self._owners else None
        if person is None or not person.companions:
            raise LaneRefused("not_linked", "no pretend phone with this number is linked", 404)
        return person

    def _person(self, number: str) -> Person | None:
        return self._server.directory.find(Jid(number, PN))

    def _customer(self, number: str) -> Person:
        known = self._person(number)
        return known or self._invented(number)

    def _stranger(self, number: str) -> Person | None:
        """Whoever is not in the directory yet, and is asked for by number."""
        if self._behavior().suffixes and number.endswith(_NO_WHATSAPP):
            return None
        return self._invented(number)

    def _invented(self, number: str) -> Person:
        person = self._memory.person(self._server, number, ladder.name_of(phones.match_key(number)))
        person.phone.habit = self._react
        if self._behavior().suffixes and number.endswith(_SWITCHED_OFF):
            person.phone.switch_off()
        return person

    async def _react(self, phone: Phone, letter: Letter) -> None:
        """What customers do with a message: some read it, a few answer."""
        behavior = self._behavior()
        if letter.place.group is not None or letter.sender.number not in self._owners:
            return
        steps = ladder.climb(behavior, self._rng, DELIVER)
        if steps[-1][1] == "read":
            self._later(steps[-1][0], phone.read(letter))
        if answer := ladder.reply(behavior, self._rng, steps):
            self._later(answer[0], phone.reply(letter, answer[1]))

    def _later(self, seconds: float, what: Awaitable[object]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            await what

        task = asyncio.create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._settle)

    def _settle(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("A pretend customer failed", exc_info=error)


@asynccontextmanager
async def open_lane(
    folder: Path | None, rng: Random, behavior: Callable[[], Behavior]
) -> AsyncIterator[LinkedLane]:
    """``folder`` None: one that goes with the lane."""
    with tempfile.TemporaryDirectory(prefix="master-ia-phones-") as scratch:
        folder = folder or Path(scratch)
        await asyncio.to_thread(folder.mkdir, 0o700, True, True)
        async with WhatsAppServer(folder) as server:
            lane = LinkedLane(server, await asyncio.to_thread(Memory, folder), rng, behavior)
            yield lane
            await lane.close()


def _past(number: str, customer: Callable[[str], Person]) -> list[OldChat]:
    """What stands on a pretend phone before it is linked; the same ids every time."""
    ana, bruno = (customer(f"{number[:5]}{number[-6:]}{digit}{digit}") for digit in "12")
    return [
        OldChat(
            ana,
            [
                OldMessage("Boa tarde! Vocês entregam no sábado?", f"PAST{number}A1", age=26 * _HOUR),
                OldMessage("Entregamos sim, até as 14h.", f"PAST{number}A2", is_own=True, age=25 * _HOUR),
            ],
        ),
        OldChat(bruno, [OldMessage("Qual é o preço do quilo?", f"PAST{number}B1", age=3 * _HOUR)], unread=1),
    ]
