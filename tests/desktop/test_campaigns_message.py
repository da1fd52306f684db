"""Step 2 of the wizard: text and templates, filled in for real contacts, and what is missing."""

from __future__ import annotations

import pytest

from desktop.campaigns import wording
from embedded_server.simulator.templates import seeded
from engine.models import Provider
from tests.desktop.campaigns_kit import counted, give_template, new_campaign, prepare, screen, step, write
from tests.fakes import world
from tests.fakes.poll import until

PROMO = next(seed for seed in seeded().values() if seed["name"] == "promocao_semana")
PAUSED = next(seed for seed in seeded().values() if seed["name"] == "oferta_relampago")


@pytest.fixture
def channel(server, shop):
    return server.run(prepare, server.engine, shop)[0]


def test_40_the_preview_turns_through_real_contacts(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            await write(wizard, "Oi {{nome}}, {{cupom|sem cupom}}!")
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
            await write(wizard, "Cupom {{cupom}}")
            await counted(wizard)
            names = "Ana 0, Ana 1, Ana 2, Ana 3, Ana 4"
            assert wizard.message.missing.whole() == f"Sem valor para {{{{cupom}}}}: {names}"
            await step(wizard, wording.REVIEW)
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
            await step(wizard, wording.MESSAGE)
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
            await step(wizard, wording.REVIEW)
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
            await step(wizard, wording.MESSAGE)
            editor = wizard.message.template
            choose(editor, PAUSED["name"])
            assert editor.badge.text == "Pausado pela Meta"
            next(iter(editor.inputs.values())).setText("Ana")
            await step(wizard, wording.REVIEW)
            await counted(wizard)
            (obstacle,) = wizard.review.obstacles()
            assert obstacle == wording.OBSTACLES["template_not_approved"]
            assert not wizard.forth.isEnabled()

    run_qt(scenario())


def test_39_free_text_on_whatsapp_warns_of_the_closed_window(
    server, shop, channel, surroundings, run_qt, show
) -> None:
    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            await write(wizard, "Oi")
            await step(wizard, wording.REVIEW)
            await counted(wizard)
            assert wizard.review.warning.whole().startswith("5 contatos não escreveram nas últimas 24 horas")
            assert wizard.forth.isEnabled()

    run_qt(scenario())


def test_sms_counts_its_parts(server, shop, surroundings, run_qt, show) -> None:
    server.run(world.make_channel, server.engine, shop, provider=Provider.TWILIO)

    async def scenario() -> None:
        async with screen(surroundings, show) as view:
            wizard = await new_campaign(view)
            await step(wizard, wording.MESSAGE)
            wizard.message.text.area.setPlainText("ç" * 71)
            assert wizard.message.text.count.whole().startswith("71 de 1.600 caracteres · 2 SMS")
            wizard.message.text.put("{{nome|cliente}}")
            assert wizard.presenter.plan.text.startswith("{{nome|cliente}}")
            wizard.message.text.area.setPlainText("a" * 5000)
            assert len(wizard.message.text.area.toPlainText()) == 4096
            assert wizard.message.text.field.error == "O texto é maior do que um SMS pode ter."

    run_qt(scenario())
