"""The wizard, clicked through: nothing is lost, everybody is counted, one button sends."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QDateTime

from desktop.campaigns import wording
from desktop.campaigns.wizard.presenter import Saving
from desktop.shell.presenter import Phase
from embedded_server.simulator.templates import seeded
from engine import campaigns
from engine.models import IdentityKind, Provider
from tests.desktop.campaigns_kit import (
    behind,
    counted,
    made,
    new_campaign,
    prepare,
    screen,
    sql,
    step,
    write,
)
from tests.engine.test_campaign_preflight import give, nameless
from tests.fakes import world
from tests.fakes.poll import until

PROMO = next(seed for seed in seeded().values() if seed["name"] == "promocao_semana")
PAUSED = next(seed for seed in seeded().values() if seed["name"] == "oferta_relampago")


@pytest.fixture
def channel(server, shop):
    return server.run(prepare, server.engine, shop)[0]


def test_42_from_nothing_to_sending_by_clicks(server, shop, channel, surroundings, run_qt, show) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            wizard.forth.click()
            await write(wizard, "Oi {{primeiro_nome|cliente}}!")
            wizard.forth.click()
            wizard.schedule.quiet.click()
            wizard.forth.click()
            await counted(wizard)
            assert wizard.forth.text() == "Enviar para 5 contatos"
            assert "WhatsApp · Loja · R$\N{NO-BREAK SPACE}1,75" in wizard.about.whole()
            wizard.forth.click()
            assert wizard.confirm.yes.text() == "Enviar para 5 contatos"
            assert "Custo estimado: R$\N{NO-BREAK SPACE}1,75." in wizard.confirm.text.whole()
            assert "De: WhatsApp · Loja" in wizard.confirm.text.whole()
            wizard.confirm.yes.click()
            await until(lambda: view.pages.currentWidget() is view.details)
            await until(lambda: view.details.badge.text == "Na fila")
        assert [tuple(row) for row in await behind(server, sql, server, shop, STATES)] == [("queued",)]

    run_qt(scenario())


STATES = "SELECT state FROM campaign"


def test_38_back_loses_nothing_and_the_draft_is_there_later(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    server.run(world.make_channel, server.engine, shop, provider=Provider.TWILIO)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            await decide(wizard)
            await counted(wizard)
            for _ in range(3):
                wizard.back.click()
            check_kept(wizard)
            wizard.back_out.click()
            await until(lambda: [row.name for row in view.presenter.rows] == ["Páscoa"])
            view.list.rows[0].go_on.click()
            await until(lambda: wizard.presenter.phase is Phase.READY and wizard.name.text() == "Páscoa")
            check_kept(wizard)
            assert (wizard.schedule.pace.value(), wizard.schedule.later.isChecked()) == (20, True)

    run_qt(scenario())


async def decide(wizard) -> None:
    wizard.name.setText("Páscoa")
    wizard.name.textEdited.emit("Páscoa")
    await write(wizard, "Oi {{nome}}!")
    await step(wizard, wording.SCHEDULE)
    wizard.schedule.later.click()
    wizard.schedule.moment.setDateTime(QDateTime.fromString("2100-11-30T09:30", "yyyy-MM-ddTHH:mm"))
    wizard.schedule.pace.setValue(20)
    wizard.schedule.misfires["skip"].click()


def check_kept(wizard) -> None:
    plan = wizard.presenter.plan
    assert wizard.step == wording.AUDIENCE
    assert wizard.message.text.area.toPlainText() == "Oi {{nome}}!"
    assert plan.local_start() == "2100-11-30T09:30"
    assert (plan.name, plan.pace, plan.misfire.value) == ("Páscoa", 20, "skip")


def test_38_looking_in_and_leaving_keeps_nothing(server, shop, channel, surroundings, run_qt, show) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            wizard.back_out.click()
            assert view.pages.currentWidget() is view.list
            await asyncio.sleep(0.3)
        assert await behind(server, sql, server, shop, STATES) == []

    run_qt(scenario())


def test_38_a_lost_connection_keeps_what_was_typed_and_saves_it_later(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    said: list[Saving] = []

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            wizard.presenter.saving.connect(lambda saving, _: said.append(saving))
            base, surroundings.session.api.base = surroundings.session.api.base, "http://127.0.0.1:1"
            await write(wizard, "Oi!")
            await until(lambda: Saving.FAILED in said)
            assert wizard.saved.whole().startswith("Não salvo: O motor não responde")
            surroundings.session.api.base = base
            wizard.message.text.area.insertPlainText("!")
            await until(lambda: said[-1] is Saving.SAVED)
        rows = await behind(server, sql, server, shop, "SELECT content->>'body' FROM campaign")
        assert [tuple(row) for row in rows] == [("!Oi!",)]

    run_qt(scenario())


async def odd_people(server, shop) -> None:
    """Somebody without a number, somebody with another's, and somebody who opted out."""
    await nameless(server.engine, shop)
    twin = await nameless(server.engine, shop)
    await give(server.engine, shop, twin, IdentityKind.WA_ID, "551170001000")
    left = "SELECT company_id, gen_random_uuid(), 'whatsapp', match_key, 'x' FROM contact_identity"
    columns = "company_id, id, channel_kind, match_key, reason"
    await sql(server, shop, f"INSERT INTO opt_out ({columns}) {left} WHERE value LIKE '%1003'")


