"""The running view: numbers that live, and decisions that are asked for."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import text

from desktop.campaigns.details.numbers import Numbers
from desktop.shell.presenter import Phase
from embedded_server.contract.campaigns import LedgerOut
from embedded_server.contract.live import LiveEvent
from engine import clock
from engine.ids import new_id
from engine.models import Role
from tests.desktop.campaigns_kit import behind, change, made, opened, prepare, screen, settle
from tests.desktop.conftest import make_surroundings
from tests.fakes.poll import until


@pytest.fixture
def channel(server, shop):
    return server.run(prepare, server.engine, shop, 12)[0]


@pytest.fixture
def sending(server, shop, channel):
    return server.run(made, server.engine, shop, channel, "sending", name="Natal")


NUMBERS = {
    "Planejados": "12",
    "Enviados": "6",
    "Entregues": "6",
    "Lidos": "0",
    "Respondidos": "0",
    "Falhas": "2",
    "Não confirmados": "1",
}


def test_the_numbers_of_a_campaign_and_its_funnel(server, shop, sending, surroundings, run_qt, show) -> None:
    server.run(accept, server, shop, sending, 6)
    server.run(settle, server.engine, shop, sending, failed=2, skipped=1, unconfirmed=1)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            details = await opened(view, sending)
            shown = {card.title.whole(): card.value.whole() for card in details.numbers.cards.values()}
            assert shown == NUMBERS
            assert [row[:2] for row in details.numbers.funnel.table()] == [
                ["Enviados", "6"],
                ["Entregues", "6"],
                ["Lidos", "0"],
                ["Respondidos", "0"],
            ]
            failures = details.numbers.failures.body.itemAt(0).widget().whole()
            assert failures == "2 · Este número não pode receber pelo WhatsApp"

    run_qt(scenario())


async def accept(server, shop, campaign, people: int) -> None:
    async with server.engine.unit_of_work(shop) as uow:
        await uow.session.execute(
            text("""WITH gone AS (UPDATE campaign_recipient SET state = 'dispatched', tries = 1 WHERE id IN (
                    SELECT id FROM campaign_recipient WHERE campaign_id = :c AND state = 'pending'
                    ORDER BY id LIMIT :n) RETURNING *)
                INSERT INTO attempt (company_id, id, channel_id, campaign_id, recipient_id, address_kind,
                                     address, state, receipt, epoch)
                SELECT g.company_id, gen_random_uuid(), c.channel_id, c.id, g.id, g.address_kind, g.address,
                       'accepted', 'delivered', 1
                FROM gone g JOIN campaign c ON c.id = g.campaign_id"""),
            {"c": campaign, "n": people},
        )


def test_the_counters_are_alive_and_200_events_are_few_requests(
    server, shop, sending, surroundings, run_qt, show
) -> None:
    looks: list[int] = []

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            details = await opened(view, sending)
            view.details_presenter.changed.connect(lambda: looks.append(1))
            await behind(server, accept, server, shop, sending, 4)
            for seq in range(200):
                payload = {"campaign_id": str(sending), "counts": {"accepted": 1}}
                event = LiveEvent(seq=seq, topic="campaign.progressed", payload=payload, at=clock.now())
                surroundings.session.happened.emit(event)
                await asyncio.sleep(0.004)
            await until(lambda: details.numbers.cards["sent"].value.whole() == "4")
            await until(lambda: view.details_presenter._gathering.is_settled)
            assert len(looks) <= 5

    run_qt(scenario())


def test_43_cancelling_asks_and_says_how_many_will_not_be_written_to(
    server, shop, sending, surroundings, run_qt, show
) -> None:
    server.run(settle, server.engine, shop, sending, failed=2)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            details = await opened(view, sending)
            details.cancel.click()
            assert details.confirm.text.whole().startswith("10 contatos não vão receber.")
            details.confirm.yes.click()
            await until(lambda: details.badge.text == "Cancelada")
            assert not details.cancel.isVisible()
            view.details_presenter.act("cancel")
            await until(lambda: not view.details_presenter.tasks.is_running("act"))
            await until(lambda: "Canceladas antes do envio: 10" in waiting(details))

    run_qt(scenario())


def test_who_waits_for_a_linked_numbers_room_is_told_until_when(show) -> None:
    fields = dict.fromkeys(LedgerOut.model_fields, 0) | {"skipped": {}, "failed": {}}
    until_when = datetime(2026, 11, 26, 9).astimezone()
    held = {"pending": 5, "held": {"first_messages_spent": 5}, "held_until": until_when}
    numbers = show(Numbers())

    numbers.show_ledger(LedgerOut.model_validate(fields | held))

    assert lines_of(numbers.waiting)[1].startswith("Pessoas novas aguardam até 26/11/2026 09:00 (5):")


def waiting(details) -> list[str]:
    return lines_of(details.numbers.waiting)


def lines_of(card) -> list[str]:
    body = card.body
    return [body.itemAt(n).widget().whole() for n in range(body.count())]


def test_why_it_stands_still_and_what_to_do(server, shop, sending, surroundings, run_qt, show) -> None:
    server.run(change, server.engine, shop, sending, state="paused", stop_reason="132015")

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            details = await opened(view, sending)
            assert details.standstill.title.whole() == "Parou sozinha"
            assert details.standstill.words.whole() == (
                "A Meta pausou este modelo por causa da qualidade. Duplique a campanha e escolha outro."
            )
            assert details.resume.isVisible()

    run_qt(scenario())


@pytest.mark.parametrize(("place", "badge"), [(0, "Na fila"), (1, "Cancelada")])
def test_sc_01_a_missed_start_asks_and_does_what_is_answered(
    server, shop, channel, surroundings, run_qt, show, place, badge
) -> None:
    campaign = server.run(made, server.engine, shop, channel, "queued", name="Natal")
    server.run(change, server.engine, shop, campaign, state="paused", stop_reason="start_missed")

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            details = await opened(view, campaign)
            assert details.standstill.title.whole() == "O início foi perdido. Enviar agora?"
            texts = [button.text() for button in details.standstill.buttons]
            assert texts == ["Enviar agora", "Não enviar"]
            details.standstill.buttons[place].click()
            if place:
                details.confirm.yes.click()
            await until(lambda: details.badge.text == badge)

    run_qt(scenario())


def test_people_in_doubt_are_written_to_again_only_after_a_warning(
    server, shop, sending, surroundings, run_qt, show
) -> None:
    toasts: list[str] = []
    server.run(doubt, server, shop, sending)

    async def scenario() -> None:
        surroundings.notices.toasted.connect(lambda toast: toasts.append(toast.text))
        async with screen(surroundings, show) as view:
            details = await opened(view, sending)
            assert details.doubt.title.whole() == "3 contatos não confirmados"
            assert details.doubt.buttons[0].text() == "Enviar de novo mesmo assim"
            details.doubt.buttons[0].click()
            assert "recebe duas vezes" in details.confirm.text.whole()
            details.confirm.yes.click()
            await until(lambda: not details.doubt.isVisible())

    run_qt(scenario())
    assert toasts == ["Enviando de novo a 3 contatos."]


async def doubt(server, shop, campaign) -> None:
    await accept(server, shop, campaign, 3)
    async with server.engine.unit_of_work(shop) as uow:
        await uow.session.execute(text("UPDATE attempt SET state = 'uncertain', receipt = NULL"))
        await uow.session.execute(
            text("UPDATE campaign_recipient SET state = 'unconfirmed' WHERE state = 'dispatched'")
        )


def test_a_viewer_reads_and_decides_nothing(server, shop, sending, run_qt, show, tmp_path) -> None:
    server.run(change, server.engine, shop, sending, state="paused", stop_reason="start_missed")
    server.run(doubt, server, shop, sending)
    around = make_surroundings(server.url, server.sign_in(shop, Role.VIEWER), tmp_path / "desktop")

    async def scenario() -> None:
        async with screen(around, show) as view:
            details = await opened(view, sending)
            assert details.doubt.isVisible()
            buttons = [*details.standstill.buttons, *details.doubt.buttons, details.resume, details.cancel]
            assert [button for button in buttons if button.isVisible()] == []

    run_qt(scenario())


def test_a_campaign_that_is_gone_is_said_to_be(server, shop, channel, surroundings, run_qt, show) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            view.open(new_id())
            await until(lambda: view.details_presenter.phase is Phase.FAILED)
            assert view.details.content.failure.text.whole() == "Esta campanha não existe mais."

    run_qt(scenario())


def test_dx_01_what_a_customer_wrote_is_shown_as_it_is(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    evil = "<img src=http://canary.example/x><b>Ana</b>"
    campaign = server.run(
        made, server.engine, shop, channel, "sending", name=evil, content={"type": "text", "body": evil}
    )

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            details = await opened(view, campaign)
            for label in (details.name, details.bubble.text):
                assert label.whole() == evil
                assert label.textFormat().name == "PlainText"

    run_qt(scenario())


def test_open_takes_an_id_as_text_too(server, shop, sending, surroundings, run_qt, show) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            details = await opened(view, str(sending))
            assert details.name.whole() == "Natal"
            details.back.click()
            assert view.pages.currentWidget() is view.list

    run_qt(scenario())
