"""Who may be written to: opt-outs by address, and the evidence behind every yes and no."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from engine import clock
from engine.consent import queries
from engine.db.unit_of_work import UnitOfWork
from engine.events import OptedIn, OptedOut
from engine.ids import new_id
from engine.models import ChannelKind, Consent, IdentityKind

MARKETING = "marketing"

#: Which addresses of a person one channel kind reaches: a stop on one of them stops them all.
_REACHED: dict[ChannelKind, tuple[IdentityKind, ...]] = {
    ChannelKind.WHATSAPP: (IdentityKind.PHONE, IdentityKind.WA_ID, IdentityKind.BSUID, IdentityKind.LID),
    ChannelKind.SMS: (IdentityKind.PHONE,),
    ChannelKind.VOICE: (IdentityKind.PHONE,),
}


class Method(StrEnum):
    """How a wish reached us."""

    #: The person wrote a word such as SAIR or VOLTAR.
    KEYWORD = "keyword"
    #: The vendor reported it: a preference, a block, an error that means opted out.
    PROVIDER = "provider"
    #: Somebody of the company recorded it.
    TEAM = "team"
    #: A file of contacts said so.
    IMPORT = "import"
    FORM = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One address that asked to be left alone, or to hear from us again.

    ``match_key`` as ``engine.contacts`` computes it. ``evidence`` is kept as it is: the words the person
    wrote, the text they were shown, the vendor's message id, who recorded it.
    """

    channel_kind: ChannelKind
    match_key: str = field(repr=False)
    method: Method
    contact_id: UUID | None = None
    evidence: dict[str, Any] = field(default_factory=dict, repr=False)
    #: When the person said so (not when it arrived); None means now.
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A yes or a no to a category of messages, and what proves it."""

    contact_id: UUID
    channel_kind: ChannelKind
    granted: bool
    method: Method
    category: str = MARKETING
    #: What the person was shown when agreeing, and a pointer to the proof (form, recording, message id).
    text_shown: str | None = field(default=None, repr=False)
    proof: str | None = field(default=None, repr=False)
    recorded_by: UUID | None = None
    at: datetime | None = None


async def record_opt_out(uow: UnitOfWork, wish: Wish) -> bool:
    """Stop one address now; whether it was not stopped before."""
    return await opt_out_many(uow, [wish]) == 1


async def opt_out_many(uow: UnitOfWork, wishes: Sequence[Wish]) -> int:
    """Stop many addresses in a few statements; how many wishes changed anything.

    The opt-out is bound to the address, so a contact imported again stays stopped; with ``contact_id`` it
    covers every address of the person on that channel. Repeating it changes nothing, and a wish older than
    the person's latest contrary one is ignored.
    """
    if not wishes:
        return 0
    reached = await _spread(uow, wishes)
    rows = [_opt_out_row(uow.company_id, reached[address], address) for address in sorted(reached)]
    new = await queries.upsert_opt_outs(uow.session, rows)
    said = {(wish.channel_kind, wish.match_key): wish for wish in wishes}
    changed = [wish for address, wish in said.items() if address in new]
    await queries.add_evidence(uow.session, _evidence_rows(uow.company_id, changed, granted=False))
    for wish in changed:
        uow.announce(
            OptedOut(company_id=uow.company_id, channel_kind=wish.channel_kind, contact_id=wish.contact_id)
        )
    return len(changed)


async def record_opt_in(uow: UnitOfWork, wish: Wish) -> bool:
    """Let one person be written to again, at their own wish; whether they were stopped before.

    The evidence is kept either way. An opt-out declared after ``wish.at`` stays in force.
    """
    keys = [key for _, key in await _spread(uow, [wish])]
    ended = await queries.revoke(uow.session, wish.channel_kind, keys, wish.at or clock.now())
    await queries.add_evidence(uow.session, _evidence_rows(uow.company_id, [wish], granted=True))
    if ended:
        uow.announce(
            OptedIn(company_id=uow.company_id, channel_kind=wish.channel_kind, contact_id=wish.contact_id)
        )
    return ended > 0


async def record_consent(uow: UnitOfWork, evidence: Evidence) -> None:
    """Keep the proof of a yes or a no. Evidence is only ever added; it does not lift an opt-out."""
    proof = {
        "text_shown": evidence.text_shown,
        "proof": evidence.proof,
        "recorded_by": None if evidence.recorded_by is None else str(evidence.recorded_by),
    }
    row = {
        "company_id": uow.company_id,
        "id": new_id(),
        "contact_id": evidence.contact_id,
        "channel_kind": evidence.channel_kind,
        "category": evidence.category,
        "granted": evidence.granted,
        "method": evidence.method,
        "evidence": {name: value for name, value in proof.items() if value is not None},
        "created_at": evidence.at or clock.now(),
    }
    await queries.add_evidence(uow.session, [row])


async def history(uow: UnitOfWork, contact_id: UUID) -> list[Consent]:
    """Every yes and no of a contact, oldest first."""
    return await queries.evidence_of(uow.session, contact_id)


async def opted_out(uow: UnitOfWork, channel_kind: ChannelKind, keys: Collection[str]) -> frozenset[str]:
    """Those of ``keys`` that must not be written to on this channel kind."""
    return await queries.keys_in_force(uow.session, channel_kind, keys) if keys else frozenset()


_Reached = tuple[ChannelKind, str]


async def _spread(uow: UnitOfWork, wishes: Sequence[Wish]) -> dict[_Reached, Wish]:
    """The wishes by address, among them every other address of the same people."""
    reached: dict[_Reached, Wish] = {}
    for kind in {wish.channel_kind for wish in wishes}:
        people = {wish.contact_id: wish for wish in wishes if wish.channel_kind is kind and wish.contact_id}
        others = await queries.keys_of_contacts(uow.session, people.keys(), _REACHED[kind])
        reached.update({(kind, key): people[contact_id] for contact_id, key in others})
    reached.update({(wish.channel_kind, wish.match_key): wish for wish in wishes})
    return reached


def _opt_out_row(company_id: UUID, wish: Wish, address: _Reached) -> dict[str, Any]:
    return {
        "company_id": company_id,
        "id": new_id(),
        "channel_kind": wish.channel_kind,
        "match_key": address[1],
        "contact_id": wish.contact_id,
        "reason": wish.method,
        "evidence": wish.evidence,
        "created_at": wish.at or clock.now(),
    }


def _evidence_rows(company_id: UUID, wishes: Sequence[Wish], *, granted: bool) -> list[dict[str, Any]]:
    return [
        {
            "company_id": company_id,
            "id": new_id(),
            "contact_id": wish.contact_id,
            "channel_kind": wish.channel_kind,
            "category": MARKETING,
            "granted": granted,
            "method": wish.method,
            "evidence": wish.evidence,
            "created_at": wish.at or clock.now(),
        }
        for wish in wishes
        if wish.contact_id is not None
    ]
