"""Contacts by hand: found, listed, made, changed, tagged, annotated."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from engine import contacts
from engine.contacts import Listing, NewContact
from engine.context import Engine
from engine.models import IdentityKind


async def make(engine: Engine, company_id: UUID, name: str, phone: str | None = None, **more: object) -> UUID:
    async with engine.unit_of_work(company_id) as uow:
        return await contacts.create(uow, NewContact(name=name, phone=phone, **more))  # type: ignore[arg-type]


async def names(engine: Engine, company_id: UUID, search: str = "", **how: object) -> list[str]:
    async with engine.unit_of_work(company_id) as uow:
        listing = Listing(search=search, **how)  # type: ignore[arg-type]
        return [card.contact.name for card in await contacts.page(uow, listing)]


async def test_a_contact_keeps_its_number_in_one_form(engine: Engine, company_id: UUID) -> None:
    ana = await make(engine, company_id, " Ana\u200b  Luísa\x00", "(31) 8888-7777", email="ana@example.com")

    async with engine.unit_of_work(company_id) as uow:
        card = await contacts.find(uow, ana)

    assert (card.contact.name, card.contact.name_folded) == ("Ana Luísa", "ana luisa")
    assert [(a.kind, a.value, a.match_key) for a in card.addresses] == [
        (IdentityKind.PHONE, "+5531988887777", "553188887777")
    ]


async def test_two_contacts_cannot_share_a_number(engine: Engine, company_id: UUID) -> None:
    await make(engine, company_id, "Ana", "31 98888-7777")

    with pytest.raises(contacts.PhoneTaken):
        await make(engine, company_id, "Bia", "+55 31 8888-7777")
    with pytest.raises(contacts.PhoneRefused, match="area code"):
        await make(engine, company_id, "Bia", "98888-7777")
    assert await names(engine, company_id) == ["Ana"]


async def test_a_change_touches_only_what_it_names(engine: Engine, company_id: UUID) -> None:
    ana = await make(engine, company_id, "Ana", "31 98888-7777", custom={"cidade": "Belém", "cor": "azul"})

    async with engine.unit_of_work(company_id) as uow:
        await contacts.change(
            uow, ana, {"custom": {"cor": "", "time": "Remo"}, "phone": "11 3333-4444", "email": None}
        )
    async with engine.unit_of_work(company_id) as uow:
        card = await contacts.find(uow, ana)

    assert card.contact.name == "Ana"
    assert card.contact.custom == {"cidade": "Belém", "time": "Remo"}
    assert [address.value for address in card.addresses] == ["+551133334444"]


async def test_a_custom_field_without_a_name_is_refused(engine: Engine, company_id: UUID) -> None:
    with pytest.raises(contacts.FieldRefused):
        await make(engine, company_id, "Ana", custom={" ": "x"})


async def test_search_is_blind_to_accents_case_and_number_forms(engine: Engine, company_id: UUID) -> None:
    await make(engine, company_id, "João D'Ávila", "31 98888-7777", email="Joao@Example.com")
    await make(engine, company_id, "Joana Prado", "11 97777-6666")

    assert await names(engine, company_id, "JOAO avila") == ["João D'Ávila"]
    assert await names(engine, company_id, "joa") == ["Joana Prado", "João D'Ávila"]
    assert await names(engine, company_id, "(31) 8888-7777") == ["João D'Ávila"]
    assert await names(engine, company_id, "6666") == ["Joana Prado"]
    assert await names(engine, company_id, "joao@example") == ["João D'Ávila"]
    assert await names(engine, company_id, "%") == []


async def test_pages_follow_one_another_without_gap_or_repeat(engine: Engine, company_id: UUID) -> None:
    for number in range(7):
        await make(engine, company_id, f"Ana {number}")

    seen: list[str] = []
    before: UUID | None = None
    async with engine.unit_of_work(company_id) as uow:
        while cards := await contacts.page(uow, Listing(), before=before, limit=3):
            seen += [card.contact.name for card in cards]
            before = cards[-1].contact.id

    assert seen == [f"Ana {number}" for number in range(6, -1, -1)]


async def test_an_archived_contact_leaves_the_list_until_it_is_restored(
    engine: Engine, company_id: UUID
) -> None:
    ana = await make(engine, company_id, "Ana")
    async with engine.unit_of_work(company_id) as uow:
        await contacts.archive(uow, ana)

    assert await names(engine, company_id) == []
    assert await names(engine, company_id, archived=True) == ["Ana"]

    async with engine.unit_of_work(company_id) as uow:
        await contacts.restore(uow, ana)
    assert await names(engine, company_id) == ["Ana"]


async def test_notes_are_sealed_for_their_contact(engine: Engine, company_id: UUID) -> None:
    ana = await make(engine, company_id, "Ana")
    async with engine.unit_of_work(company_id) as uow:
        keys = await engine.load_keys(uow)
        await contacts.write_notes(uow, keys, ana, "Prefere à tarde")

    async with engine.unit_of_work(company_id) as uow:
        stored = await uow.session.scalar(text("SELECT notes FROM contact"))
        assert await contacts.notes(uow, keys, ana) == "Prefere à tarde"
        await contacts.write_notes(uow, keys, ana, " ")
        assert await contacts.notes(uow, keys, ana) == ""

    assert b"tarde" not in stored


async def test_tags_go_on_and_off(engine: Engine, company_id: UUID) -> None:
    ana, bia = await make(engine, company_id, "Ana"), await make(engine, company_id, "Bia")
    async with engine.unit_of_work(company_id) as uow:
        vip = await contacts.create_tag(uow, name="VIP", color="#2a9d8f")
        await contacts.attach(uow, [ana, bia], [vip.id])
        await contacts.attach(uow, [ana], [vip.id])
        await contacts.detach(uow, [bia], [vip.id])

    async with engine.unit_of_work(company_id) as uow:
        assert [(tag.tag.name, tag.contacts) for tag in await contacts.tags(uow)] == [("VIP", 1)]
        assert [tag.name for tag in (await contacts.find(uow, ana)).tags] == ["VIP"]
        await contacts.remove_tag(uow, vip.id)
        assert (await contacts.find(uow, ana)).tags == []


async def test_a_tag_needs_a_name_of_its_own(engine: Engine, company_id: UUID) -> None:
    ana = await make(engine, company_id, "Ana")
    async with engine.unit_of_work(company_id) as uow:
        await contacts.create_tag(uow, name="VIP")
        with pytest.raises(contacts.TagExists):
            await contacts.create_tag(uow, name=" VIP ")
        with pytest.raises(contacts.TagRefused):
            await contacts.create_tag(uow, name="Novo", color="red; x")
        with pytest.raises(contacts.TagNotFound):
            await contacts.attach(uow, [ana], [uuid4()])
        with pytest.raises(contacts.SomebodyMissing):
            await contacts.attach(uow, [uuid4()], [])


async def test_another_company_sees_no_contact(engine: Engine, company_id: UUID, make_company) -> None:
    ana = await make(engine, company_id, "Ana", "31 98888-7777")
    neighbor = await make_company(engine)

    assert await names(engine, neighbor) == []
    await make(engine, neighbor, "Ana", "31 98888-7777")
    with pytest.raises(contacts.ContactNotFound):
        async with engine.unit_of_work(neighbor) as uow:
            await contacts.archive(uow, ana)
