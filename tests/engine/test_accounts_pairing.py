"""Pairing: who is let in by whom, once, and who is not (reliability 1.8)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text, update

from engine import accounts, clock
from engine.accounts import Principal, SignedIn, rules
from engine.context import Engine
from engine.models import (
    AuditEntry,
    Device,
    Membership,
    MembershipState,
    PairingRequest,
    PairingWindow,
    Role,
)
from tests.fakes.api import join
from tests.fakes.new_device import NewDevice

#: What nobody's screen shows.
NO_CODE = b"\x00" * rules.CODE_BYTES


@pytest.fixture
async def own_company(own_engine, make_company) -> UUID:
    return await make_company(own_engine)


@pytest.fixture
async def ana(own_engine, own_company) -> Principal:
    return (await join(own_engine, own_company, Role.AGENT)).principal


async def expect(engine: Engine, who: Principal) -> None:
    async with engine.unit_of_work(who.company_id, who.person_id) as uow:
        await accounts.expect_device(uow, who)


async def ask(engine: Engine, device: NewDevice) -> NewDevice:
    said = accounts.NewDevice(public_key=device.public_key, name=device.name, address="10.0.0.9")
    request = await accounts.ask_to_come_in(engine, said)
    device.meets(request.id, request.challenge)
    return device


async def find(engine: Engine, who: Principal, device: NewDevice) -> accounts.WaitingDevice:
    return await accounts.find_device(engine, who, device.fingerprint[: rules.CODE_BYTES])


async def decide(engine: Engine, who: Principal, device: NewDevice, *, verb: str = "approve") -> None:
    decision: Callable[..., Awaitable[object]] = getattr(accounts, f"{verb}_device")
    async with engine.unit_of_work(who.company_id, who.person_id) as uow:
        await decision(uow, who, device.id)


async def come_in(engine: Engine, device: NewDevice) -> SignedIn | None:
    assert device.id is not None
    return await accounts.come_in(engine, device.id, device.signature)


async def waiting(engine: Engine, who: Principal) -> NewDevice:
    """A device whose code was typed."""
    await expect(engine, who)
    device = await ask(engine, NewDevice())
    await find(engine, who, device)
    return device


async def age(engine: Engine, who: Principal, by: timedelta) -> None:
    """Windows and waiting devices as they are so much later."""
    async with engine.unit_of_work(who.company_id) as uow:
        for table in (PairingRequest, PairingWindow):
            await uow.session.execute(update(table).values(expires_at=table.expires_at - by))
        past = PairingWindow.approved_at - by
        await uow.session.execute(update(PairingWindow).values(approved_at=past))


async def test_a_device_comes_in_as_the_one_who_let_it_in(own_engine, ana) -> None:
    await expect(own_engine, ana)
    device = await ask(own_engine, NewDevice("Notebook da Ana"))
    assert await come_in(own_engine, device) is None

    seen = await find(own_engine, ana, device)
    await decide(own_engine, ana, device)
    signed = await come_in(own_engine, device)

    assert (seen.name, seen.address, seen.fingerprint) == ("Notebook da Ana", "10.0.0.9", device.fingerprint)
    who = await accounts.authenticate(own_engine, signed.token)
    assert (who.person_id, who.company_id, who.role) == (ana.person_id, ana.company_id, Role.AGENT)
    async with own_engine.unit_of_work(ana.company_id) as uow:
        assert who.device_id in (await uow.session.scalars(select(Device.id))).all()
        assert (await uow.session.scalars(select(AuditEntry.action))).all() == ["session.pair"]
        hashes = (await uow.session.scalars(select(Device.token_hash))).all()
    assert accounts.token_hash(signed.token) in hashes


async def test_everybody_of_the_company_hears_of_it_and_nobody_else(own_engine, ana) -> None:
    device = await waiting(own_engine, ana)
    await decide(own_engine, ana, device)
    signed = await come_in(own_engine, device)

    async with own_engine.unit_of_work(ana.company_id) as uow:
        said = (await uow.session.execute(text("SELECT topic, payload FROM outbox"))).all()
    async with own_engine.unit_of_work(uuid4()) as uow:
        elsewhere = await uow.session.scalar(text("SELECT count(*) FROM outbox"))
    assert [topic for topic, _ in said] == ["device.paired"]
    assert said[0].payload["device_id"] == str(signed.principal.device_id)
    assert elsewhere == 0


async def test_au_02_without_a_window_there_is_nothing_to_ask(own_engine, ana) -> None:
    with pytest.raises(accounts.PairingClosed):
        await ask(own_engine, NewDevice())

    await expect(own_engine, ana)
    device = await ask(own_engine, NewDevice())
    async with own_engine.unit_of_work(ana.company_id, ana.person_id) as uow:
        await accounts.expect_no_device(uow, ana)

    for shut in (ask(own_engine, NewDevice()), come_in(own_engine, device), find(own_engine, ana, device)):
        with pytest.raises(accounts.PairingClosed):
            await shut


async def test_au_01_two_minutes_are_all_there_is(own_engine, ana) -> None:
    await expect(own_engine, ana)
    device = await ask(own_engine, NewDevice())
    await age(own_engine, ana, rules.PAIRING_TAKES)

    for late in (ask(own_engine, NewDevice()), come_in(own_engine, device), find(own_engine, ana, device)):
        with pytest.raises(accounts.PairingClosed):
            await late


async def test_au_01_an_old_code_does_not_fit_a_newer_window(own_engine, ana) -> None:
    await expect(own_engine, ana)
    device = await ask(own_engine, NewDevice())
    await age(own_engine, ana, rules.PAIRING_TAKES)
    await expect(own_engine, ana)

    with pytest.raises(accounts.PairingCodeWrong):
        await find(own_engine, ana, device)


async def test_au_01_a_decision_that_comes_too_late_counts_for_nothing(own_engine, ana) -> None:
    device = await waiting(own_engine, ana)
    await age(own_engine, ana, rules.PAIRING_TAKES)

    with pytest.raises(accounts.WaitingDeviceNotFound):
        await decide(own_engine, ana, device)


async def test_au_01_an_approval_is_collected_soon_or_never(own_engine, ana) -> None:
    device = await waiting(own_engine, ana)
    await decide(own_engine, ana, device)
    await age(own_engine, ana, rules.PAIRING_TAKES)

    with pytest.raises(accounts.PairingClosed):
        await come_in(own_engine, device)


async def test_au_01_the_sixth_wrong_code_meets_a_closed_window(own_engine, ana) -> None:
    await expect(own_engine, ana)
    device = await ask(own_engine, NewDevice())

    refusals = []
    for _ in range(6):
        with pytest.raises((accounts.PairingCodeWrong, accounts.PairingClosed)) as refused:
            await accounts.find_device(own_engine, ana, NO_CODE)
        refusals.append(refused.type)

    assert refusals == [accounts.PairingCodeWrong] * 5 + [accounts.PairingClosed]
    with pytest.raises(accounts.PairingClosed):
        await find(own_engine, ana, device)
    with pytest.raises(accounts.PairingClosed):
        await ask(own_engine, NewDevice())


async def test_au_01_wrong_codes_at_once_are_all_counted(own_engine, ana) -> None:
    await expect(own_engine, ana)

    tries = [accounts.find_device(own_engine, ana, NO_CODE) for _ in range(8)]
    results = await asyncio.gather(*tries, return_exceptions=True)

    assert sorted(type(r).__name__ for r in results) == ["PairingClosed"] * 3 + ["PairingCodeWrong"] * 5


async def test_au_01_a_session_is_handed_out_once(own_engine, ana) -> None:
    device = await waiting(own_engine, ana)
    await decide(own_engine, ana, device)

    results = await asyncio.gather(*(come_in(own_engine, device) for _ in range(4)), return_exceptions=True)

    assert [type(r).__name__ for r in results].count("SignedIn") == 1
    assert [type(r).__name__ for r in results].count("PairingClosed") == 3
    async with own_engine.unit_of_work(ana.company_id) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(Device)) == 2


async def test_au_01_a_used_code_is_no_code(own_engine, ana) -> None:
    device = await waiting(own_engine, ana)
    await decide(own_engine, ana, device)
    with pytest.raises(accounts.PairingClosed):
        await find(own_engine, ana, device)
    await come_in(own_engine, device)

    await expect(own_engine, ana)
    with pytest.raises(accounts.PairingCodeWrong):
        await find(own_engine, ana, device)


async def test_au_01_one_window_lets_one_of_two_devices_in(own_engine, ana) -> None:
    await expect(own_engine, ana)
    one, other = [await ask(own_engine, NewDevice(name)) for name in ("Um", "Outro")]
    await find(own_engine, ana, one)
    await find(own_engine, ana, other)

    # What was shown last is what is decided about.
    with pytest.raises(accounts.WaitingDeviceNotFound):
        await decide(own_engine, ana, one)
    await decide(own_engine, ana, other)

    assert await come_in(own_engine, other)
    with pytest.raises(accounts.PairingClosed):
        await come_in(own_engine, one)


async def test_au_01_two_people_who_type_one_code_do_not_both_get_the_device(own_engine, ana) -> None:
    bia = (await join(own_engine, ana.company_id, Role.OWNER)).principal
    device = await waiting(own_engine, ana)
    await expect(own_engine, bia)
    await find(own_engine, bia, device)

    decisions = [decide(own_engine, who, device) for who in (ana, bia)]
    results = await asyncio.gather(*decisions, return_exceptions=True)

    assert sorted(type(r).__name__ for r in results) == ["NoneType", "WaitingDeviceNotFound"]
    winner = ana if results[0] is None else bia
    assert (await come_in(own_engine, device)).principal.person_id == winner.person_id


async def test_whoever_does_not_hold_the_key_gets_nothing(own_engine, ana) -> None:
    device = await waiting(own_engine, ana)
    await decide(own_engine, ana, device)
    thief = NewDevice(id=device.id, challenge=device.challenge)

    for wrong in (thief.signature, b"", b"\x00" * 64):
        with pytest.raises(accounts.PairingClosed):
            await accounts.come_in(own_engine, device.id, wrong)
    with pytest.raises(accounts.PairingClosed):
        await accounts.come_in(own_engine, uuid4(), device.signature)

    assert await come_in(own_engine, device)


async def test_a_device_that_is_sent_away_is_told_and_the_window_ends(own_engine, ana) -> None:
    device = await waiting(own_engine, ana)

    await decide(own_engine, ana, device, verb="refuse")

    with pytest.raises(accounts.PairingRefused):
        await come_in(own_engine, device)
    with pytest.raises(accounts.PairingClosed):
        await ask(own_engine, NewDevice())


@pytest.mark.parametrize("state", [MembershipState.SUSPENDED, MembershipState.INVITED])
async def test_who_may_no_longer_come_in_lets_nobody_in(own_engine, ana, state) -> None:
    device = await waiting(own_engine, ana)
    await decide(own_engine, ana, device)
    async with own_engine.unit_of_work(ana.company_id) as uow:
        await uow.session.execute(update(Membership).values(state=state))

    with pytest.raises(accounts.PairingClosed):
        await come_in(own_engine, device)


async def test_a_device_gets_the_role_its_person_has_now(own_engine, ana) -> None:
    device = await waiting(own_engine, ana)
    await decide(own_engine, ana, device)
    async with own_engine.unit_of_work(ana.company_id) as uow:
        await uow.session.execute(update(Membership).values(role=Role.VIEWER))

    signed = await come_in(own_engine, device)

    assert signed.principal.role is Role.VIEWER


async def test_what_is_past_is_forgotten(own_engine, ana) -> None:
    await waiting(own_engine, ana)

    async with own_engine.machine_work() as uow:
        moment = {"moment": clock.now() + timedelta(days=2)}
        await uow.session.execute(text("SELECT forget_old(:moment)"), moment)
        assert await uow.session.scalar(select(func.count()).select_from(PairingRequest)) == 0
    async with own_engine.unit_of_work(ana.company_id) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(PairingWindow)) == 0
