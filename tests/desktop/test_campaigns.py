"""The list of campaigns: states and progress, pages and filter, verbs, live changes and permissions."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from PySide6.QtWidgets import QPushButton, QToolButton

from desktop.campaigns.view import CampaignsView
from desktop.shell.presenter import Phase
from embedded_server.contract.campaigns import CampaignStateName
from embedded_server.contract.labels import Color
from embedded_server.contract.live import LiveEvent
from engine import campaigns, clock
from engine.models import CampaignState, Role
from tests.desktop.campaigns_kit import behind, made, prepare, screen, settle
from tests.desktop.conftest import make_surroundings
from tests.fakes import world
from tests.fakes.poll import until

#: As mission.md and ux.md 5 have them.
BADGES = {
    "sending": ("Enviando", Color.BLUE, True),
    "queued": ("Na fila", Color.YELLOW, False),
    "paused": ("Pausada", Color.ORANGE, False),
    "completed": ("Concluída", Color.GREEN, False),
    "failed": ("Falha", Color.RED, False),
    "scheduled": ("Agendada", Color.PURPLE, False),
    "cancelled": ("Cancelada", Color.NEUTRAL, False),
    "draft": ("Rascunho", Color.NEUTRAL, False),
}


@pytest.fixture
def channel(server, shop):
    return server.run(prepare, server.engine, shop)[0]


def row_of(view: CampaignsView, name: str):
    return next(row for row in view.list.rows if row.campaign and row.campaign.name == name)


def test_43_every_state_has_its_own_badge(server, shop, channel, surroundings, run_qt, show) -> None:
    for state in BADGES:
        server.run(made, server.engine, shop, channel, state, name=state)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            shown = {name: row_of(view, name).badge for name in BADGES}
            found = {name: (badge.text, badge.color, badge._pulses) for name, badge in shown.items()}
            assert found == BADGES
            assert [row.campaign.name for row in view.list.rows[:8]] == list(reversed(BADGES))

    run_qt(scenario())


def test_progress_reads_312_of_500(server, shop, channel, surroundings, run_qt, show) -> None:
    campaign = server.run(made, server.engine, shop, channel, "sending", name="Natal")
    server.run(settle, server.engine, shop, campaign, dispatched=2, skipped=1)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            row = row_of(view, "Natal")
            assert row.count.whole() == "2 / 4"
            assert row.progress.accessibleName() == "2 de 4"
            assert row.pause.isVisible()
            assert not row.resume.isVisible()
            assert "WhatsApp · Loja" in row.below.whole()

    run_qt(scenario())


def test_pages_of_ten_newest_first(server, shop, channel, surroundings, run_qt, show) -> None:
    for n in range(13):
        server.run(made, server.engine, shop, channel, name=f"Campanha {n}")

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            names = [row.campaign.name for row in view.list.rows]
            assert names == [f"Campanha {n}" for n in range(12, 2, -1)]
            view.list.pager.forth.click()
            await until(lambda: view.presenter.phase is Phase.READY and view.presenter.page == 2)
            await until(lambda: len(view.presenter.rows) == 3)
            assert sum(row.isVisible() for row in view.list.rows) == 3
            assert not view.list.pager.forth.isEnabled()
            view.list.pager.back.click()
            await until(lambda: len(view.presenter.rows) == 10)

    run_qt(scenario())


def test_the_filter_shows_one_state_and_says_when_there_is_none(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    server.run(made, server.engine, shop, channel, name="Rascunho 1")
    server.run(made, server.engine, shop, channel, "completed", name="Feita")

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            view.list._filter(CampaignStateName.COMPLETED)
            await until(lambda: [row.name for row in view.presenter.rows] == ["Feita"])
            view.list._filter(CampaignStateName.FAILED)
            await until(lambda: view.presenter.phase is Phase.EMPTY)
            assert view.list.empty.title.whole() == "Nenhuma campanha nesta situação"
            view.list.empty.button.click()
            await until(lambda: len(view.presenter.rows) == 2)

    run_qt(scenario())


def test_the_empty_list_names_the_next_step(server, shop, surroundings, run_qt, show) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            assert view.list.empty.button.text() == "Nova campanha"
            view.list.empty.button.click()
            await until(lambda: view.wizard.presenter.phase is Phase.EMPTY)
            assert view.wizard.content.empty.button.text() == "Abrir Conexões"

    run_qt(scenario())


def test_43_pausing_and_resuming_twice_is_doing_it_once(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    campaign = server.run(made, server.engine, shop, channel, "queued", name="Natal")
    said: list[str] = []

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            view.presenter.failed.connect(said.append)
            row = row_of(view, "Natal")
            row.pause.click()
            row.pause.click()
            await until(lambda: row.campaign.state is CampaignStateName.PAUSED)
            # The state another hand has reached already is what was wanted.
            view.presenter.act(campaign, "pause")
            await until(lambda: not view.presenter._busy)
            row.resume.click()
            await until(lambda: row.campaign.state is CampaignStateName.QUEUED)
            view.presenter.act(campaign, "resume")
            await until(lambda: not view.presenter._busy)
        assert said == []

    run_qt(scenario())


def test_a_verb_that_no_longer_fits_says_so(server, shop, channel, surroundings, run_qt, show) -> None:
    campaign = server.run(made, server.engine, shop, channel, "completed", name="Natal")
    said: list[str] = []

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            view.presenter.failed.connect(said.append)
            view.presenter.act(campaign, "pause")
            await until(lambda: bool(said))

    run_qt(scenario())
    assert said == ["Só uma campanha na fila ou em envio pode ser pausada."]


def test_what_others_do_is_seen_live(server, shop, channel, surroundings, run_qt, show) -> None:
    campaign = server.run(made, server.engine, shop, channel, "queued", name="Natal")

    async def pause() -> None:
        async with server.engine.unit_of_work(shop) as uow:
            await campaigns.pause(uow, campaign)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            surroundings.session.listen()
            await asyncio.sleep(0.3)
            await behind(server, pause)
            await until(lambda: row_of(view, "Natal").badge.text == "Pausada")

    run_qt(scenario())


def test_200_events_are_a_handful_of_requests(server, shop, channel, surroundings, run_qt, show) -> None:
    server.run(made, server.engine, shop, channel, "sending", name="Natal")
    looks: list[int] = []

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            view.presenter.changed.connect(lambda: looks.append(1))
            for seq in range(200):
                surroundings.session.happened.emit(progressed(seq))
                await asyncio.sleep(0.004)
            await until(lambda: view.presenter._gathering.is_settled)
            assert 1 <= len(looks) <= 5

    run_qt(scenario())


def test_a_list_nobody_looks_at_asks_nothing(server, shop, channel, surroundings, run_qt, show) -> None:
    server.run(made, server.engine, shop, channel, "sending", name="Natal")
    looks: list[int] = []

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            view.hidden()
            view.presenter.changed.connect(lambda: looks.append(1))
            surroundings.session.happened.emit(progressed(1))
            await asyncio.sleep(0.5)
            assert looks == []
            view.shown()
            await until(lambda: looks == [1])

    run_qt(scenario())


def progressed(seq: int) -> LiveEvent:
    payload = {"campaign_id": str(uuid4()), "counts": {"accepted": 1}}
    return LiveEvent(seq=seq, topic="campaign.progressed", payload=payload, at=clock.now())


def test_a_draft_is_deleted_after_a_question(server, shop, channel, surroundings, run_qt, show) -> None:
    server.run(made, server.engine, shop, channel, name="Natal")
    toasts: list[str] = []

    async def scenario() -> None:
        surroundings.notices.toasted.connect(lambda toast: toasts.append(toast.text))
        async with screen(surroundings, show) as view:
            row_of(view, "Natal").thrown_away.emit()
            assert "Natal" in view.confirm.text.whole()
            view.confirm.yes.click()
            await until(lambda: view.presenter.phase is Phase.EMPTY)

    run_qt(scenario())
    assert toasts == ["Rascunho excluído: Natal"]


def test_a_copy_opens_as_a_draft(server, shop, channel, surroundings, run_qt, show) -> None:
    server.run(made, server.engine, shop, channel, "completed", name="Natal")

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            row_of(view, "Natal").copied.emit()
            await until(lambda: view.pages.currentWidget() is view.wizard)
            await until(lambda: view.wizard.presenter.phase is Phase.READY)
            assert view.wizard.name.text() == "Natal (cópia)"
            assert view.wizard.presenter.plan.text == "Oi {{nome}}!"

    run_qt(scenario())


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT])
def test_who_may_only_look_sees_no_buttons(server, shop, channel, run_qt, show, tmp_path, role) -> None:
    server.run(made, server.engine, shop, channel, "queued", name="Natal")
    sending = server.run(made, server.engine, shop, channel, "sending", name="Indo")
    around = make_surroundings(server.url, server.sign_in(shop, role), tmp_path / "desktop")

    async def scenario() -> None:
        async with screen(around, show) as view:
            row = row_of(view, "Natal")
            shown = [
                button for button in (row.pause, row.resume, row.more, view.list.new) if button.isVisible()
            ]
            assert shown == []
            view.open(("new", None))
            assert view.pages.currentWidget() is view.list
            view.open(sending)
            await until(lambda: view.details_presenter.ledger is not None)
            await until(view.details.name.isVisible)
            details = view.details
            verbs = (details.pause, details.resume, details.cancel, details.copy, details.report.save)
            assert [verb for verb in verbs if verb.isVisibleTo(details)] == []

    run_qt(scenario())


def test_49_every_control_has_a_name_and_is_reached_by_tab(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    server.run(made, server.engine, shop, channel, "sending", name="Natal")

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            buttons = [*view.list.findChildren(QPushButton), *view.list.findChildren(QToolButton)]
            shown = [button for button in buttons if button.isVisible()]
            assert all(button.accessibleName() or button.text() for button in shown)
            assert all(button.focusPolicy() & 1 for button in shown)
            assert row_of(view, "Natal").accessibleName() == "Natal, Enviando, 0 / 5"

    run_qt(scenario())


def test_an_engine_that_went_away_leaves_the_list_and_says_so(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    server.run(made, server.engine, shop, channel, name="Natal")

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            await asyncio.to_thread(server.go_away)
            view.presenter.reload()
            await until(lambda: view.presenter.phase is Phase.FAILED)
            assert row_of(view, "Natal").isVisible()
            assert "motor não responde" in view.list.content.stale_text.whole()

    run_qt(scenario())


def test_scheduled_campaigns_say_when(server, shop, surroundings, run_qt, show) -> None:
    async def scheduled() -> None:
        channel_id = await world.make_channel(server.engine, shop)
        campaign_id = await world.make_campaign(server.engine, shop, channel_id, state=CampaignState.DRAFT)
        async with server.engine.unit_of_work(shop) as uow:
            await campaigns.schedule(uow, campaign_id, local="2100-01-12T09:00", timezone="America/Sao_Paulo")

    server.run(scheduled)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            row = row_of(view, "Natal")
            assert row.due.whole() == "12/01/2100 09:00"
            assert row.accessibleName() == "Natal, Agendada, 12/01/2100 09:00"

    run_qt(scenario())
