"""Filters: what they find, what they refuse, and that nothing in them becomes SQL (IN-10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from engine import consent, contacts
from engine.consent import Method, Wish
from engine.contacts import FilterRefused, Listing, NewContact, compile_filter, parse_filter
from engine.context import Engine
from engine.models import ChannelKind


def where(field: str, comparison: str, value: str = "") -> dict[str, str]:
    return {"field": field, "is": comparison, "value": value}


@pytest.fixture
async def people(engine: Engine, company_id: UUID) -> UUID:
    """Ana of Belém, tagged and opted out of WhatsApp; Bruno of 100%_Recife, without a number."""
    async with engine.unit_of_work(company_id) as uow:
        vip = await contacts.create_tag(uow, name="VIP")
        await contacts.create(
            uow, NewContact("Ana Luísa", "31 98888-7777", "Ana@example.com", {"cidade": "Belém"}, [vip.id])
        )
        await contacts.create(uow, NewContact("Bruno", custom={"cidade": "100%_Recife"}))
        wish = Wish(channel_kind=ChannelKind.WHATSAPP, match_key="553188887777", method=Method.KEYWORD)
        await consent.record_opt_out(uow, wish)
    return vip.id


async def found(engine: Engine, company_id: UUID, told: object) -> list[str]:
    async with engine.unit_of_work(company_id) as uow:
        cards = await contacts.page(uow, Listing(filter=parse_filter(told)))
    return sorted(card.contact.name.split()[0] for card in cards)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (where("name", "contains", "LUÍSA"), ["Ana"]),
        (where("name", "differs", "bruno"), ["Ana"]),
        (where("email", "equals", "ana@EXAMPLE.com"), ["Ana"]),
        (where("email", "empty"), ["Bruno"]),
        (where("custom:cidade", "equals", "belém"), ["Ana"]),
        (where("custom:cidade", "contains", "0%_r"), ["Bruno"]),
        (where("custom:cidade", "contains", "%"), ["Bruno"]),
        (where("custom:nada", "filled"), []),
        (where("phone", "starts_with", "+55 31"), ["Ana"]),
        (where("phone", "empty"), ["Bruno"]),
        (where("source", "equals", "manual"), ["Ana", "Bruno"]),
        (where("created_at", "after", "2020-01-01"), ["Ana", "Bruno"]),
        (where("created_at", "before", "2020-01-01T10:00:00-03:00"), []),
        (where("opted_out", "has", "whatsapp"), ["Ana"]),
        (where("opted_out", "has", "sms"), []),
        ({"not": where("name", "starts_with", "ana")}, ["Bruno"]),
        ({"any": [where("name", "equals", "bruno"), where("email", "filled")]}, ["Ana", "Bruno"]),
        ({"all": [where("name", "equals", "bruno"), where("email", "filled")]}, []),
    ],
)
async def test_a_filter_finds_whom_it_means(
    engine: Engine, company_id: UUID, people: UUID, told: dict[str, Any], expected: list[str]
) -> None:
    assert await found(engine, company_id, told) == expected


async def test_a_filter_by_tag(engine: Engine, company_id: UUID, people: UUID) -> None:
    assert await found(engine, company_id, where("tag", "has", str(people))) == ["Ana"]
    assert await found(engine, company_id, where("tag", "has_not", str(people))) == ["Bruno"]


HOSTILE = [
    "' OR 1=1 --",
    "\\",
    "%",
    "_",
    '"; DROP TABLE contact; --',
    "(a+)+$" * 30,
    "$.x ? (@ > 1)",
    "\0",
    "ﬀ",
]


@pytest.mark.parametrize("value", HOSTILE)
async def test_in_10_a_hostile_value_is_only_a_value(engine: Engine, company_id: UUID, value: str) -> None:
    for name in ("name", "email", f"custom:{value.strip(chr(0))[:64] or 'x'}", "phone"):
        assert await found(engine, company_id, where(name, "contains", value[:200] + "z")) == []
    async with engine.unit_of_work(company_id) as uow:
        assert await contacts.page(uow, Listing(search=value + "z")) == []


@given(st.text(max_size=200), st.text(min_size=1, max_size=64))
def test_in_10_nothing_a_person_wrote_becomes_sql(value: str, custom: str) -> None:
    tree = parse_filter(
        {"all": [where("name", "contains", value), where(f"custom:{custom}", "equals", value)]}
    )
    plain = parse_filter({"all": [where("name", "contains", "x"), where("custom:y", "equals", "x")]})

    assert _sql(compile_filter(tree)) == _sql(compile_filter(plain))


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "name = 'x'",
        {},
        {"all": []},
        {"all": [where("name", "equals", "x")], "any": []},
        where("password", "equals", "x"),
        where("name", "regex", "x"),
        where("name", "has", "x"),
        where("custom:", "equals", "x"),
        where("tag", "has", "x"),
        where("opted_out", "has", "fax"),
        where("created_at", "after", "yesterday"),
        where("name", "equals", "x" * 201),
        {"field": "name", "is": "equals", "value": {"$gt": ""}},
        {"field": "name", "is": "equals", "value": "x", "sql": "1"},
        {"all": [where("name", "equals", "x")] * 10_000},
        {"all": [{"all": [where("name", "equals", "x")] * 60}] * 2},
    ],
)
def test_in_10_what_is_no_filter_is_refused(told: object) -> None:
    with pytest.raises(FilterRefused):
        parse_filter(told)


def test_in_10_a_deep_filter_is_refused() -> None:
    told: dict[str, Any] = where("name", "equals", "x")
    for _ in range(1_000):
        told = {"not": told}

    with pytest.raises(FilterRefused):
        parse_filter(told)


async def test_a_segment_is_kept_and_used(engine: Engine, company_id: UUID, people: UUID) -> None:
    told = where("name", "starts_with", "ana")
    async with engine.unit_of_work(company_id) as uow:
        segment = await contacts.save_segment(uow, name="Anas", told=told)
        with pytest.raises(contacts.SegmentExists):
            await contacts.save_segment(uow, name="Anas", told=told)
        with pytest.raises(FilterRefused):
            await contacts.save_segment(uow, name="Outras", told={"field": "x"})

    async with engine.unit_of_work(company_id) as uow:
        assert await contacts.count(uow, parse_filter(told)) == 1
        assert await contacts.segment_condition(uow, segment.id) is not None
        await contacts.remove_segment(uow, segment.id)
        with pytest.raises(contacts.SegmentNotFound):
            await contacts.segment_condition(uow, segment.id)


def _sql(condition: Any) -> str:
    return str(condition.compile(dialect=postgresql.dialect()))
