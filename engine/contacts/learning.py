"""Addresses learnt from vendors' answers: the identity WhatsApp itself uses for a number we wrote to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from engine.contacts.identities import Sighting, call, recognize
from engine.contacts.phone import match_key
from engine.db.unit_of_work import UnitOfWork
from engine.ids import new_id

_LEARN = text("""
    INSERT INTO contact_identity (company_id, id, contact_id, kind, value, match_key)
    SELECT :company, x.id, i.contact_id, 'wa_id', x.wa_id, x.wa_key
    FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[]), CAST(:wa_ids AS text[]),
                CAST(:wa_keys AS text[]))
         AS x(id, match_key, wa_id, wa_key)
    JOIN contact_identity i ON i.company_id = :company AND i.kind = 'phone' AND i.match_key = x.match_key
    ON CONFLICT DO NOTHING
""")


async def learn_wa_ids(uow: UnitOfWork, pairs: Sequence[tuple[str, str]]) -> None:
    """Remember, verbatim, which ``wa_id`` answers for a phone: (E.164 as we wrote to it, wa_id) pairs.

    Later messages and matching prefer it (providers 6, rule 4). Known ones stay as they are.
    """
    await uow.session.execute(
        _LEARN,
        {
            "company": uow.company_id,
            "ids": [new_id() for _ in pairs],
            "keys": [match_key(phone) for phone, _ in pairs],
            "wa_ids": [wa_id for _, wa_id in pairs],
            "wa_keys": [match_key(wa_id) for _, wa_id in pairs],
        },
    )


async def learn_pairs(uow: UnitOfWork, pairs: Sequence[tuple[str, str]]) -> None:
    """Remember which LID and which ``wa_id`` are one person: (LID, wa_id) pairs, digits both.

    A contact known by one of them gets the other; two contacts become one. A pair of strangers is nobody's
    business yet and makes no contact. Repeating it changes nothing.
    """
    sightings = [Sighting(wa_id=wa_id.removeprefix("+"), lid=lid) for lid, wa_id in pairs]
    if sightings:
        await recognize(uow, sightings)


async def learn_names(uow: UnitOfWork, sightings: Sequence[Sighting]) -> None:
    """What a phone calls people, and what groups are called now.

    Contacts without a name get one, groups follow their members; names the team gave stay. Strangers are
    nobody's business yet and make no contact.
    """
    known = await recognize(uow, sightings)
    seen = [(who, sighting) for sighting in sightings if (who := known.of(sighting)) is not None]
    await call(uow, seen, known)
