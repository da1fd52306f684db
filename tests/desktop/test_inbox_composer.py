"""Writing: keys, drafts, emoji, quotes, channels, and what WhatsApp's 24 hours allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication

from desktop.inbox.composer import Composer, Mode
from desktop.inbox.emoji import EMOJI, named
from desktop.inbox.reaches import Reach
from desktop.inbox.template_dialog import TemplateDialog
from desktop.inbox.templates import can_be_sent, filled, places, preview
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.templates import TemplateOut
from engine.models import ChannelKind, MessageTemplate
from tests.desktop.conftest import make_surroundings
from tests.desktop.inbox_desk import entries, last, open_view, there, write
from tests.fakes.chats import CHAT, NOON
from tests.fakes.inbound import make_channel, rows
from tests.fakes.inbox_world import make_inbox
from tests.fakes.poll import until

ENTER, SHIFT = Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier
OPEN = Reach(CHAT, "Loja", ChannelKindName.WHATSAPP, NOON + timedelta(hours=5), is_known=True)
CLOSED = Reach(CHAT, "Loja", ChannelKindName.WHATSAPP, NOON - timedelta(hours=1), is_known=True)


@pytest.fixture
def composer(qapp, show) -> Composer:
    made = show(Composer(), 620, 160)
    made.start("", "")
    made.show_reaches([OPEN], CHAT, NOON)
    return made


def test_point_15_enter_sends_and_shift_enter_breaks_the_line(composer, qtbot) -> None:
    sent = []
    composer.answered.connect(sent.append)

    qtbot.keyClicks(composer.edit, "Bom")
    qtbot.keyClick(composer.edit, ENTER, SHIFT)
    qtbot.keyClicks(composer.edit, "dia")
    qtbot.keyClick(composer.edit, ENTER)

    assert sent == ["Bom\ndia"]


def test_point_15_half_a_word_is_never_sent(composer, qtbot) -> None:
    sent = []
    composer.answered.connect(sent.append)

    QApplication.sendEvent(composer.edit, QInputMethodEvent("ni", []))
    qtbot.keyClick(composer.edit, ENTER)
    assert sent == []

    done = QInputMethodEvent("", [])
    done.setCommitString("你")
    QApplication.sendEvent(composer.edit, done)
    qtbot.keyClick(composer.edit, ENTER)
    assert sent == ["你"]


def test_nothing_is_sent_that_says_nothing(composer, qtbot) -> None:
    with qtbot.assertNotEmitted(composer.answered):
        qtbot.keyClicks(composer.edit, "   ")
        qtbot.keyClick(composer.edit, ENTER)


def test_the_editor_grows_with_its_text_and_stops(composer, qtbot) -> None:
    heights = []
    for _ in range(12):
        qtbot.keyClick(composer.edit, ENTER, SHIFT)
        heights.append(composer.edit.height())

    assert heights[0] < heights[3] < heights[6]
    assert heights[-1] == heights[-2]


def test_only_the_words_of_what_is_pasted_come_in(composer) -> None:
    pasted = QMimeData()
    pasted.setHtml("<img src='http://127.0.0.1:9/x.png'><b>Oi</b>")
    pasted.setText("Oi")

    composer.edit.insertFromMimeData(pasted)

    assert composer.edit.toPlainText() == "Oi"


def test_a_text_longer_than_whatsapp_takes_cannot_be_sent(composer, qtbot) -> None:
    composer.edit.setPlainText("x" * 4097)

    with qtbot.assertNotEmitted(composer.answered):
        qtbot.keyClick(composer.edit, ENTER)
    assert composer.length.whole() == "4.097 de 4.096"


def test_point_17_modes_have_words_of_their_own(composer, qtbot) -> None:
    told = []
    composer.answered.connect(lambda text: told.append(("answer", text)))
    composer.noted.connect(lambda text: told.append(("note", text)))
    qtbot.keyClicks(composer.edit, "para a pessoa")
    composer.choose(Mode.NOTE)
    qtbot.keyClicks(composer.edit, "apenas a equipe")

    qtbot.keyClick(composer.edit, ENTER)
    composer.choose(Mode.ANSWER)
    qtbot.keyClick(composer.edit, ENTER)

    assert told == [("note", "apenas a equipe"), ("answer", "para a pessoa")]


def test_point_18_a_closed_window_offers_a_template_and_still_takes_notes(composer, qtbot) -> None:
    composer.edit.setPlainText("Oi")
    composer.show_reaches([CLOSED], CHAT, NOON)

    assert not composer.edit.isVisible()
    assert composer.template.text() == "Enviar modelo"
    assert composer.why.whole().startswith("Passaram mais de 24 horas")
    with qtbot.assertNotEmitted(composer.answered):
        composer.edit.sent.emit()
    composer.choose(Mode.NOTE)
    assert composer.edit.isVisible()


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(hours=21, minutes=5), "Janela 24h: 21h restantes"),
        (timedelta(minutes=35, seconds=20), "Janela 24h: 35 min restantes"),
        (timedelta(seconds=20), "Janela 24h: 1 min restantes"),
        (timedelta(0), "Janela 24h fechada"),
        (-timedelta(hours=3), "Janela 24h fechada"),
    ],
)
def test_point_18_the_chip_of_the_window_counts_down(left, said) -> None:
    reach = Reach(CHAT, "Loja", ChannelKindName.WHATSAPP, NOON + left)

    assert reach.window_text(NOON)[0] == said
    assert Reach(CHAT, "SMS", ChannelKindName.SMS).window_text(NOON) is None
    linked = Reach(CHAT, "Loja", ChannelKindName.WHATSAPP, NOON + left, has_window=False)
    assert (linked.window_text(NOON), linked.needs_template(NOON)) == (None, False)


def test_without_any_channel_the_composer_leads_to_the_connections(composer, qtbot) -> None:
    composer.show_reaches([], None, NOON)

    with qtbot.waitSignal(composer.channels_wanted):
        composer.connect_button.click()
    assert not composer.edit.isVisible()


def test_point_25_emoji_are_found_by_their_portuguese_names(composer, qtbot) -> None:
    assert "🙏" in [emoji for emoji, _ in named("obrigado")]
    assert "☕" in [emoji for emoji, _ in named("cafe")]
    assert list(named("xyz")) == []
    assert len({emoji for emoji, _ in EMOJI}) == len(EMOJI)

    composer.open_emoji()
    qtbot.keyClicks(composer.picker.search, "joinha")
    qtbot.keyClick(composer.picker.search, ENTER)

    assert composer.edit.toPlainText() == "👍"
    assert not composer.picker.isVisible()


def template(*components: dict, **fields) -> TemplateOut:
    told = {
        "id": CHAT,
        "channel_id": CHAT,
        "provider_template_id": "1",
        "name": "pedido",
        "language": "pt_BR",
    }
    told |= {"category": "UTILITY", "status": "APPROVED", "quality": None, "rejected_reason": None}
    told |= {"parameter_format": "POSITIONAL", "synced_at": datetime.now(UTC), **fields}
    return TemplateOut(components=list(components), **told)


BODY = {"type": "BODY", "text": "Olá {{1}}, pedido {{2}} saiu.", "example": {"body_text": [["Ana", "10"]]}}
BUTTON = {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Ver", "url": "https://x.com/{{1}}"}]}


def test_a_template_asks_for_its_places_and_goes_out_in_metas_shape() -> None:
    sample = template({"type": "HEADER", "format": "TEXT", "text": "Loja"}, BODY, BUTTON)
    values = {"body:1": "Bia", "body:2": "77", "button0:1": "abc"}

    assert [(place.key, place.example) for place in places(sample)] == [
        ("body:1", "Ana"),
        ("body:2", "10"),
        ("button0:1", ""),
    ]
    assert preview(sample, values) == "Loja\nOlá Bia, pedido 77 saiu."
    text = [{"type": "text", "text": "Bia"}, {"type": "text", "text": "77"}]
    link = {
        "type": "button",
        "sub_type": "url",
        "index": "0",
        "parameters": [{"type": "text", "text": "abc"}],
    }
    assert filled(sample, values).components == [{"type": "body", "parameters": text}, link]


def test_named_places_carry_their_names_and_pictures_stay_with_campaigns() -> None:
    example = {"body_text_named_params": [{"param_name": "nome", "example": "Ana"}]}
    sample = template({"type": "BODY", "text": "Oi {{nome}}", "example": example}, parameter_format="NAMED")

    (place,) = places(sample)
    (component,) = filled(sample, {place.key: "Bia"}).components
    assert (place.name, place.example) == ("nome", "Ana")
    assert component["parameters"] == [{"type": "text", "text": "Bia", "parameter_name": "nome"}]
    assert not can_be_sent(template({"type": "HEADER", "format": "IMAGE"}, BODY))


async def add_template(engine, company_id, channel_id) -> None:
    async with engine.unit_of_work(company_id) as uow:
        told = template(BODY).model_dump(include={"name", "language", "category", "status"})
        kept = {"items": [BODY], "parameter_format": "POSITIONAL"}
        row = {"id": UUID(int=5), "company_id": company_id, "channel_id": channel_id, "components": kept}
        uow.session.add(MessageTemplate(**told, **row, provider_template_id="1"))


def test_point_18_a_template_is_filled_and_sent_when_words_may_not_go(
    run_qt, server, shop, surroundings, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana", after=-90_000)
    server.run(add_template, server.engine, shop, ana.channel_id)

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        view.pane.composer.template.click()
        dialog = view.findChild(TemplateDialog)
        await until(lambda: len(dialog._fields) == 2)
        assert not dialog.send.isEnabled()
        for field, value in zip(dialog._fields.values(), ("Ana", "77"), strict=True):
            field.editor.setText(value)
        assert dialog.shown.whole() == "Olá Ana, pedido 77 saiu."
        dialog.send.click()
        await until(lambda: last(view).id is not None and last(view).kind == "template")
        assert last(view).text == "Olá Ana, pedido 77 saiu."
        await surroundings.session.close()

    run_qt(scenario())


def test_point_14_a_draft_stays_with_its_conversation_and_survives_a_restart(
    run_qt, server, shop, owner, tmp_path, show
) -> None:
    ana, bia = server.run(make_inbox, server.engine, shop, "Ana", "Bia")

    async def scenario() -> None:
        around = make_surroundings(server.url, owner, tmp_path / "desk")
        view = await open_view(around, show, ana.conversation_id)
        view.pane.composer.edit.setPlainText("Segue o boleto")
        view.open(bia.conversation_id)
        assert view.pane.composer.edit.toPlainText() == ""
        await until(lambda: view.presenter.detail is not None)
        assert view.inbox.model.index(0, 0).data(257 + 1) == "Segue o boleto"
        view.pane.composer.edit.setPlainText("E o seu também")
        view.close()
        await around.session.close()
        again = make_surroundings(server.url, owner, tmp_path / "desk")
        view = await open_view(again, show, bia.conversation_id)
        assert view.pane.composer.edit.toPlainText() == "E o seu também"
        view.open(ana.conversation_id)
        assert view.pane.composer.edit.toPlainText() == "Segue o boleto"
        await again.session.close()

    run_qt(scenario())


def test_an_answer_quotes_what_it_answers_and_may_go_another_way(
    run_qt, server, shop, surroundings, show
) -> None:
    (ana,) = server.run(make_inbox, server.engine, shop, "Ana")
    sms = server.run(make_channel, server.engine, shop, kind=ChannelKind.SMS, name="SMS da loja")

    async def scenario() -> None:
        view = await open_view(surroundings, show, ana.conversation_id)
        composer = view.pane.composer
        view.pane.deeds.reply_wanted.emit(entries(view)[0])
        assert (composer.quote_bar.who.whole(), composer.quote_bar.text.whole()) == ("Resposta a Ana", "Oi")
        write(view, "Oi, Ana!")
        await until(lambda: last(view).id is not None)
        assert last(view).quoted.text == "Oi"
        assert not composer.quote_bar.isVisible()
        composer.channel.choose(sms)
        write(view, "Por SMS")
        await until(lambda: last(view).id is not None and last(view).text == "Por SMS")
        kept = "SELECT channel_id, reply_to FROM message WHERE direction = 'outbound' ORDER BY id"
        found = [tuple(row) for row in await there(server, rows, server.engine, shop, kept)]
        assert found == [(ana.channel_id, "in.0"), (sms, None)]
        await surroundings.session.close()

    run_qt(scenario())
