"""What a linked number asks before a first message, and what it keeps back while WhatsApp bars it."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from engine import clock
from engine.providers.linked.client import LinkedSender
from engine.providers.linked.protocol import EngineName, HostRefused, Traits
from engine.providers.linked.switchboard import Line, Switchboard
from engine.providers.port import Account, Action, Address, AddressKind, Outcome, Outgoing, SendResult, Text

ACCOUNT = Account("c1", "+5511900000000", "5511900000000@s.whatsapp.net", "")
ANA = "+5511999998888"


class Host:
    """Answers as a host does; ``asked`` are the commands it got."""

    is_over = False

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.absent: set[str] = set()
        self.refuses: HostRefused | None = None

    async def do(self, command: str, **told: Any) -> Any:
        self.asked.append(command)
        if command == "resolve":
            (phone,) = told["phones"]
            return [{"jid": f"{phone[1:]}@s.whatsapp.net", "exists": phone not in self.absent}]
        if self.refuses:
            raise self.refuses
        return {"message_id": told["message_id"]}


@pytest.fixture
async def bench() -> SimpleNamespace:
    host, board = Host(), Switchboard()
    line = Line(host, Traits(EngineName.WHATSMEOW, "1", repeats=True), is_open=True)  # type: ignore[arg-type]
    await board.put("c1", line)
    return SimpleNamespace(host=host, line=line, sender=LinkedSender(board))


async def send(bench: SimpleNamespace, kind: AddressKind, value: str, *, is_first: bool) -> SendResult:
    outgoing = Outgoing("t1", Address(kind, value), Text("Oi"), is_first=is_first)
    result: SendResult = await bench.sender.send(ACCOUNT, outgoing)
    return result


@pytest.mark.parametrize(
    ("kind", "value"), [(AddressKind.PHONE, ANA), (AddressKind.WA_ID, ANA[1:])], ids=["phone", "wa_id"]
)
async def test_nobody_without_whatsapp_gets_a_first_message(bench, kind, value) -> None:
    bench.host.absent.add(ANA)

    result = await send(bench, kind, value, is_first=True)

    assert (result.outcome, result.code) == (Outcome.REJECTED, "not_on_whatsapp")
    assert result.action is Action.PERMANENT
    assert bench.host.asked == ["resolve"]


async def test_whom_the_number_knows_is_not_asked_for_again(bench) -> None:
    result = await send(bench, AddressKind.WA_ID, ANA[1:], is_first=False)

    assert (result.outcome, bench.host.asked) == (Outcome.ACCEPTED, ["send"])


async def test_a_463_keeps_back_first_messages_at_once_and_no_answer(bench, monkeypatch) -> None:
    bench.host.refuses = HostRefused("barred", "463", "nack")
    first = await send(bench, AddressKind.PHONE, ANA, is_first=True)
    bench.host.refuses, bench.host.asked = None, []

    second = await send(bench, AddressKind.PHONE, ANA, is_first=True)
    answer = await send(bench, AddressKind.PHONE, ANA, is_first=False)

    assert (first.outcome, first.action) == (Outcome.REJECTED, Action.STOP_FIRST)
    assert (second.outcome, second.action) == (Outcome.NOT_SENT, Action.STOP_FIRST)
    assert (answer.outcome, bench.host.asked) == (Outcome.ACCEPTED, ["send"])
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (await send(bench, AddressKind.PHONE, ANA, is_first=True)).outcome is Outcome.ACCEPTED