def test_39_who_is_left_out_is_counted_by_reason(server, shop, channel, surroundings, run_qt, show) -> None:
    server.run(odd_people, server, shop)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            wizard.forth.click()
            await counted(wizard)
            card = wizard.audience.flight
            said = [card.reasons.itemAt(n).widget().whole() for n in range(card.reasons.count())]
            assert (card.count.whole(), card.words.whole()) == ("4", "contatos vão receber")
            assert card.left.whole() == "3 fora:"
            assert sorted(said) == [
                "· 1 duplicado",
                "· 1 pediu para sair",
                "· 1 sem número para este canal",
            ]

    run_qt(scenario())


async def tag_one(server, shop) -> None:
    people = await sql(server, shop, "SELECT id FROM contact ORDER BY id")
    await sql(server, shop, f"INSERT INTO tag (company_id, id, name) VALUES ('{shop}', '{shop}', 'VIP')")
    await sql(server, shop, f"INSERT INTO contact_tag VALUES ('{shop}', '{people[0][0]}', '{shop}')")


def test_39_the_audience_by_tag_segment_and_hand(server, shop, channel, surroundings, run_qt, show) -> None:
    server.run(tag_one, server, shop)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            audience = wizard.audience
            audience.radios["tags"].click()
            assert wizard.presenter.plan.audience() is None
            (check,) = audience.checks.values()
            assert check.text() == "VIP (1)"
            check.click()
            assert (await counted(wizard)).sending == 1
            audience.radios["people"].click()
            await until(lambda: audience.people.found.rowCount() == 5)
            for place in (0, 1, 1):
                audience.people.found_table.opened.emit(audience.people.found.key_at(place))
            await until(lambda: wizard.presenter.is_current and wizard.presenter.flight.sending == 2)
            audience.people.chosen_table.opened.emit(audience.people.people.key_at(0))
            await until(lambda: wizard.presenter.is_current and wizard.presenter.flight.sending == 1)

    run_qt(scenario())


def test_41_pace_duration_and_end(server, shop, channel, surroundings, run_qt, show) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            await write(wizard, "Oi")
            await step(wizard, wording.SCHEDULE)
            schedule = wizard.schedule
            schedule.quiet.click()
            assert (schedule.pace.maximum(), schedule.pace.value()) == (60, 60)
            schedule.slider.setValue(0)
            assert schedule.pace.value() == 1
            await until(lambda: wizard.presenter.is_current and schedule.forecast.takes.whole() == "≈ 5 min")
            flight = wizard.presenter.flight
            ends = wording.day_and_clock(flight.finishes_at, "America/Sao_Paulo", wording.now())
            assert schedule.forecast.ends.whole() == f"termina {ends}"
            assert wording.ends(flight, "America/Sao_Paulo") == f"≈ 5 min, termina {ends}"

    run_qt(scenario())


def test_41_a_start_in_the_past_is_refused_in_a_sentence(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            await write(wizard, "Oi")
            await step(wizard, wording.SCHEDULE)
            wizard.schedule.later.click()
            wizard.schedule.moment.setDateTime(QDateTime.fromString("2020-01-01T09:00", "yyyy-MM-ddTHH:mm"))
            assert wizard.schedule.moment_field.error == "Esta hora já passou. Escolha uma mais tarde."
            await step(wizard, wording.REVIEW)
            await counted(wizard)
            assert wizard.review.obstacles() == [wording.OBSTACLES["start_in_the_past"]]
            assert not wizard.forth.isEnabled()
            wizard.review.problem_lines.itemAt(0).layout().itemAt(1).widget().click()
            assert wizard.step == wording.SCHEDULE

    run_qt(scenario())


def test_42_scheduling_says_so_on_the_button(server, shop, channel, surroundings, run_qt, show) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            await write(wizard, "Oi")
            await step(wizard, wording.SCHEDULE)
            wizard.schedule.later.click()
            await step(wizard, wording.REVIEW)
            await counted(wizard)
            assert wizard.forth.text() == "Agendar para 5 contatos"
            wizard.forth.click()
            wizard.confirm.yes.click()
            await until(lambda: view.details.badge.text == "Agendada")
            assert view.details.standstill.title.whole().startswith("Começa ")
        rows = await behind(server, sql, server, shop, "SELECT state, timezone FROM campaign")
        assert [tuple(row) for row in rows] == [("scheduled", "America/Sao_Paulo")]

    run_qt(scenario())


def test_a_campaign_somebody_else_started_meanwhile_is_followed(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    campaign = server.run(made, server.engine, shop, channel, name="Natal")

    async def start() -> None:
        async with server.engine.unit_of_work(shop) as uow:
            await campaigns.start(uow, campaign)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            view.open(campaign)
            await until(lambda: view.pages.currentWidget() is view.wizard)
            await until(lambda: view.wizard.presenter.phase is Phase.READY)
            await step(view.wizard, wording.REVIEW)
            await counted(view.wizard)
            await behind(server, start)
            view.wizard.presenter.send()
            await until(lambda: view.pages.currentWidget() is view.details)

    run_qt(scenario())
