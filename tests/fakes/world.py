"""Rows a test begins with: channels, contacts, campaigns, written as a company's own code would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import insert, text

from engine import channels
from engine.contacts.phone import match_key
from engine.context import Engine
from engine.ids import new_id
from engine.models import (
    Campaign,
    CampaignState,
    Channel,
    ChannelKind,
    ChannelMode,
    Contact,
    ContactIdentity,
    IdentityKind,
    Provider,
)
from engine.vault import Place

SECRETS = {
    Provider.META: {"access_token": "simulated", "app_secret": "simulated-app-secret", "verify_token": "v"},
    Provider.TWILIO: {"auth_token": "simulated-auth-token"},
}


async def make_channel(
    engine: Engine, company_id: UUID, *, provider: Provider = Provider.META, rate: float = 1000.0
) -> UUID:
    """A simulated number, fast enough that no test waits for its pace."""
    channel_id, number = uuid4(), uuid4().int
    keys = await engine.keys(company_id)
    cell = keys.seal(Place(company_id, "channel", "secrets", channel_id), orjson.dumps(SECRETS[provider]))
    meta = provider is Provider.META
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            insert(Channel).values(
                company_id=company_id,
                id=channel_id,
                kind=ChannelKind.WHATSAPP if meta else ChannelKind.SMS,
                provider=provider,
                mode=ChannelMode.SIMULATOR,
                name="Loja",
                sender=f"{number % 10**15:015d}" if meta else f"+5511{number % 10**8:08d}",
                account="215589313241560883" if meta else f"AC{number % 16**32:032x}",
                secrets=cell,
                rate=rate,
            )
        )
        await uow.session.execute(text(f"NOTIFY {channels.NOTIFY}"))
    return channel_id


def phones(count: int, *, suffix: str | None = None) -> list[str]:
    """Brazilian mobiles in E.164. ``suffix``, the last four digits, asks the simulator for a behavior."""
    if suffix is not None:
        return [f"+55119{7000 + n:04d}{suffix}" for n in range(count)]
    return [f"+55119{70001000 + n:08d}" for n in range(count)]


async def make_contacts(engine: Engine, company_id: UUID, numbers: Sequence[str]) -> list[UUID]:
    rows = [(new_id(), number) for number in numbers]
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            insert(Contact),
            [
                {"company_id": company_id, "id": id_, "name": f"Ana {n}", "name_folded": f"ana {n}"}
                for n, (id_, _) in enumerate(rows)
            ],
        )
        await uow.session.execute(
            insert(ContactIdentity),
            [
                {
                    "company_id": company_id,
                    "id": new_id(),
                    "contact_id": id_,
                    "kind": IdentityKind.PHONE,
                    "value": number,
                    "match_key": match_key(number),
                }
                for id_, number in rows
            ],
        )
    return [id_ for id_, _ in rows]


async def make_campaign(engine: Engine, company_id: UUID, channel_id: UUID, **values: Any) -> UUID:
    campaign_id = uuid4()
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            insert(Campaign).values(
                {
                    "company_id": company_id,
                    "id": campaign_id,
                    "channel_id": channel_id,
                    "name": "Natal",
                    "content": {"type": "text", "body": "Oi {{nome}}!"},
                    "audience": {"everyone": True},
                    "state": CampaignState.DRAFT,
                    **values,
                }
            )
        )
    return campaign_id
