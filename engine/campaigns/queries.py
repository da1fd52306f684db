"""SQL about campaigns and their recipients; the claim lives in :mod:`engine.campaigns.claims`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.selectable import LateralFromClause

from engine.models import (
    Campaign,
    CampaignState,
    Channel,
    ChannelKind,
    Contact,
    ContactIdentity,
    ContactTag,
    Conversation,
    ConversationChannel,
    IdentityKind,
    OptOut,
    Recipient,
)

#: Which addresses a channel can write to, best first.
REACH = {
    ChannelKind.WHATSAPP: (IdentityKind.WA_ID, IdentityKind.PHONE, IdentityKind.BSUID),
    ChannelKind.SMS: (IdentityKind.PHONE,),
    ChannelKind.VOICE: (IdentityKind.PHONE,),
}

_FREEZE = text("""
    INSERT INTO campaign_recipient
        (company_id, id, campaign_id, contact_id, address_kind, address, match_key, body, params, state,
         reason)
    SELECT :company, r.id, :campaign, r.contact_id, r.kind, r.address, r.match_key, r.body,
           CAST(r.params AS jsonb), r.state, r.reason
    FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:kinds AS text[]),
                CAST(:addresses AS text[]), CAST(:keys AS text[]), CAST(:bodies AS text[]),
                CAST(:params AS text[]), CAST(:states AS text[]), CAST(:reasons AS text[]))
         AS r(id, contact_id, kind, address, match_key, body, params, state, reason)
    ON CONFLICT (company_id, campaign_id, match_key) DO NOTHING
""")

_UNSETTLED = text("""
    SELECT EXISTS (SELECT FROM campaign_recipient
                   WHERE company_id = :company AND campaign_id = :campaign AND state = 'pending')
        OR EXISTS (SELECT FROM attempt a JOIN campaign_recipient r
                       ON r.company_id = a.company_id AND r.id = a.recipient_id
                   WHERE a.company_id = :company AND a.campaign_id = :campaign
                     AND a.state IN ('dispatching', 'uncertain') AND r.state = 'dispatched')
