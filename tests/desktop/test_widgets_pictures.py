"""What is painted: text, badges, avatars, progress, QR codes and empty lists."""

from __future__ import annotations

import gc
import weakref

import pytest
import segno
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QAccessible, QImage, QPainter

from desktop.widgets import motion
from desktop.widgets.avatar import Avatar, color_of, initials
from desktop.widgets.badge import Badge, badge_width, paint_badge
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.card import Card
from desktop.widgets.charts.as_table import ChartCard
from desktop.widgets.charts.line import LineChart
from desktop.widgets.checks import Check, Radio
from desktop.widgets.dialog import Confirm
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.fields import Area, Field, Moment, Number, SearchField, Select, TextField
from desktop.widgets.kpi import KpiCard
from desktop.widgets.layouts import STRETCH, holder, row
from desktop.widgets.menu import Menu
from desktop.widgets.pager import Pager
from desktop.widgets.progress import Progress
from desktop.widgets.qr import QUIET, QrCode
from desktop.widgets.segmented import Segmented
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.table import Table
from desktop.widgets.text import Text
from desktop.widgets.theme import Mode, theme
from desktop.widgets.toggle import Toggle
from embedded_server.contract.campaigns import CampaignStateName
from embedded_server.contract.labels import Color, label

CANARY = "<img src=http://canary><b>Oi</b>"


def test_dx_01_what_a_customer_wrote_is_shown_letter_by_letter(show) -> None:
    text, cut = Text(CANARY), Text(CANARY * 9, elided=True)
    for one in (text, cut):
        show(one, 200, 40)
        assert one.textFormat() is Qt.TextFormat.PlainText
    assert text.text() == CANARY
    assert "<img" not in cut.toolTip()
    assert cut.text().endswith("…")
    assert cut.whole() == CANARY * 9


def test_a_line_that_fits_is_not_cut_and_a_long_one_gives_way(show) -> None:
    name, badge = Text("Ana Silva", elided=True), Badge("VIP")
    whole = show(holder(row(name, badge, STRETCH)), 400, 40)
    assert name.text() == "Ana Silva"
    name.show_text("Ana Maria da Silva e Souza de Albuquerque Cavalcanti Neta")
    whole.layout().activate()
    assert name.text().endswith("…")
    assert badge.width() == badge.sizeHint().width()


