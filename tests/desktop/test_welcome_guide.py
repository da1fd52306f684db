"""First steps: shown to whoever can take them, ticked by what the appliance says, gone when they are done."""

from __future__ import annotations

import asyncio

import pytest

from desktop.welcome.guide import FirstSteps
from engine.events import ContactChanged
from engine.models import CampaignState, Role
from tests.desktop.conftest import make_surroundings
from tests.fakes import world
from tests.fakes.poll import until


@pytest.fixture
def guide(run_qt, surroundings, show) -> FirstSteps:
    return make_guide(surroundings, show)


def make_guide(surroundings, show) -> FirstSteps:
    made = FirstSteps(surroundings)
    show(made, 1200, 200)
    made.hide()
    return made


def ticked(guide: FirstSteps) -> list[bool]:
    return [not step.button.isVisibleTo(guide) for step in guide.steps]


def test_a_new_company_sees_three_steps_and_is_led_to_the_first(run_qt, guide, surroundings) -> None:
    async def scenario() -> None:
        wanted: list[object] = []
        surroundings.navigator.wanted.connect(lambda name, target: wanted.append(target or name))
        guide.begin()
        await until(guide.isVisible)
        assert ticked(guide) == [False, False, False]
        for step in guide.steps:
            step.button.click()
        guide.steps[0].other.click()
        assert wanted == ["channels", "contacts", "campaigns", "simulator"]
        assert [step.other.isVisibleTo(guide) for step in guide.steps] == [True, False, False]
        await surroundings.session.close()

    run_qt(scenario())


def test_a_step_is_ticked_when_it_was_taken_anywhere(run_qt, guide, surroundings, server, shop) -> None:
    async def scenario() -> None:
        surroundings.session.listen()
        guide.begin()
        await until(guide.isVisible)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.run, make_all_but_the_campaign, server.engine, shop)
        await until(lambda: ticked(guide) == [True, True, False])
        assert guide.count.whole() == "2 de 3"
        await surroundings.session.close()

    run_qt(scenario())


async def make_all_but_the_campaign(engine, shop) -> None:
    await world.make_channel(engine, shop)
    contact_id = (await world.make_contacts(engine, shop, ["+5511970001000"]))[0]
    async with engine.unit_of_work(shop) as uow:
        uow.announce(ContactChanged(company_id=shop, contact_id=contact_id))


async def make_everything(engine, shop) -> None:
    await make_all_but_the_campaign(engine, shop)
    channel_id = await world.make_channel(engine, shop)
    await world.make_campaign(engine, shop, channel_id, state=CampaignState.SENDING)
    async with engine.unit_of_work(shop) as uow:
        uow.announce(ContactChanged(company_id=shop, contact_id=channel_id))


def test_when_all_is_done_it_can_be_finished_and_stays_away(
    run_qt, guide, surroundings, server, shop, show
) -> None:
    async def scenario() -> None:
        surroundings.session.listen()
        guide.begin()
        await until(guide.isVisible)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.run, make_everything, server.engine, shop)
        await until(guide.finish.isVisible)
        assert ticked(guide) == [True, True, True]
        guide.finish.click()
        assert not guide.isVisible()
        again = make_guide(surroundings, show)
        again.begin()
        assert not again.presenter.tasks.is_running("load")
        await surroundings.session.close()

    run_qt(scenario())


def test_put_away_it_does_not_come_back(run_qt, guide, surroundings, show) -> None:
    async def scenario() -> None:
        told: list[bool] = []
        guide.wanted_changed.connect(told.append)
        guide.begin()
        await until(guide.isVisible)
        guide.put_away.click()
        assert (guide.isVisible(), told) == (False, [True, False])
        again = make_guide(surroundings, show)
        again.begin()
        assert not again.presenter.tasks.is_running("load")
        await surroundings.session.close()

    run_qt(scenario())


def test_a_company_that_works_already_is_not_bothered(run_qt, guide, surroundings, server, shop) -> None:
    async def scenario() -> None:
        await asyncio.to_thread(server.run, make_everything, server.engine, shop)
        guide.begin()
        await until(lambda: not guide.presenter.tasks.is_running("load"))
        assert guide.presenter.progress.is_whole
        assert not guide.isVisible()
        await surroundings.session.close()

    run_qt(scenario())


def test_who_may_not_take_the_steps_is_not_shown_them(run_qt, server, shop, tmp_path, show) -> None:
    async def scenario() -> None:
        agent = await asyncio.to_thread(server.sign_in, shop, Role.AGENT)
        around = make_surroundings(server.url, agent, tmp_path / "agent")
        guide = make_guide(around, show)
        guide.begin()
        assert not guide.presenter.tasks.is_running("load")
        await around.session.close()

    run_qt(scenario())
