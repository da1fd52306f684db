"""The wizard, clicked through: nothing is lost, everybody is counted, one button sends."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QDateTime
from sqlalchemy import text

from desktop.campaigns import wording
from desktop.campaigns.wizard.presenter import Saving
from desktop.shell.presenter import Phase
from embedded_server.simulator.templates import seeded
from engine import campaigns
from engine.models import IdentityKind, Provider
from tests.desktop.campaigns_kit import (
    behind,
    counted,
    give_template,
    made,
    new_campaign,
    prepare,
    screen,
)
from tests.engine.test_campaign_preflight import give, nameless
from tests.fakes import world
from tests.fakes.poll import until

PROMO = next(seed for seed in seeded().values() if seed["name"] == "promocao_semana")
PAUSED = next(seed for seed in seeded().values() if seed["name"] == "oferta_relampago")


@pytest.fixture
def channel(server, shop):
    return server.run(prepare, server.engine, shop)[0]


async def sql(server, shop, statement: str) -> list:
    async with server.engine.unit_of_work(shop) as uow:
        result = await uow.session.execute(text(statement))
        return list(result.all()) if result.returns_rows else []


def write(wizard, words: str) -> None:
    """Free text, on step 2."""
    wizard.go(wording.MESSAGE)
    wizard.message.kind._buttons["text"].click()
    wizard.message.text.area.setPlainText(words)


def test_42_from_nothing_to_sending_by_clicks(server, shop, channel, surroundings, run_qt, show) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            wizard.forth.click()
            write(wizard, "Oi {{primeiro_nome|cliente}}!")
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
            wizard.name.setText("Páscoa")
            wizard.name.textEdited.emit("Páscoa")
            write(wizard, "Oi {{nome}}!")
            wizard.go(wording.SCHEDULE)
            wizard.schedule.later.click()
            wizard.schedule.moment.setDateTime(QDateTime.fromString("2100-11-30T09:30", "yyyy-MM-ddTHH:mm"))
            wizard.schedule.pace.setValue(20)
            wizard.schedule.misfires["skip"].click()
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
            write(wizard, "Oi!")
            await until(lambda: Saving.FAILED in said)
            assert wizard.saved.whole().startswith("Não salvo: O motor não responde")
            surroundings.session.api.base = base
            wizard.message.text.area.insertPlainText("!")
            await until(lambda: said[-1] is Saving.SAVED)
        rows = await behind(server, sql, server, shop, "SELECT content->>'body' FROM campaign")
        assert [tuple(row) for row in rows] == [("!Oi!",)]

    run_qt(scenario())


def test_39_who_is_left_out_is_counted_by_reason(server, shop, channel, surroundings, run_qt, show) -> None:
    async def arrange() -> None:
        engine = server.engine
        await nameless(engine, shop)
        twin = await nameless(engine, shop)
        await give(engine, shop, twin, IdentityKind.WA_ID, "551170001000")
        await sql(
            server,
            shop,
            "INSERT INTO opt_out (company_id, id, channel_kind, match_key, reason) SELECT company_id, "
            "gen_random_uuid(), 'whatsapp', match_key, 'x' FROM contact_identity WHERE value LIKE '%1003'",
        )

    server.run(arrange)

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


def test_39_the_audience_by_tag_segment_and_hand(server, shop, channel, surroundings, run_qt, show) -> None:
    async def arrange() -> None:
        people = await sql(server, shop, "SELECT id FROM contact ORDER BY id")
        await sql(server, shop, f"INSERT INTO tag (company_id, id, name) VALUES ('{shop}', '{shop}', 'VIP')")
        tagged = f"INSERT INTO contact_tag VALUES ('{shop}', '{people[0][0]}', '{shop}')"
        await sql(server, shop, tagged)

    server.run(arrange)

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


def test_40_the_preview_turns_through_real_contacts(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            write(wizard, "Oi {{nome}}, {{cupom|sem cupom}}!")
            preview = wizard.message.preview
            await until(lambda: preview.bubble.text.whole() == "Oi Ana 0, sem cupom!")
            assert (preview.count.whole(), preview.name.whole()) == ("1/5", "Ana 0")
            assert preview.address.whole() == "+55 11 97000-1000"
            preview.forth.click()
            assert preview.bubble.text.whole() == "Oi Ana 1, sem cupom!"

    run_qt(scenario())


def test_40_a_missing_variable_names_the_contacts_and_blocks_when_nobody_is_left(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            write(wizard, "Cupom {{cupom}}")
            await counted(wizard)
            names = "Ana 0, Ana 1, Ana 2, Ana 3, Ana 4"
            assert wizard.message.missing.whole() == f"Sem valor para {{{{cupom}}}}: {names}"
            wizard.go(wording.REVIEW)
            await counted(wizard)
            assert not wizard.forth.isEnabled()
            (obstacle,) = wizard.review.obstacles()
            assert obstacle.step == wording.AUDIENCE

    run_qt(scenario())


def test_40_a_template_is_filled_in_and_shown(server, shop, channel, surroundings, run_qt, show) -> None:
    server.run(give_template, server.engine, shop, channel, PROMO)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            wizard.go(wording.MESSAGE)
            editor = wizard.message.template
            choose(editor, PROMO["name"])
            assert editor.badge.text == "Aprovado"
            first, second = editor.inputs.values()
            first.setText("{{nome}}")
            assert list(wizard.presenter.plan.gaps()) == ["template_open"]
            second.setText("café")
            await until(
                lambda: wizard.message.preview.bubble.text.whole().startswith("Olá Ana 0, nesta semana")
            )
            assert "café está com desconto" in wizard.message.preview.bubble.text.whole()
            wizard.go(wording.REVIEW)
            await until(wizard.forth.isEnabled)
            assert wizard.review.obstacles() == []

    run_qt(scenario())


def choose(editor, name: str) -> None:
    place = next(n for n in range(editor.select.count()) if editor.select.itemText(n).startswith(name))
    editor.select.setCurrentIndex(place)
    editor.select.activated.emit(place)


def test_40_a_template_meta_paused_stands_in_the_way(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    server.run(give_template, server.engine, shop, channel, PAUSED)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            wizard.go(wording.MESSAGE)
            editor = wizard.message.template
            choose(editor, PAUSED["name"])
            assert editor.badge.text == "Pausado pela Meta"
            next(iter(editor.inputs.values())).setText("Ana")
            wizard.go(wording.REVIEW)
            await counted(wizard)
            (obstacle,) = wizard.review.obstacles()
            assert obstacle == wording.OBSTACLES["template_not_approved"]
            assert not wizard.forth.isEnabled()

    run_qt(scenario())


def test_41_pace_duration_and_end(server, shop, channel, surroundings, run_qt, show) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            write(wizard, "Oi")
            wizard.go(wording.SCHEDULE)
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
            write(wizard, "Oi")
            wizard.go(wording.SCHEDULE)
            wizard.schedule.later.click()
            wizard.schedule.moment.setDateTime(QDateTime.fromString("2020-01-01T09:00", "yyyy-MM-ddTHH:mm"))
            assert wizard.schedule.moment_field.error == "Esta hora já passou. Escolha uma mais tarde."
            wizard.go(wording.REVIEW)
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
            write(wizard, "Oi")
            wizard.go(wording.SCHEDULE)
            wizard.schedule.later.click()
            wizard.go(wording.REVIEW)
            await counted(wizard)
            assert wizard.forth.text() == "Agendar para 5 contatos"
            wizard.forth.click()
            wizard.confirm.yes.click()
            await until(lambda: view.details.badge.text == "Agendada")
            assert view.details.standstill.title.whole().startswith("Começa ")
        rows = await behind(server, sql, server, shop, "SELECT state, timezone FROM campaign")
        assert [tuple(row) for row in rows] == [("scheduled", "America/Sao_Paulo")]

    run_qt(scenario())


def test_39_free_text_on_whatsapp_warns_of_the_closed_window(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            write(wizard, "Oi")
            wizard.go(wording.REVIEW)
            await counted(wizard)
            assert wizard.review.warning.whole().startswith("5 contatos não escreveram nas últimas 24 horas")
            assert wizard.forth.isEnabled()

    run_qt(scenario())


def test_sms_counts_its_parts(server, shop, surroundings, run_qt, show) -> None:
    server.run(world.make_channel, server.engine, shop, provider=Provider.TWILIO)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            wizard.go(wording.MESSAGE)
            wizard.message.text.area.setPlainText("ç" * 71)
            assert wizard.message.text.count.whole().startswith("71 de 1.600 caracteres · 2 SMS")
            wizard.message.text.put("{{nome|cliente}}")
            assert wizard.presenter.plan.text.startswith("{{nome|cliente}}")
            wizard.message.text.area.setPlainText("a" * 5000)
            assert len(wizard.message.text.area.toPlainText()) == 4096
            assert wizard.message.text.field.error == "O texto é maior do que um SMS pode ter."

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
            view.wizard.go(wording.REVIEW)
            await counted(view.wizard)
            await behind(server, start)
            view.wizard.presenter.send()
            await until(lambda: view.pages.currentWidget() is view.details)

    run_qt(scenario())
