"""The chat is read, pointed at and heard: text as it was written, links that cannot harm, selections."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QImage
from PySide6.QtWidgets import QLabel, QTextBrowser, QTextEdit, QWidget

from desktop.inbox import chat_access
from desktop.inbox.bubbles import Part, lay_text
from desktop.inbox.chat_view import ChatView
from desktop.inbox.entries import Team
from desktop.inbox.links import allowed, links_in, real_address
from desktop.inbox.pictures import Pictures
from desktop.inbox.pointing import Hit, Selection, word_at
from desktop.inbox.timeline_model import TimelineModel
from desktop.widgets import theme
from embedded_server.contract.conversations import DirectionName, QuoteOut
from tests.fakes.chats import CHAT, message

MARKUP = '<img src="http://127.0.0.1:9/x.png"><b>Oi</b><script>alert(1)</script>'


@pytest.fixture
def model(qapp) -> TimelineModel:
    return TimelineModel()


@pytest.fixture
def chat(model, show) -> ChatView:
    made = show(ChatView(model, Pictures()), 640, 480)
    made.painter.person = "Ana Silva"
    return made


def point_of(chat: ChatView, key: str, position: int) -> QPoint:
    """On the letter at this place of a message's text."""
    spot = chat.stand.find(key)
    bubble = spot.bubble
    line = bubble.text.lineForTextPosition(position)
    x, _ = line.cursorToX(position)
    at = bubble.box.topLeft() + bubble.text_at + QPointF(x + 2, line.y() + line.height() / 2)
    return QPoint(round(at.x()), round(at.y() + spot.top))


def drag(chat: ChatView, qtbot, start: QPoint, end: QPoint) -> None:
    left, view = Qt.MouseButton.LeftButton, chat.viewport()
    qtbot.mousePress(view, left, pos=start)
    qtbot.mouseMove(view, end)
    # Without a screen no buttons are held while the mouse moves: the move is told as it would be.
    chat.selection = Selection(chat._grabbed.key, chat._grabbed.position, chat._hit(QPointF(end)).position)
    qtbot.mouseRelease(view, left, pos=end)


def test_point_21_text_in_a_bubble_is_selected_and_copied(chat, model, qtbot) -> None:
    told = message(0, "Bom dia 😊 tudo bem?")
    model.fill([told])
    key = str(told.id)

    drag(chat, qtbot, point_of(chat, key, 4), point_of(chat, key, 11))
    qtbot.keyClick(chat, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert chat.selected_text() == "dia 😊 "
    assert QGuiApplication.clipboard().text() == "dia 😊 "


def test_point_21_a_double_click_takes_the_word(chat, model, qtbot) -> None:
    told = message(0, "Bom dia, João!")
    model.fill([told])

    qtbot.mouseDClick(chat.viewport(), Qt.MouseButton.LeftButton, pos=point_of(chat, str(told.id), 11))

    assert chat.selected_text() == "João"
    assert word_at("😊 Zé", 4) == (3, 5)


def test_without_a_selection_the_whole_message_is_copied(chat, model, qtbot) -> None:
    model.fill([message(0, "Bom dia")])
    chat.setFocus()
    qtbot.waitUntil(chat.hasFocus)

    qtbot.keyClick(chat, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert QGuiApplication.clipboard().text().endswith("] Ana Silva: Bom dia")


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("veja https://loja.com.br/a?b=1.", ["https://loja.com.br/a?b=1"]),
        ("😊 www.loja.com.br, ou loja@x.com.br", ["https://www.loja.com.br", "mailto:loja@x.com.br"]),
        ("ligue +55 31 98888-1234!", ["tel:+5531988881234"]),
        ("(https://pt.wikipedia.org/wiki/Rio_(cidade))", ["https://pt.wikipedia.org/wiki/Rio_(cidade)"]),
        ("javascript:alert(1) JavaScript:alert(1)", []),
        ("file:///etc/passwd smb://10.0.0.1/x ms-msdt:/id x", []),
        ("data:text/html,<script> vbscript:x ftp://x.com/a", []),
        ("https://banco.com.br@mau.example/ https://u:p@x.com", []),
        ("http:// https://", []),
        ("R$ 899,00 12x 10:42 1.234", []),
    ],
)
def test_dx_02_only_web_mail_and_phone_become_links(text, addresses) -> None:
    assert [link.address for link in links_in(text)] == addresses


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "smb://x/y",
        "ms-msdt:/id",
        "https://a b",
        "https://u@x.com",
        "",
    ],
)
def test_dx_02_nothing_else_is_ever_handed_to_the_system(address) -> None:
    assert allowed(address) is None


def test_dx_02_the_real_address_hides_no_foreign_letters() -> None:
    assert real_address(allowed("https://раураl.com/a")) == "https://xn--l-7sba6dbr.com/a"