""")


async def find(session: AsyncSession, campaign_id: UUID) -> Campaign | None:
    return await session.scalar(select(Campaign).where(Campaign.id == campaign_id))


async def lock(session: AsyncSession, campaign_id: UUID) -> Campaign | None:
    """Load a campaign and hold its row until the transaction ends."""
    return await session.scalar(select(Campaign).where(Campaign.id == campaign_id).with_for_update())


async def channel_of(session: AsyncSession, channel_id: UUID) -> Channel | None:
    return await session.scalar(select(Channel).where(Channel.id == channel_id))


async def move(
    session: AsyncSession, campaign_id: UUID, expected: Sequence[CampaignState], **values: Any
) -> Campaign | None:
    """Compare-and-swap on the state: None when another hand was faster."""
    statement = (
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.state.in_(expected))
        .values(**values)
        .returning(Campaign)
    )
    return await session.scalar(statement)


async def page(
    session: AsyncSession, before: tuple[Any, UUID] | None, limit: int, state: CampaignState | None = None
) -> list[Campaign]:
    statement = select(Campaign).order_by(Campaign.created_at.desc(), Campaign.id.desc()).limit(limit)
    if state is not None:
        statement = statement.where(Campaign.state == state)
    if before is not None:
        moment, id_ = before
        statement = statement.where(
            or_(Campaign.created_at < moment, and_(Campaign.created_at == moment, Campaign.id < id_))
        )
    return list(await session.scalars(statement))


def audience_condition(audience: dict[str, Any], segment: ColumnElement[bool] | None) -> ColumnElement[bool]:
    """Who belongs to the audience: everyone, or whoever carries a tag, is listed, or fits the segment."""
    if audience.get("everyone"):
        return true()
    parts: list[ColumnElement[bool]] = []
    if tags := [UUID(str(t)) for t in audience.get("tags") or ()]:
        parts.append(
            exists().where(
                ContactTag.company_id == Contact.company_id,
                ContactTag.contact_id == Contact.id,
                ContactTag.tag_id.in_(tags),
            )
        )
    if ids := [UUID(str(c)) for c in audience.get("contact_ids") or ()]:
        parts.append(Contact.id == func.any(literal(ids)))
    if segment is not None:
        parts.append(segment)
    return or_(*parts) if parts else ~true()


async def within_window(session: AsyncSession, channel_id: UUID, people: list[UUID], moment: datetime) -> int:
    """How many of these contacts may be sent free text on a channel at ``moment``."""
    way, talk = ConversationChannel, Conversation
    statement = (
        select(func.count())
        .select_from(talk)
        .join(way, and_(way.company_id == talk.company_id, way.conversation_id == talk.id))
        .where(
            talk.contact_id == func.any(literal(people)),
            way.channel_id == channel_id,
            way.window_expires_at > moment,
        )
    )
    return await session.scalar(statement) or 0


async def people(
    session: AsyncSession, kind: ChannelKind, condition: ColumnElement[bool], after: UUID | None, limit: int
) -> Sequence[Any]:
    """One slice of the audience by id, each with its best address for ``kind`` and whether it opted out.

    ``is_shared`` says that another contact has the same number under another kind of address. Groups are in
    no audience.
    """
    identity, opt_out = _best_address(kind), aliased(OptOut)
    statement = (
        select(
            Contact.id,
            Contact.name,
            Contact.email,
            Contact.custom,
            identity.c.kind,
            identity.c.value,
            identity.c.match_key,
            opt_out.id.is_not(None).label("opted_out"),
            _shared(kind, identity).label("is_shared"),
        )
        .select_from(Contact)
        .outerjoin(identity, true())
        .outerjoin(
            opt_out,
            and_(
                opt_out.company_id == Contact.company_id,
                opt_out.channel_kind == kind,
                opt_out.match_key == identity.c.match_key,
                opt_out.revoked_at.is_(None),
            ),
        )
        .where(Contact.archived_at.is_(None), Contact.subject.is_(None), condition)
        .order_by(Contact.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Contact.id > after)
    return (await session.execute(statement)).all()


def _best_address(kind: ChannelKind) -> LateralFromClause:
    reach = [k.value for k in REACH[kind]]
    return (
        select(ContactIdentity.kind, ContactIdentity.value, ContactIdentity.match_key)
        .where(
            ContactIdentity.company_id == Contact.company_id,
            ContactIdentity.contact_id == Contact.id,
            ContactIdentity.kind.in_(REACH[kind]),
        )
        .order_by(func.array_position(literal(reach), ContactIdentity.kind), ContactIdentity.created_at)
        .limit(1)
        .lateral("identity")
    )


def _shared(kind: ChannelKind, identity: LateralFromClause) -> ColumnElement[bool]:
    # One kind of address has each number once; two people can only share it as a phone and as WhatsApp's id.
    if IdentityKind.WA_ID not in REACH[kind]:
        return false()
    other = aliased(ContactIdentity)
    twin = case((identity.c.kind == IdentityKind.PHONE, IdentityKind.WA_ID), else_=IdentityKind.PHONE)
    return exists().where(
        other.company_id == Contact.company_id,
        other.kind == twin,
        other.match_key == identity.c.match_key,
        other.contact_id != Contact.id,
    )


async def freeze(
    session: AsyncSession, company_id: UUID, campaign_id: UUID, columns: dict[str, list[Any]]
) -> int:
    result = await session.execute(_FREEZE, {"company": company_id, "campaign": campaign_id, **columns})
    return int(getattr(result, "rowcount", 0))


async def unsettled(session: AsyncSession, company_id: UUID, campaign_id: UUID) -> bool:
    """Whether anybody is still waiting, on the way, or in doubt (promise P2)."""
    return bool(await session.scalar(_UNSETTLED, {"company": company_id, "campaign": campaign_id}))


async def sending_on(session: AsyncSession, channel_id: UUID) -> list[UUID]:
    statement = select(Campaign.id).where(
        Campaign.channel_id == channel_id, Campaign.state.in_((CampaignState.QUEUED, CampaignState.SENDING))
    )
    return list(await session.scalars(statement))


async def cancel_pending(session: AsyncSession, campaign_id: UUID) -> int:
    statement = (
        update(Recipient)
        .where(Recipient.campaign_id == campaign_id, Recipient.state == "pending")
        .values(state="cancelled")
    )
    result = await session.execute(statement)
    return int(getattr(result, "rowcount", 0))


async def zones(session: AsyncSession, campaign_id: UUID, default: str) -> list[str]:
    """The time zones of a campaign's recipients, the campaign's own among them."""
    statement = select(Recipient.timezone).where(
        Recipient.campaign_id == campaign_id, Recipient.timezone.is_not(None)
    )
    found = await session.scalars(statement.distinct())
    return sorted({default, *(zone for zone in found if zone)})
