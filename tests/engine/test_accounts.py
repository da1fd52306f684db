"""Claiming, signing in, sessions and the people of a company."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from engine import accounts
from engine.accounts import Credentials, Founder, Throttle, TooManyAttempts, passwords
from engine.accounts.throttle import FIRST_LOCK_SECONDS
from engine.models import AuditEntry, Company, MembershipState, Role
from tests.fakes.api import PASSWORD, join

FOUNDER = Founder(company="Loja Ipê", name="Ana", email=" Ana@Loja.Example ", password=PASSWORD, device="PC")
ANA = Credentials(email="ana@loja.example", password=PASSWORD, device="PC", address="10.0.0.7")


async def claimed(engine) -> accounts.SignedIn:
    secret = await accounts.ensure_claim_secret(engine)
    return await accounts.claim(engine, secret, FOUNDER)


async def test_au_06_the_first_owner_needs_the_secret_from_the_console(own_engine) -> None:
    secret = await accounts.ensure_claim_secret(own_engine)

    for wrong in ("", "AAAA-BBBB", secret[:-1], "\udcff"):
        with pytest.raises(accounts.ClaimRefused):
            await accounts.claim(own_engine, wrong, FOUNDER)
    signed = await accounts.claim(own_engine, secret.lower().replace("-", " "), FOUNDER)

    who = await accounts.authenticate(own_engine, signed.token)
    assert (who.role, who) == (Role.OWNER, signed.principal)
    async with own_engine.unit_of_work(who.company_id) as uow:
        assert (await uow.session.scalars(select(AuditEntry.action))).all() == ["company.claim"]


async def test_au_06_the_secret_works_once(own_engine) -> None:
    secret = await accounts.ensure_claim_secret(own_engine)
    other = replace(FOUNDER, email="bia@loja.example")

    results = await asyncio.gather(
        *(accounts.claim(own_engine, secret, one) for one in (FOUNDER, other)), return_exceptions=True
    )

    assert [type(one) for one in results if isinstance(one, Exception)] == [accounts.AlreadyClaimed]
    assert await accounts.ensure_claim_secret(own_engine) is None
    with pytest.raises(accounts.AlreadyClaimed):
        await accounts.claim(own_engine, secret, other)


async def test_the_secret_stays_the_same_while_its_text_is_known(own_engine) -> None:
    secret = await accounts.ensure_claim_secret(own_engine)

    assert len(secret.replace("-", "")) == 32
    assert await accounts.ensure_claim_secret(own_engine, secret) == secret
    assert await accounts.ensure_claim_secret(own_engine, None) != secret
    with pytest.raises(accounts.ClaimRefused):
        await accounts.claim(own_engine, secret, FOUNDER)


async def test_a_new_company_can_seal_at_once(own_engine) -> None:
    signed = await claimed(own_engine)

    keys = await own_engine.keys(signed.principal.company_id)

    place = keys.place("contact", "notes", "1")
    assert keys.open(place, keys.seal(place, b"x")) == b"x"


async def test_signing_in_says_nothing_about_who_exists(own_engine) -> None:
    await claimed(own_engine)
    messages = set()
    for credentials in (replace(ANA, password="wrong password"), replace(ANA, email="who@loja.example")):
        with pytest.raises(accounts.SignInRefused) as refused:
            await accounts.sign_in(own_engine, credentials, Throttle())
        messages.add((refused.value.code, str(refused.value)))

    assert len(messages) == 1
    assert await accounts.sign_in(own_engine, replace(ANA, email="ANA@loja.example"), Throttle())


async def test_five_failures_lock_the_account_for_that_address_alone(own_engine) -> None:
    await claimed(own_engine)
    now = 0.0
    throttle = Throttle(lambda: now)
    wrong = replace(ANA, password="wrong password")
    for _ in range(5):
        with pytest.raises(accounts.SignInRefused):
            await accounts.sign_in(own_engine, wrong, throttle)

    with pytest.raises(TooManyAttempts) as locked:
        await accounts.sign_in(own_engine, ANA, throttle)

    assert locked.value.retry_after.total_seconds() == FIRST_LOCK_SECONDS
    assert await accounts.sign_in(own_engine, replace(ANA, address="10.0.0.8"), throttle)
    now = FIRST_LOCK_SECONDS
    assert await accounts.sign_in(own_engine, ANA, throttle)


def test_each_lock_lasts_twice_as_long_as_the_one_before() -> None:
    now = 0.0
    throttle = Throttle(lambda: now)
    waits = []
    for _ in range(9):
        for _ in range(5):
            throttle.failed("ana", "10.0.0.7")
        with pytest.raises(TooManyAttempts) as locked:
            throttle.check("ana", "10.0.0.7")
        waits.append(locked.value.retry_after.total_seconds())
        now += waits[-1]

    assert waits[:3] == [60, 120, 240]
    assert max(waits) == 3600


async def test_au_12_a_new_password_ends_every_other_session_in_every_company(own_engine) -> None:
    first = await claimed(own_engine)
    who = first.principal
    other_company = await accounts.found_company(own_engine, who, name="Filial")
    elsewhere = await accounts.sign_in(own_engine, replace(ANA, company_id=other_company), Throttle())
    again = await accounts.sign_in(own_engine, ANA, Throttle())

    await accounts.change_password(own_engine, again.principal, current=PASSWORD, new="another good one")

    assert await accounts.authenticate(own_engine, again.token)
    for dead in (first, elsewhere):
        with pytest.raises(accounts.SessionEnded):
            await accounts.authenticate(own_engine, dead.token)
    with pytest.raises(accounts.SignInRefused):
        await accounts.sign_in(own_engine, ANA, Throttle())
    assert await accounts.sign_in(own_engine, replace(ANA, password="another good one"), Throttle())


async def test_au_12_signing_in_makes_a_new_token_and_signing_out_kills_one(engine, company_id) -> None:
    session = await join(engine, company_id, Role.AGENT)
    who = session.principal

    async with engine.unit_of_work(company_id, who.person_id) as uow:
        await accounts.sign_out(uow, who)

    with pytest.raises(accounts.SessionEnded):
        await accounts.authenticate(engine, session.token)


async def test_the_current_password_is_needed_for_a_new_one(own_engine) -> None:
    signed = await claimed(own_engine)

    with pytest.raises(accounts.PasswordWrong):
        await accounts.change_password(own_engine, signed.principal, current="x" * 12, new="another good one")
    for weak in ("short", "aaaaaaaaaaaaaaaa", "x" * 300):
        with pytest.raises(accounts.PasswordTooWeak):
            await accounts.change_password(own_engine, signed.principal, current=PASSWORD, new=weak)


@pytest.mark.parametrize("state", [MembershipState.SUSPENDED, MembershipState.INVITED])
async def test_tn_11_who_is_not_active_is_refused_at_the_next_request(engine, company_id, state) -> None:
    boss, agent = await join(engine, company_id, Role.OWNER), await join(engine, company_id, Role.AGENT)

    async with engine.unit_of_work(company_id) as uow:
        await accounts.change_member(uow, boss.principal, agent.principal.person_id, state=state)

    with pytest.raises(accounts.SessionEnded):
        await accounts.authenticate(engine, agent.token)


async def test_tn_11_a_demotion_holds_from_the_next_request(engine, company_id) -> None:
    boss, agent = await join(engine, company_id, Role.OWNER), await join(engine, company_id, Role.ADMIN)

    async with engine.unit_of_work(company_id) as uow:
        await accounts.change_member(uow, boss.principal, agent.principal.person_id, role=Role.VIEWER)

    assert (await accounts.authenticate(engine, agent.token)).role is Role.VIEWER


async def test_tn_11_a_deleted_company_lets_nobody_in(engine, company_id) -> None:
    session = await join(engine, company_id, Role.OWNER)

    async with engine.unit_of_work(company_id) as uow:
        await uow.session.delete(await uow.session.get_one(Company, company_id))

    with pytest.raises(accounts.SessionEnded):
        await accounts.authenticate(engine, session.token)


async def test_only_owners_make_and_change_owners(engine, company_id) -> None:
    boss, admin = await join(engine, company_id, Role.OWNER), await join(engine, company_id, Role.ADMIN)

    for person, role in ((admin, Role.OWNER), (boss, Role.VIEWER)):
        with pytest.raises(accounts.RoleOutOfReach):
            async with engine.unit_of_work(company_id) as uow:
                await accounts.change_member(uow, admin.principal, person.principal.person_id, role=role)
    with pytest.raises(accounts.RoleOutOfReach):
        async with engine.unit_of_work(company_id) as uow:
            await accounts.add_member(
                uow, Role.ADMIN, email="x@y.example", name="X", role=Role.OWNER, password=PASSWORD
            )


async def test_a_company_never_loses_its_last_owner(engine, company_id) -> None:
    one, two = [await join(engine, company_id, Role.OWNER) for _ in range(2)]

    async def step_down(session: accounts.SignedIn) -> None:
        async with engine.unit_of_work(company_id) as uow:
            who = session.principal
            await accounts.change_member(uow, who, who.person_id, role=Role.VIEWER)

    results = await asyncio.gather(step_down(one), step_down(two), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["LastOwner", "NoneType"]


async def test_somebody_known_elsewhere_keeps_the_password(engine, company_id, make_company) -> None:
    other = await make_company(engine)
    known = await join(engine, other, Role.OWNER, await passwords.hash_password(PASSWORD))
    email = f"{known.principal.person_id}@loja.example"

    async with engine.unit_of_work(company_id) as uow:
        member = await accounts.add_member(
            uow, Role.OWNER, email=email, name="Outra", role=Role.VIEWER, password="something else 1"
        )

    assert (member.id, member.name) == (known.principal.person_id, "Ana")
    signed = await accounts.sign_in(engine, replace(ANA, email=email), Throttle())
    assert {choice.id for choice in signed.companies} == {other, company_id}
    with pytest.raises(accounts.AlreadyMember):
        async with engine.unit_of_work(company_id) as uow:
            await accounts.add_member(
                uow, Role.OWNER, email=email, name="X", role=Role.VIEWER, password=PASSWORD
            )


async def test_a_token_is_kept_as_a_hash_alone(engine, company_id) -> None:
    session = await join(engine, company_id, Role.OWNER)

    async with engine.unit_of_work(company_id) as uow:
        rows = await accounts.devices(uow, session.principal)

    assert [row.token_hash for row in rows] == [accounts.token_hash(session.token)]
    assert session.token not in repr(session)
    assert session.token.startswith("mia_")


async def test_the_audit_log_cannot_be_rewritten(engine, company_id) -> None:
    session = await join(engine, company_id, Role.OWNER)
    async with engine.unit_of_work(company_id) as uow:
        await accounts.audit(uow, session.principal, "x.y", "1", {"a": 1})

    with pytest.raises(Exception, match="permission denied"):
        async with engine.unit_of_work(company_id) as uow:
            (await uow.session.scalars(select(AuditEntry))).one().action = "z"
    async with engine.unit_of_work(company_id) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(AuditEntry)) == 1
