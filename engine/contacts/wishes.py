"""What the team records of a contact's wishes: to be left alone, or to hear from us again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from engine import consent
from engine.consent import Method, Wish
from engine.contacts.service import find
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError
from engine.models import ChannelKind, Consent, ContactIdentity, IdentityKind

#: Addresses by which a person is reached on one kind of channel, the surest first.
_REACHED_BY: dict[ChannelKind, tuple[IdentityKind, ...]] = {
    ChannelKind.WHATSAPP: (IdentityKind.WA_ID, IdentityKind.PHONE, IdentityKind.BSUID, IdentityKind.LID),
    ChannelKind.SMS: (IdentityKind.PHONE,),
    ChannelKind.VOICE: (IdentityKind.PHONE,),
}


class NotReachable(EngineError):
    """This contact has no address on this channel, so there is nothing to stop or to allow."""


@dataclass(frozen=True, slots=True)
class Told:
    """A wish as somebody of the team heard it; ``said`` is the proof that is kept."""

    channel_kind: ChannelKind
    said: str = field(repr=False)
    recorded_by: UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a contact must not be written to, and every yes and no so far, oldest first."""

    opted_out: list[ChannelKind]
    history: Sequence[Consent]


async def opt_out(uow: UnitOfWork, contact_id: UUID, told: Told) -> bool:
    """Stop every address of a contact on one kind of channel; whether it was not stopped before.

    Raises:
        ContactNotFound, NotReachable
    """
    return await consent.record_opt_out(uow, await _wish(uow, contact_id, told))


async def opt_in(uow: UnitOfWork, contact_id: UUID, told: Told) -> bool:
    """Let a contact be written to again, at its own wish; whether it was stopped before.

    Raises:
        ContactNotFound, NotReachable
    """
    return await consent.record_opt_in(uow, await _wish(uow, contact_id, told))


async def standing(uow: UnitOfWork, contact_id: UUID) -> Standing:
    """Raises:
    ContactNotFound
    """
    addresses = (await find(uow, contact_id)).addresses
    stopped = [kind for kind in ChannelKind if await consent.opted_out(uow, kind, _keys(addresses, kind))]
    return Standing(stopped, await consent.history(uow, contact_id))


async def _wish(uow: UnitOfWork, contact_id: UUID, told: Told) -> Wish:
    keys = _keys((await find(uow, contact_id)).addresses, told.channel_kind)
    if not keys:
        raise NotReachable
    return Wish(
        channel_kind=told.channel_kind,
        match_key=keys[0],
        method=Method.TEAM,
        contact_id=contact_id,
        evidence={"said": told.said, "recorded_by": str(told.recorded_by)},
    )


def _keys(addresses: Collection[ContactIdentity], channel_kind: ChannelKind) -> list[str]:
    kinds = _REACHED_BY[channel_kind]
    reached = [address for address in addresses if address.kind in kinds]
    return [address.match_key for address in sorted(reached, key=lambda one: kinds.index(one.kind))]
