"""Two contacts prove to be one person: nothing of either is lost, and whoever said stop stays left alone."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from engine import consent, contacts, inbox
from engine.campaigns import audience, queries
from engine.consent import Evidence, Method, Wish
from engine.contacts import NewContact, Sighting
from engine.models import Base, ChannelKind, IdentityKind
from tests.fakes import world
from tests.fakes.inbound import ANA, BIA, one, rows
from tests.fakes.linked_words import GROUP, HIDDEN_CHAT, LID, PHONE_CHAT, hear, heard, in_group, make_number

PAIR = [(LID, ANA)]
#: Tables that point to a contact or a conversation, each moved in ``engine.contacts.merging``.
MOVED = {
    "contact_identity",
    "contact_tag",
    "consent",
    "opt_out",
    "conversation",
    "conversation_channel",
    "message",
}


@pytest.fixture
async def channel_id(engine, company_id):
    return await make_number(engine, company_id)


async def learn(engine, company_id, pairs=PAIR) -> None:
    async with engine.unit_of_work(company_id) as uow:
        await contacts.learn_pairs(uow, pairs)


async def resolve(engine, company_id, *sightings: Sighting) -> list[UUID]:
    async with engine.unit_of_work(company_id) as uow:
        return await contacts.resolve_many(uow, sightings)


async def two(engine, company_id, channel_id) -> tuple[UUID, UUID]:
    """The hidden one, who wrote first, and the one with a number; each with a conversation."""
    (hidden,) = await hear(engine, company_id, channel_id, heard("antes", chat=HIDDEN_CHAT, name=None))
    (numbered,) = await hear(engine, company_id, channel_id, heard("depois", id_="3A2", after=1))
    return hidden.contact_id, numbered.contact_id


def test_everything_that_points_to_a_contact_or_its_conversation_is_moved() -> None:
    pointing = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ("contact", "conversation")
    }
    assert pointing == MOVED


async def test_a_hidden_address_is_kept_as_it_is_and_becomes_no_phone(engine, company_id) -> None:
    odd = "5511912345678"  # would be a number, if it were one
    (first,) = await resolve(engine, company_id, Sighting(lid=odd, name="Ana"))

    assert await resolve(engine, company_id, Sighting(lid=odd)) == [first]
    kept = await rows(engine, company_id, "SELECT kind, value, match_key FROM contact_identity")
    assert [tuple(row) for row in kept] == [("lid", odd, odd)]
    assert await resolve(engine, company_id, Sighting(wa_id=odd)) != [first]


async def test_strangers_named_by_halves_in_one_batch_are_one(engine, company_id) -> None:
    seen = [Sighting(lid=LID), Sighting(wa_id=ANA, lid=LID, name="Ana"), Sighting(wa_id=ANA)]

    assert len(set(await resolve(engine, company_id, *seen))) == 1
    assert await one(engine, company_id, "SELECT name FROM contact") == "Ana"


async def test_somebody_known_by_half_is_the_same_for_all_of_a_batch(engine, company_id) -> None:
    (known,) = await resolve(engine, company_id, Sighting(lid=LID))

    found = await resolve(engine, company_id, Sighting(wa_id=ANA), Sighting(wa_id=ANA, lid=LID))

    assert found == [known, known]


async def test_a_pair_gives_a_contact_its_other_address_and_makes_nobody(engine, company_id) -> None:
    (ana,) = await resolve(engine, company_id, Sighting(wa_id=ANA))

    await learn(engine, company_id, [*PAIR, ("999", BIA)])
    await learn(engine, company_id)

    assert await resolve(engine, company_id, Sighting(lid=LID)) == [ana]
    assert await one(engine, company_id, "SELECT count(*) FROM contact") == 1


async def test_two_timelines_become_one(engine, company_id, channel_id) -> None:
    _, numbered = await two(engine, company_id, channel_id)
    async with engine.unit_of_work(company_id) as uow:
        (newer, _) = (await inbox.list_conversations(uow, inbox.Filter())).items
        await inbox.close(uow, newer.conversation.id)

    await learn(engine, company_id)

    (row,) = await rows(engine, company_id, "SELECT * FROM conversation")
    assert (row.contact_id, row.unread, row.state, row.preview) == (numbered, 2, "open", "depois")
    said = await rows(
        engine, company_id, "SELECT text FROM message WHERE conversation_id = :id ORDER BY id", id=row.id
    )
    assert [words for (words,) in said] == ["antes", "depois"]
    assert await one(engine, company_id, "SELECT address FROM conversation_channel") == ANA
    assert await one(engine, company_id, "SELECT name FROM contact") == "Ana"


async def test_a_message_with_both_addresses_brings_its_own_people_together(
    engine, company_id, channel_id
) -> None:
    await two(engine, company_id, channel_id)

    both = heard("agora", id_="3A3", chat=HIDDEN_CHAT, chat_alt=PHONE_CHAT, after=2)
    await hear(engine, company_id, channel_id, both)

    (row,) = await rows(engine, company_id, "SELECT unread, preview FROM conversation")
    assert tuple(row) == (3, "agora")
    way = await rows(engine, company_id, "SELECT address_kind, address FROM conversation_channel")
    assert [tuple(row) for row in way] == [("lid", LID)]


async def test_the_only_conversation_goes_over_whole(engine, company_id, channel_id) -> None:
    (hidden,) = await hear(engine, company_id, channel_id, heard(chat=HIDDEN_CHAT))
    async with engine.unit_of_work(company_id) as uow:
        ana = await contacts.create(uow, NewContact("Ana", f"+{ANA}"))

    await learn(engine, company_id)

    (row,) = await rows(engine, company_id, "SELECT id, contact_id FROM conversation")
    assert tuple(row) == (hidden.conversation_id, ana)


async def test_it_is_written_down_and_told(engine, company_id, channel_id) -> None:
    hidden, numbered = await two(engine, company_id, channel_id)
    talks = {str(id_) for (id_,) in await rows(engine, company_id, "SELECT id FROM conversation")}

    await learn(engine, company_id)

    (entry,) = await rows(engine, company_id, "SELECT action, subject, details FROM audit_entry")
    assert tuple(entry) == ("contact.merge", str(numbered), {"merged": str(hidden)})
    told = await rows(
        engine, company_id, "SELECT topic, payload FROM outbox WHERE topic <> 'message.received'"
    )
    assert {p["conversation_id"] for t, p in told if t == "conversation.changed"} == talks
    assert {p["contact_id"] for t, p in told if t == "contact.changed"} == {str(hidden), str(numbered)}
    (merged,) = [p for t, p in told if t == "contact.merged"]
    assert merged == {"contact_id": str(numbered), "merged_id": str(hidden)}


async def test_fields_tags_notes_and_proofs_of_both_stay(engine, company_id, channel_id) -> None:
    hidden, numbered = await two(engine, company_id, channel_id)
    keys = await engine.keys(company_id)
    proof = Evidence(contact_id=hidden, channel_kind=ChannelKind.WHATSAPP, granted=True, method=Method.FORM)
    async with engine.unit_of_work(company_id) as uow:
        tag = await contacts.create_tag(uow, name="vip")
        told = {"custom": {"cidade": "Belém", "time": "Remo"}, "email": "a@b.c", "tag_ids": [tag.id]}
        await contacts.change(uow, hidden, told)
        await contacts.change(uow, numbered, {"custom": {"cidade": "Natal"}})
        await contacts.write_notes(uow, keys, hidden, "gosta de chá")
        await contacts.write_notes(uow, keys, numbered, "mora longe")
        await consent.record_consent(uow, proof)

    await learn(engine, company_id)

    async with engine.unit_of_work(company_id) as uow:
        card = await contacts.find(uow, numbered)
        assert card.contact.custom == {"cidade": "Natal", "time": "Remo"}
        assert (card.contact.email, [one.id for one in card.tags]) == ("a@b.c", [tag.id])
        assert await contacts.notes(uow, keys, numbered) == "mora longe\n\ngosta de chá"
        assert [proof.granted for proof in await consent.history(uow, numbered)] == [True]
        await contacts.write_notes(uow, keys, numbered, "só isto")
        assert await contacts.notes(uow, keys, numbered) == "só isto"


def stop(key: str) -> Wish:
    return Wish(channel_kind=ChannelKind.WHATSAPP, match_key=key, method=Method.KEYWORD)


@pytest.mark.parametrize("said_under", [LID, ANA[:4] + ANA[5:]])
async def test_a_stop_under_one_address_holds_under_all(engine, company_id, channel_id, said_under) -> None:
    await two(engine, company_id, channel_id)
    key = contacts.match_key(ANA)
    async with engine.unit_of_work(company_id) as uow:
        await consent.record_opt_out(uow, stop(key))
        await consent.record_opt_in(uow, stop(key))
        await consent.record_opt_out(uow, stop(said_under))

    await learn(engine, company_id)

    async with engine.unit_of_work(company_id) as uow:
        assert await consent.opted_out(uow, ChannelKind.WHATSAPP, [key, LID]) == {key, LID}
        assert await consent.opted_out(uow, ChannelKind.SMS, [key, LID]) == frozenset()


async def test_a_number_learnt_later_inherits_the_hidden_ones_stop(engine, company_id) -> None:
    (hidden,) = await resolve(engine, company_id, Sighting(lid=LID))
    async with engine.unit_of_work(company_id) as uow:
        await consent.record_opt_out(uow, stop(LID))

    assert await resolve(engine, company_id, Sighting(wa_id=ANA, lid=LID)) == [hidden]

    key = contacts.match_key(ANA)
    async with engine.unit_of_work(company_id) as uow:
        assert await consent.opted_out(uow, ChannelKind.WHATSAPP, [key]) == {key}


async def test_campaigns_know_the_one_who_stays(engine, company_id, channel_id) -> None:
    hidden, numbered = await two(engine, company_id, channel_id)
    wanted = {"contact_ids": [str(hidden), str(numbered), str(uuid4())]}
    campaign_id = await world.make_campaign(engine, company_id, channel_id, audience=wanted)
    recipient = """
        INSERT INTO campaign_recipient
            (company_id, id, campaign_id, contact_id, address_kind, address, match_key)
        VALUES (:company, gen_random_uuid(), :campaign, :contact, 'lid', '1', '1') RETURNING id"""
    values = {"company": company_id, "campaign": campaign_id, "contact": hidden}
    await rows(engine, company_id, recipient, **values)

    await learn(engine, company_id)

    assert await one(engine, company_id, "SELECT contact_id FROM campaign_recipient") == numbered
    kept = await one(engine, company_id, "SELECT audience->'contact_ids' FROM campaign")
    assert sorted(kept) == sorted([str(numbered), wanted["contact_ids"][2]])


async def test_of_two_with_numbers_the_older_one_stays(engine, company_id) -> None:
    older, _ = await resolve(engine, company_id, Sighting(wa_id=BIA, lid=LID), Sighting(wa_id=ANA))

    await learn(engine, company_id)

    assert set(await resolve(engine, company_id, Sighting(wa_id=ANA), Sighting(wa_id=BIA))) == {older}


async def test_several_become_one_by_a_chain_of_pairs(engine, company_id) -> None:
    people = [Sighting(wa_id=ANA), Sighting(lid=LID), Sighting(lid="777"), Sighting(lid="888")]
    ana, *_ = await resolve(engine, company_id, *people)

    await learn(engine, company_id, [(LID, ANA), ("777", ANA), ("888", ANA)])

    assert await resolve(engine, company_id, *people) == [ana] * 4


async def write(engine, company_id, channel_id, people, turn: int) -> None:
    """Everybody once, under one of their two addresses."""
    said = []
    for n, (lid, number) in enumerate(people):
        chat = f"{lid}@lid" if (turn + n) % 2 else f"{number}@s.whatsapp.net"
        said.append(heard(f"{turn}", id_=f"{turn}.{n}", after=turn, chat=chat))
    await hear(engine, company_id, channel_id, *said)


async def test_many_writers_and_learners_at_once_make_one_person_of_each(
    engine, company_id, channel_id
) -> None:
    people = [(f"9{n:013}", f"55119{70000000 + n}") for n in range(12)]
    writers = [write(engine, company_id, channel_id, people, turn) for turn in range(6)]
    learners = [learn(engine, company_id, people[:7]), learn(engine, company_id, people[:4:-1])]

    await asyncio.gather(*writers, *learners)
    await learn(engine, company_id, people)

    assert await one(engine, company_id, "SELECT count(*) FROM contact") == 12
    assert await one(engine, company_id, "SELECT count(*) FROM message") == 72
    counts = await rows(engine, company_id, "SELECT unread FROM conversation")
    assert [unread for (unread,) in counts] == [6] * 12
    hidden = "SELECT count(*) FROM contact_identity WHERE kind = 'lid'"
    assert await one(engine, company_id, hidden) == 12


async def test_a_group_is_in_no_list_and_no_audience(engine, company_id, channel_id) -> None:
    (group,) = await hear(engine, company_id, channel_id, in_group("oi"))
    everybody = {"everyone": True}
    async with engine.unit_of_work(company_id) as uow:
        tag = await contacts.create_tag(uow, name="vip")
        await contacts.attach(uow, [group.contact_id], [tag.id])
        assert await contacts.count(uow) == 0
        assert await contacts.page(uow, contacts.Listing()) == []
        assert (await contacts.find(uow, group.contact_id)).addresses[0].kind is IdentityKind.GROUP
        for wanted in (everybody, {"tags": [str(tag.id)]}, {"contact_ids": [str(group.contact_id)]}):
            condition = queries.audience_condition(wanted, None)
            found = await queries.people(uow.session, ChannelKind.WHATSAPP, condition, None, audience.SLICE)
            assert found == []


async def test_nobody_can_be_stopped_or_allowed_as_a_group(engine, company_id, channel_id) -> None:
    (group,) = await hear(engine, company_id, channel_id, in_group("oi"))
    told = contacts.Told(ChannelKind.WHATSAPP, "pediu", uuid4())

    async with engine.unit_of_work(company_id) as uow:
        with pytest.raises(contacts.NotReachable):
            await contacts.opt_out(uow, group.contact_id, told)
    assert await one(engine, company_id, "SELECT value FROM contact_identity") == GROUP
