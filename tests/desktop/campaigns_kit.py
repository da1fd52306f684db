"""The screen Campanhas before a real server: rows to look at, and hands to click with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text

from desktop.campaigns import wording
from desktop.campaigns.gathering import Gathering
from desktop.campaigns.view import CampaignsView
from desktop.campaigns.wizard.view import WizardView
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.screen import Surroundings
from engine import clock
from engine.campaigns import launch
from engine.context import Engine
from engine.ids import new_id
from engine.models import CampaignState, MessageTemplate
from tests.fakes import world
from tests.fakes.poll import until
from tests.fakes.running_server import RunningServer


async def behind(server: RunningServer, work: Callable[..., Awaitable[Any]], *args: Any, **how: Any) -> Any:
    """Do something on the server's side while the window goes on living."""
    return await asyncio.to_thread(server.run, work, *args, **how)


async def made(engine: Engine, shop: UUID, channel_id: UUID, state: str = "draft", **values: Any) -> UUID:
    """A campaign in a state; where that means it was started, its recipients are written down."""
    if state in ("draft", "scheduled"):
        return await world.make_campaign(engine, shop, channel_id, state=CampaignState(state), **values)
    campaign_id = await world.make_campaign(engine, shop, channel_id, state=CampaignState.QUEUED, **values)
    if state != "queued":
        await launch(engine, shop, campaign_id)
        await change(engine, shop, campaign_id, state=state)
    return campaign_id


async def change(engine: Engine, shop: UUID, campaign_id: UUID, **values: str) -> None:
    async with engine.unit_of_work(shop) as uow:
        for name, value in values.items():
            statement = text(f"UPDATE campaign SET {name} = :value WHERE id = :id")
            await uow.session.execute(statement, {"value": value, "id": campaign_id})


async def settle(engine: Engine, shop: UUID, campaign_id: UUID, **states: int) -> None:
    """Put so many of those who wait into each state."""
    async with engine.unit_of_work(shop) as uow:
        for state, people in states.items():
            await uow.session.execute(
                text("""UPDATE campaign_recipient SET state = :state, reason = '131026' WHERE id IN (
                     SELECT id FROM campaign_recipient WHERE campaign_id = :campaign AND state = 'pending'
                     ORDER BY id LIMIT :people)"""),
                {"state": state, "people": people, "campaign": campaign_id},
            )


async def prepare(engine: Engine, shop: UUID, people: int = 5, rate: float = 1.0) -> tuple[UUID, list[UUID]]:
    """A WhatsApp number with a price, and contacts."""
    channel_id = await world.make_channel(engine, shop, rate=rate)
    async with engine.unit_of_work(shop) as uow:
        price = '{"price": {"amount": 0.35, "currency": "BRL"}}'
        await uow.session.execute(text("UPDATE channel SET settings = CAST(:p AS jsonb)"), {"p": price})
    return channel_id, await world.make_contacts(engine, shop, world.phones(people))


async def give_template(engine: Engine, shop: UUID, channel_id: UUID, seed: dict[str, Any]) -> None:
    """A template as a synchronisation would have left it."""
    told = {"items": seed["components"], "parameter_format": seed["parameter_format"]}
    columns = {name: seed[name] for name in ("name", "language", "category", "status")}
    async with engine.unit_of_work(shop) as uow:
        await uow.session.execute(
            insert(MessageTemplate).values(
                company_id=shop,
                id=new_id(),
                channel_id=channel_id,
                provider_template_id=seed["id"],
                components=told,
                synced_at=clock.now(),
                **columns,
            )
        )


@asynccontextmanager
async def screen(around: Surroundings, show: Any, size: tuple[int, int] = (1216, 800)) -> Any:
    """The screen, shown and loaded; the session ends with it."""
    view = CampaignsView(around)
    show(view, *size)
    await until(lambda: view.presenter.phase is not Phase.LOADING)
    try:
        yield view
    finally:
        await put_away(view)
        await around.session.close()


async def put_away(view: CampaignsView) -> None:
    """As when the window's page goes: nothing is asked for any more."""
    for gathering in view.findChildren(Gathering):
        gathering._is_wished = False
        gathering._timer.stop()
    for presenter in view.findChildren(Presenter):
        presenter.tasks.cancel_all()
    await asyncio.sleep(0.03)


async def new_campaign(view: CampaignsView) -> WizardView:
    view.list.new.click() if view.list.new.isVisible() else view.list.empty.button.click()
    wizard = view.wizard
    await until(lambda: wizard.presenter.phase is not Phase.LOADING)
    return wizard


async def step(wizard: WizardView, to: int) -> None:
    """One step at a time, as a person goes: each is built when it is first seen."""
    wizard.go(to)
    await asyncio.sleep(0.02)


async def write(wizard: WizardView, words: str) -> None:
    """Free text, on step 2."""
    await step(wizard, wording.MESSAGE)
    wizard.message.kind._buttons["text"].click()
    wizard.message.text.area.setPlainText(words)


async def sql(server: RunningServer, shop: UUID, statement: str) -> list[Any]:
    """For ``server.run`` and :func:`behind`."""
    async with server.engine.unit_of_work(shop) as uow:
        result = await uow.session.execute(text(statement))
        return [tuple(row) for row in result.all()] if result.returns_rows else []


async def counted(wizard: WizardView) -> Any:
    """The flight plan, once it is about what is on the screen."""
    await until(lambda: wizard.presenter.is_current)
    return wizard.presenter.flight


async def opened(view: CampaignsView, campaign: object) -> Any:
    """The details of a campaign, once they are here."""
    view.open(campaign)
    await until(lambda: view.details_presenter.phase is Phase.READY)
    return view.details