def test_dx_02_a_link_is_found_on_its_letters_also_after_an_emoji(chat, model, qtbot) -> None:
    told = message(0, "😊😊 veja https://loja.com.br")
    model.fill([told])
    key = str(told.id)

    with qtbot.waitSignal(chat.pressed) as pressed:
        qtbot.mouseClick(chat.viewport(), Qt.MouseButton.LeftButton, pos=point_of(chat, key, 14))

    found: Hit = pressed.args[0]
    assert (found.part, found.link.address) == (Part.LINK, "https://loja.com.br")
    assert chat._hit(QPointF(point_of(chat, key, 6))).part is Part.TEXT


def test_dx_01_markup_stays_the_letters_it_is(chat, model) -> None:
    told = message(
        0, MARKUP, quoted=QuoteOut(id=CHAT, direction="inbound", kind="text", text=MARKUP, author_id=None)
    )
    model.fill([told])
    bubble = chat.stand.find(str(told.id)).bubble

    assert bubble.text.text() == MARKUP
    assert chat.grab().width() > 0
    rich = [w for w in chat.findChildren(QWidget) if isinstance(w, QTextBrowser | QTextEdit | QLabel)]
    assert rich == []


def test_point_21_what_runs_from_right_to_left_ends_at_the_right(qapp) -> None:
    layout, width, _ = lay_text("مرحبا", "body", 400)
    line = layout.lineAt(0)

    assert layout.textOption().textDirection() is Qt.LayoutDirection.LayoutDirectionAuto
    assert line.cursorToX(0)[0] > line.cursorToX(5)[0]
    assert line.naturalTextRect().right() == pytest.approx(width - 1, abs=2)


def test_line_breaks_are_kept(qapp) -> None:
    layout, _, _ = lay_text("um\ndois\n\ntrês", "body", 400)

    assert layout.lineCount() == 4


def test_a_very_long_message_is_cut_on_the_screen_only(chat, model) -> None:
    told = message(0, "x" * 60_000)
    model.fill([told])

    assert len(chat.stand.find(str(told.id)).bubble.text.text()) == 8000
    assert model.find(str(told.id)).text == "x" * 60_000


def test_each_message_in_view_is_a_child_with_all_of_its_words(chat, model) -> None:
    chat_access.install()
    marcos = message(9).id
    chat.painter.team = Team(CHAT, {marcos: "Marcos"})
    read = {"state": "accepted", "receipt": "read", "author_id": CHAT}
    note = {"direction": DirectionName.NOTE, "author_id": marcos}
    model.fill([message(0, "Bom dia"), message(1, "Olá!", **read), message(2, "VIP", **note)])

    access = QAccessible.queryAccessibleInterface(chat)
    said = [access.child(n).text(QAccessible.Text.Name) for n in range(access.childCount())]

    assert access.role() is QAccessible.Role.List
    assert access.child(1).role() is QAccessible.Role.ListItem
    assert [any(part in one for one in said) for part in ("Ana Silva, Bom dia", "você, Olá!", "Lida")] == [
        True
    ] * 3
    assert any(one.startswith("Nota interna, Marcos, VIP") for one in said)
    assert access.indexOfChild(access.child(2)) == 2


def test_arrow_keys_walk_from_message_to_message(chat, model, qtbot) -> None:
    told = [message(n, "Oi\n" * 6) for n in range(30)]
    model.fill(told)
    chat.setFocus()
    qtbot.waitUntil(chat.hasFocus)

    for _ in range(20):
        qtbot.keyClick(chat, Qt.Key.Key_Up)

    assert chat.current == str(told[9].id)
    assert chat.stand.find(chat.current) is not None
    with qtbot.waitSignal(chat.menu_wanted) as wanted:
        qtbot.keyClick(chat, Qt.Key.Key_Return)
    assert wanted.args[0] == chat.current


@pytest.mark.parametrize("mode", [theme.Mode.LIGHT, theme.Mode.DARK])
def test_every_kind_of_message_can_be_painted(chat, model, mode) -> None:
    theme.theme.use(mode)
    kinds = ("image", "audio", "video", "document", "sticker", "location", "contacts", "order", "unreadable")
    file = {
        "id": CHAT,
        "mime": "image/png",
        "file_name": "a.png",
        "size": 9,
        "state": "stored",
        "error": None,
    }
    told = [message(n, kind=kind, files=[file]) for n, kind in enumerate(kinds)]
    told += [message(20, state="failed", code="131026"), message(21, revoked_at=message(0).created_at)]
    model.fill(told)

    for _ in range(12):
        image: QImage = chat.grab().toImage()
        chat.scroll_by(-200)

    assert image.pixelColor(2, 2) == theme.theme.color("chat")
