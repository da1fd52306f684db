"""People who write to us become contacts, once each, under every address they use."""

from __future__ import annotations

import asyncio
from uuid import UUID

from engine import consent, contacts
from engine.consent import Method, Wish
from engine.contacts import NewContact, Sighting
from engine.context import Engine
from engine.models import ChannelKind, IdentityKind


async def resolve(engine: Engine, company_id: UUID, *sightings: Sighting) -> list[UUID]:
    async with engine.unit_of_work(company_id) as uow:
        return await contacts.resolve_many(uow, sightings)


async def addresses(engine: Engine, company_id: UUID, contact_id: UUID) -> set[tuple[IdentityKind, str]]:
    async with engine.unit_of_work(company_id) as uow:
        card = await contacts.find(uow, contact_id)
    return {(address.kind, address.value) for address in card.addresses}


async def test_a_stranger_becomes_a_contact_and_is_known_from_then_on(
    engine: Engine, company_id: UUID
) -> None:
    (first,) = await resolve(engine, company_id, Sighting(wa_id="553188887777", bsuid="BR.1", name="Ana"))
    (again,) = await resolve(engine, company_id, Sighting(bsuid="BR.1"))

    assert again == first
    assert await addresses(engine, company_id, first) == {
        (IdentityKind.WA_ID, "553188887777"),
        (IdentityKind.PHONE, "+5531988887777"),
        (IdentityKind.BSUID, "BR.1"),
    }


async def test_the_ninth_digit_makes_no_second_person(engine: Engine, company_id: UUID) -> None:
    async with engine.unit_of_work(company_id) as uow:
        ana = await contacts.create(uow, NewContact("Ana", "31 98888-7777"))

    assert await resolve(
        engine, company_id, Sighting(wa_id="553188887777"), Sighting(phone="+5531988887777")
    ) == [
        ana,
        ana,
    ]


async def test_a_name_from_the_vendor_fills_only_an_empty_one(engine: Engine, company_id: UUID) -> None:
    ana, nobody = await resolve(
        engine, company_id, Sighting(wa_id="5511999998888", name="Ana"), Sighting(wa_id="5511999997777")
    )
    await resolve(
        engine,
        company_id,
        Sighting(wa_id="5511999998888", name="Outra"),
        Sighting(wa_id="5511999997777", name="Bia"),
    )

    async with engine.unit_of_work(company_id) as uow:
        assert (await contacts.find(uow, ana)).contact.name == "Ana"
        assert (await contacts.find(uow, nobody)).contact.name == "Bia"


async def test_two_batches_that_meet_the_same_strangers_make_each_once(
    engine: Engine, company_id: UUID
) -> None:
    people = [Sighting(wa_id=f"55119{70000000 + n}") for n in range(50)]

    one, other = await asyncio.gather(
        resolve(engine, company_id, *people), resolve(engine, company_id, *reversed(people))
    )

    assert one == list(reversed(other))
    async with engine.unit_of_work(company_id) as uow:
        assert await contacts.count(uow) == 50


async def test_an_id_learnt_from_an_answer_belongs_to_the_contact(engine: Engine, company_id: UUID) -> None:
    async with engine.unit_of_work(company_id) as uow:
        ana = await contacts.create(uow, NewContact("Ana", "31 98888-7777"))
        await contacts.learn_wa_ids(uow, [("+5531988887777", "553188887777")] * 2)

    assert (IdentityKind.WA_ID, "553188887777") in await addresses(engine, company_id, ana)


async def test_an_address_learnt_later_inherits_the_wish_to_be_left_alone(
    engine: Engine, company_id: UUID
) -> None:
    wish = Wish(channel_kind=ChannelKind.WHATSAPP, match_key="553188887777", method=Method.KEYWORD)
    async with engine.unit_of_work(company_id) as uow:
        await contacts.create(uow, NewContact("Ana", "31 98888-7777"))
        await consent.record_opt_out(uow, wish)

    await resolve(engine, company_id, Sighting(wa_id="553188887777", bsuid="BR.1"), Sighting(bsuid="BR.2"))

    async with engine.unit_of_work(company_id) as uow:
        stopped = await consent.opted_out(uow, ChannelKind.WHATSAPP, ["553188887777", "BR.1", "BR.2"])
        assert await consent.opted_out(uow, ChannelKind.SMS, ["553188887777", "BR.1"]) == frozenset()
    assert stopped == {"553188887777", "BR.1"}
