"""How the connection of a linked number ends, and what its host makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from embedded_server.simulator.whatsapp import letters
from embedded_server.simulator.whatsapp.pen import Draft
from embedded_server.simulator.whatsapp.people import Companion, Person
from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine import clock
from engine.providers.linked import native
from engine.providers.linked.link import HostRefused
from engine.providers.linked.outbox import Fact
from engine.providers.linked.protocol import EventName, Json, Phase
from engine.providers.linked.whatsmeow_calls import Calls
from engine.providers.linked.whatsmeow_session import Session
from tests.fakes.linked_host import Host, jid, link, text
from tests.fakes.poll import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


#: The second is a number no library knows: it gives up, and its host does not.
_REFUSALS: dict[str, dict[str, object]] = {
    "the server is not ready": {"reason": 503},
    "nobody knows": {"reason": 418},
}


@dataclass(frozen=True, slots=True)
class Number:
    person: Person
    host: Host
    device: Companion


@pytest_asyncio.fixture(loop_scope="module")
async def shop(whatsapp: WhatsAppServer, tmp_path: Path) -> AsyncIterator[Number]:
    person = whatsapp.someone("Loja Ipê")
    async with Host(tmp_path / "shop", whatsapp.environment) as host:
        yield Number(person, host, await link(host, whatsapp, person))
    whatsapp.calm()


@pytest.mark.parametrize(
    ("refusal", "phase"),
    [
        ({"reason": 401}, Phase.LOGGED_OUT),
        ({"reason": 403}, Phase.LOGGED_OUT),
        ({"reason": 406}, Phase.LOGGED_OUT),
        ({"reason": 402, "code": 101, "expire": 3600}, Phase.BANNED),
        ({"reason": 405}, Phase.OUTDATED),
        ({"reason": 409}, Phase.FAILED),
    ],
    ids=lambda each: str(each["reason"]) if isinstance(each, dict) else "",
)
async def test_a_log_in_that_is_refused_ends_in_the_phase_of_its_code(
    whatsapp: WhatsAppServer, shop: Number, refusal: dict[str, object], phase: Phase
) -> None:
    shop.device.refusal = refusal

    whatsapp.cut(shop.device)

    state = await shop.host.phase(phase)
    assert state["code"] == str(refusal["reason"])
    if phase is Phase.BANNED:
        assert 3_500 < (datetime.fromisoformat(state["until"]) - clock.now()).total_seconds() <= 3_600
    with pytest.raises(HostRefused) as refused:
        await shop.host.do("send", token="x", to=jid(shop.person), content=text("x"))
    assert refused.value.reason == "not_connected"


async def test_a_device_removed_at_the_phone_is_logged_out_and_can_be_linked_again(
    whatsapp: WhatsAppServer, shop: Number
) -> None:
    await whatsapp.unlink(shop.device)
    await shop.host.phase(Phase.LOGGED_OUT)

    with pytest.raises(HostRefused, match="not linked"):
        await shop.host.do("connect")
    device = await link(shop.host, whatsapp, shop.person)

    assert shop.person.companions == {2: device}
    assert len(shop.host.all(EventName.LINKED)) == 2


async def test_a_host_that_logs_out_is_forgotten_at_the_phone(shop: Number) -> None:
    await shop.host.do("logout")

    await shop.host.phase(Phase.LOGGED_OUT)
    assert shop.person.companions == {}


async def test_another_client_on_the_same_session_takes_over(whatsapp: WhatsAppServer, shop: Number) -> None:
    await whatsapp.end(shop.device, None, "replaced")

    assert (await shop.host.phase(Phase.REPLACED))["code"] == "440"
    await shop.host.do("connect")
    await shop.host.phase(Phase.OPEN)


@pytest.mark.parametrize(
    "trouble", ["the network breaks", "the server restarts", "the server is not ready", "nobody knows"]
)
async def test_a_number_comes_back_by_itself(whatsapp: WhatsAppServer, shop: Number, trouble: str) -> None:
    ana = whatsapp.someone("Ana")
    if trouble == "the server restarts":
        await whatsapp.end(shop.device, 503)
    else:
        shop.device.refusal = _REFUSALS.get(trouble)
        whatsapp.cut(shop.device)

    await shop.host.phase(Phase.BACKOFF)
    await shop.host.phase(Phase.OPEN)
    await shop.host.do("send", token="back", to=jid(ana), content=text("De volta"))
    assert whatsapp.ledger.texts(ana) == ["De volta"]


async def test_a_killed_host_connects_again_without_a_code(shop: Number) -> None:
    await shop.host.restart()

    assert shop.host.all(EventName.QR) == []


async def test_a_refused_message_tells_the_number_and_stops_cold_messages(
    whatsapp: WhatsAppServer, shop: Number
) -> None:
    ana = whatsapp.someone("Ana")
    whatsapp.faults.refused[ana] = 463

    with pytest.raises(HostRefused) as refused:
        await shop.host.do("send", token="cold", to=jid(ana), content=text("Olá"))

    assert (refused.value.reason, refused.value.wa_code) == ("nack", "463")
    assert await shop.host.event(EventName.RESTRICTION) == {"kind": "reachout", "until": None}
    settled = await shop.host.do("settle", token="cold")
    assert (settled["fate"], settled["wa_code"]) == ("absent", "463")
    whatsapp.calm()
    await shop.host.do("send", token="cold", to=jid(ana), content=text("Olá"))
    assert whatsapp.ledger.texts(ana) == ["Olá"]


async def test_a_bar_on_writing_to_new_people_is_told_with_its_end(
    whatsapp: WhatsAppServer, shop: Number
) -> None:
    await whatsapp.lock_reach_out(shop.person, until=2_000_000_000)

    restriction = await shop.host.event(EventName.RESTRICTION)

    assert restriction == {"kind": "reachout", "until": "2033-05-18T03:33:20+00:00"}


async def test_whoever_has_no_whatsapp_is_written_nothing(shop: Number) -> None:
    with pytest.raises(HostRefused) as refused:
        await shop.host.do("send", token="nobody", to="551140028922@s.whatsapp.net", content=text("Olá"))

    assert refused.value.reason == "not_on_whatsapp"
    assert (await shop.host.do("settle", token="nobody"))["fate"] == "absent"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"kind": "template"}, "unsupported"),
        ({"kind": "media", "type": "image", "path": "/nowhere"}, "invalid"),
        ({"kind": "text"}, "unsupported"),
    ],
)
async def test_what_cannot_be_sent_is_said(shop: Number, content: dict[str, str], reason: str) -> None:
    with pytest.raises(HostRefused) as refused:
        await shop.host.do("send", token="bad", to=jid(shop.person), content=content)

    assert refused.value.reason == reason


async def test_a_message_that_cannot_be_read_keeps_its_place_and_comes_later(
    whatsapp: WhatsAppServer, shop: Number
) -> None:
    ana = whatsapp.someone("Ana")
    await ana.phone.say(shop.person, "antes")
    await shop.host.message("antes")

    draft = Draft(letters.text("ilegível"), is_damaged=True)
    await ana.phone.write(shop.person, draft)

    unreadable = await shop.host.event(EventName.UNDECRYPTABLE)
    assert (unreadable["id"], unreadable["chat"]) == (draft.message_id, jid(ana, "lid"))
    assert (await shop.host.message("ilegível"))["id"] == draft.message_id


async def test_an_account_that_wants_a_passkey_is_recognised(
    whatsapp: WhatsAppServer, tmp_path: Path
) -> None:
    async with Host(tmp_path / "gated", whatsapp.environment) as host:
        await host.do("link_qr")
        code = await host.event(EventName.QR)

        await whatsapp.pairing.demand_passkey(code["payload"])

        await host.phase(Phase.PASSKEY)


async def test_a_host_dies_with_its_parent(shop: Number) -> None:
    process = shop.host.link._process
    assert process is not None
    assert process.stdin is not None

    process.stdin.close()

    await until(lambda: process.returncode is not None, seconds=2)
    assert process.returncode == 3


@pytest.mark.timeout(120)
async def test_a_connection_that_fell_silent_is_told_and_made_anew(
    whatsapp: WhatsAppServer, shop: Number
) -> None:
    """Within a minute: the library asks the server every twenty to thirty seconds, and waits ten."""
    ana = whatsapp.someone("Ana")
    whatsapp.freeze(shop.device)

    async with asyncio.timeout(60):
        while shop.host.all(EventName.STATE)[-1]["phase"] != Phase.OPEN or not _fell_silent(shop):
            await asyncio.sleep(0.1)

    await shop.host.do("send", token="anew", to=jid(ana), content=text("De volta"))
    assert whatsapp.ledger.texts(ana) == ["De volta"]


async def test_codes_that_nobody_used_run_out(tmp_path: Path) -> None:
    """What the library does after three minutes, without the wait."""
    told = Told()
    absent = native.Library("0.5.2", go=None, binder=None, wire=None, e2e=None, web=None, registration=None)
    session = Session(absent, Calls(absent), tmp_path / "session.db", told)
    for number in range(6):
        session._on_code(0, f"code {number}")

    session._on_login(0, "timeout")

    lasting = [
        (datetime.fromisoformat(data["expires_at"]) - clock.now()).total_seconds()
        for name, data in told.heard
        if name is EventName.QR
    ]
    assert [round(seconds, -1) for seconds in lasting] == [60, 20, 20, 20, 20, 20]
    assert told.heard[-1][1]["phase"] is Phase.EXPIRED


class Told:
    """A voice that nobody hears but the test."""

    def __init__(self) -> None:
        self.heard: list[tuple[EventName, Json]] = []

    def keep(self, facts: Iterable[Fact], *, seen: Sequence[str] = ()) -> None:
        self.heard += facts

    def has_seen(self, message_id: str) -> bool:
        return False

    def tell(self, event: EventName, data: Json) -> None:
        self.heard.append((event, data))


def _fell_silent(shop: Number) -> bool:
    return any(data["code"] == "silent" for data in shop.host.all(EventName.STATE))