def test_a_badge_is_as_wide_as_its_word(qtbot) -> None:
    badge = Badge("Enviando", Color.BLUE, icon="send")
    qtbot.addWidget(badge)
    image = QImage(300, 40, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painted = paint_badge(painter, QPointF(0, 0), "Enviando", Color.BLUE, icon="send")
    painter.end()
    assert painted == badge_width("Enviando", icon="send")
    assert painted <= badge.sizeHint().width() < painted + 2
    assert badge_width("Enviando") < painted


def test_a_badge_shows_a_state_by_the_table_of_labels(qtbot) -> None:
    badge = Badge()
    qtbot.addWidget(badge)
    badge.show_label(label(CampaignStateName.SENDING))
    assert (badge.text, badge.color, badge.accessibleName()) == ("Enviando", Color.BLUE, "Enviando")
    badge.say("VIP", Color.YELLOW)
    assert (badge.text, badge.color) == ("VIP", Color.YELLOW)


def test_a_badge_pulses_only_while_it_is_seen(show, qtbot) -> None:
    badge = show(Badge("Enviando", Color.BLUE, icon="send", pulses=True), 120, 40)
    qtbot.waitUntil(lambda: badge._beat.is_running)
    badge.hide()
    qtbot.waitUntil(lambda: not badge._beat.is_running)


def test_nothing_moves_for_who_wants_it_still(show, monkeypatch) -> None:
    monkeypatch.setattr(motion, "is_wanted", lambda: False)
    badge = show(Badge("Enviando", Color.BLUE, icon="send", pulses=True), 120, 40)
    badge.grab()
    assert not badge._beat.is_running


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ana Maria da Silva", "AS"), ("ana", "A"), ("+55 31 98888-1234", ""), ("", ""), ("🎉 Élcio", "É")],
)
def test_initials_are_those_of_the_first_and_the_last_name(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_name_keeps_its_color(show) -> None:
    assert color_of("Ana Silva") == color_of("Ana Silva")
    avatar = show(Avatar("Ana Silva"), 44, 44)
    before = avatar.grab().toImage()
    avatar.show_name("+55 31 98888-1234")
    assert avatar.grab().toImage() != before


def test_progress_says_how_far_it_is(show) -> None:
    bar = show(Progress(), 200, 20)
    bar.show_share(312, 1500)
    assert bar.accessibleName() == "312 de 1.500"
    assert QAccessible.queryAccessibleInterface(bar).valueInterface().currentValue() == 208
    image = bar.grab().toImage()
    assert image.pixelColor(20, image.height() // 2) == theme.color("accent")
    rest = image.pixelColor(150, image.height() // 2)
    assert rest not in (theme.color("accent"), theme.color("bg"))


def test_progress_without_an_end_only_says_that_it_goes_on(show) -> None:
    bar = show(Progress(), 200, 20)
    bar.show_share(0, 0)
    bar.grab()
    assert bar.accessibleName() == "Trabalhando…"
    assert bar._beat.is_running


def test_a_key_figure_reads_as_one(qtbot) -> None:
    card = KpiCard("Negócios ganhos", "R$ 48.900", "−3%", good=False)
    qtbot.addWidget(card)
    assert card.accessibleName() == "Negócios ganhos: R$ 48.900 −3%"
    assert card.delta.color is Color.RED
    card.show_value("R$ 50.000")
    assert card.delta.isHidden()


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_the_painted_qr_code_is_the_one_of_the_payload(show, mode: Mode) -> None:
    theme.use(mode)
    payload = "https://192.168.0.10:8443/parear#t=Zk3vXh1mQ8sT2bYw"
    code = show(QrCode(), 232, 232)
    code.show_payload(payload)
    expected = [bytes(line) for line in segno.make(payload, error="m", micro=False).matrix]
    image, (left, top, step) = code.grab().toImage(), code.grid()
    count = len(expected)
    painted = [
        bytes(
            image.pixelColor(left + x * step + step // 2, top + y * step + step // 2).lightness() < 128
            for x in range(count)
        )
        for y in range(count)
    ]
    assert painted == expected
    assert min(left, top) >= QUIET * step
    assert step >= 3


def test_an_empty_list_names_the_next_step_and_takes_it(show) -> None:
    empty, taken = show(EmptyState("inbox", "Nada aqui", action="Conectar")), []
    empty.acted.connect(lambda: taken.append(True))
    empty.button.click()
    empty.say("Nenhuma não lida", "Você está em dia.")
    assert (taken, empty.button.isHidden(), empty.text.whole()) == ([True], True, "Você está em dia.")


def test_a_card_keeps_its_content_at_the_top(show) -> None:
    card, text = Card("Responsável"), Text("Marcos")
    card.add(text)
    show(card, 300, 400)
    assert text.geometry().bottom() < 80
    chart = LineChart()
    card.add(chart)
    card.layout().activate()
    assert chart.height() > 200


EVERYTHING = [
    lambda: Text("a", elided=True),
    lambda: Badge("a", icon="send", pulses=True),
    lambda: Button("a", icon="send"),
    lambda: IconButton("bell", "a"),
    lambda: Card("a"),
    lambda: Segmented([("a", "b")]),
    Pager,
    lambda: Toggle("a"),
    Table,
    lambda: Field("a", TextField(secret=True)),
    lambda: SearchField("a"),
    lambda: Select([(1, "a")]),
    lambda: Number(1, 2),
    Moment,
    Area,
    lambda: Check("a"),
    lambda: Radio("a"),
    lambda: Confirm("a", "b", verb="c"),
    Menu,
    lambda: KpiCard("a"),
    Progress,
    QrCode,
    Skeleton,
    lambda: EmptyState("inbox", "a"),
    lambda: ChartCard("a", LineChart()),
]


@pytest.mark.parametrize("make", EVERYTHING)
def test_what_is_gone_is_forgotten_and_the_theme_goes_on(qapp, make) -> None:
    widget = make()
    widget.grab()
    gone = weakref.ref(widget)
    shiboken6.delete(widget)
    del widget
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    theme.use(Mode.DARK)
    assert gone() is None
