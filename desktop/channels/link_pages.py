"""What the linking dialog shows: a QR code, a code to type, the phone it is typed on, or what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop.channels.link_words import (
    Outcome,
    code_steps,
    halves,
    pretended_steps,
    qr_steps,
    renewal,
    seconds_left,
    validity,
)
from desktop.channels.pretend_view import e164
from desktop.widgets import formats
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.card import Card
from desktop.widgets.fields import Field, TextField
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, column, holder, hug, row
from desktop.widgets.motion import Beat
from desktop.widgets.progress import Progress
from desktop.widgets.qr import QrCode
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from desktop.widgets.theme import RADIUS, fill, theme
from embedded_server.contract import labels
from embedded_server.contract.linked import LinkOut, LinkStateName
from embedded_server.contract.words import t

#: WhatsApp's codes have about 70 modules a side: four pixels for each are read from a hand's distance.
_CODE = 308
_PICTURE = 48
_TICK_MS = 500
_NUMBER = "+55 11 99999-8888"
#: Longer lines are hard to read.
_LINE = 420


class Countdown(Text):
    """Says by ``words`` how long a code is good. ``due`` comes once for each, when its time is over."""

    due = Signal()

    def __init__(self, words: Callable[[datetime], str]) -> None:
        super().__init__("", "body", wrap=True)
        self._words = words
        self._until: datetime | None = None
        self._clock = QTimer(self, interval=_TICK_MS)
        self._clock.timeout.connect(self._tick)

    def count_to(self, until: datetime | None) -> None:
        """None says that the code is still being made."""
        self._until = until
        if until is None:
            self._clock.stop()
            self.show_text(t("Preparing the code…"))
        else:
            self._clock.start()
            self._tick()

    def stop(self) -> None:
        self._clock.stop()

    def _tick(self) -> None:
        if self._until is None:
            return
        self.show_text(self._words(self._until))
        if not seconds_left(self._until):
            self._clock.stop()
            self.due.emit()


class CodeView(QWidget):
    """What both ways of linking share: steps, state, countdown, and a skeleton until there is a code.

    Where the number is a simulated one, ``scan`` asks for its pretend phone.
    """

    scan = Signal()

    def __init__(
        self, code: QWidget, skeleton: QWidget, put: Callable[[str], None], countdown: Countdown
    ) -> None:
        super().__init__()
        self.code, self.skeleton, self.countdown = code, skeleton, countdown
        self._put = put
        self.state = Badge()
        self.pretend = Button("", kind=Kind.PRIMARY, icon="smartphone")
        self.pretend.clicked.connect(self.scan)

    def instructions(self, title: str, steps: Sequence[str], *, simulated: bool) -> list[QWidget]:
        """What to do with the code on a phone, or how to have the pretended one do it; titled or not."""
        if simulated:
            told = [Text(step, "body", wrap=True) for step in pretended_steps()]
            head = [Text(t("With the pretend phone"), "heading")] if title else []
            return [*head, *told, holder(row(self.pretend, STRETCH))]
        numbered = [Text(f"{place}. {step}", "body", wrap=True) for place, step in enumerate(steps, 1)]
        return [*([Text(title, "heading")] if title else []), *numbered]

    def show_link(self, link: LinkOut | None, *, is_scanning: bool = False) -> None:
        """None while the appliance is being asked to begin."""
        code = link.code if link else None
        self.pretend.setEnabled(code is not None and not is_scanning)
        self.state.show_label(labels.label(link.state if link else LinkStateName.STARTING))
        self.code.setVisible(code is not None)
        self.skeleton.setVisible(code is None)
        self.countdown.count_to(link.code_expires_at if link and code else None)
        self._put(code or "")


class Blank(QWidget):
    """The place of a QR code that is still being made."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(t("Loading"))
        self._beat = Beat(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(self._beat.pulse(self.rect()))
        fill(painter, QRectF(self.rect()), theme.color("neutral_bg"), RADIUS)


class QrPage(CodeView):
    """The QR code at the left, what to do with it at the right."""

    def __init__(self, *, simulated: bool) -> None:
        code = QrCode()
        super().__init__(code, Blank(), code.show_payload, Countdown(renewal))
        self.qr = code
        for square in (self.code, self.skeleton):
            square.setFixedSize(_CODE, _CODE)
        self.qr.setAccessibleDescription(t("To be scanned with the phone. A code to type is the other way."))
        below = column(row(self.state, STRETCH), self.countdown, gap="s")
        steps = self.instructions(t("On the phone"), qr_steps(), simulated=simulated)
        words = column(*steps, STRETCH, below, gap="m")
        self.pretend.show_text(t("Scan with the pretend phone"))
        whole = row(self.code, self.skeleton, words, gap="xl")
        whole.setStretch(2, 1)
        self.setLayout(whole)


class TypedCode(QWidget):
    """Eight characters in two groups, large enough to read across a desk, and a button that copies them."""

    copied = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._code = ""
        self.groups = (Text("", "kpi", selectable=True), Text("", "kpi", selectable=True))
        self.copy = Button(t("Copy the code"), icon="copy")
        self.copy.clicked.connect(self._copy)
        cards = [Card(), Card()]
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        for group, card in zip(self.groups, cards, strict=True):
            large = group.font()
            large.setFamilies(font.families())
            large.setLetterSpacing(large.SpacingType.AbsoluteSpacing, 6)
            group.setFont(large)
            group.setAlignment(Qt.AlignmentFlag.AlignCenter)
            card.add(group)
        dash = Text("–", "kpi", color="mute")
        dash.setAccessibleName("")
        self.setLayout(row(cards[0], dash, cards[1], self.copy, STRETCH, gap="m"))

    def show_code(self, code: str) -> None:
        self._code = code
        for group, half in zip(self.groups, halves(code), strict=True):
            group.show_text(half)
            # Letter by letter, or a screen reader makes a word of it.
            group.setAccessibleName(" ".join(half))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("".join(halves(self._code)))
        self.copied.emit()


class TypedPage(CodeView):
    """The code to type; ``other`` asks for another phone."""

    other = Signal()

    def __init__(self, *, simulated: bool) -> None:
        code = TypedCode()
        skeleton = Skeleton(row_height=72, avatar=False)
        super().__init__(code, skeleton, code.show_code, Countdown(validity))
        self.typed = code
        skeleton.setFixedHeight(72)
        self.phone = Text("", "strong")
        self.change = Button(t("Another number"), kind=Kind.QUIET)
        self.change.clicked.connect(self.other)
        head = row(hug(self.phone), self.change, STRETCH, gap="m")
        state = row(self.state, self.countdown, gap="m")
        state.setStretch(1, 1)
        steps = self.instructions("", code_steps(), simulated=simulated)
        self.pretend.show_text(t("Type it on the pretend phone"))
        self.setLayout(column(head, self.code, self.skeleton, *steps, STRETCH, state, gap="m"))

    def show_phone(self, phone: str) -> None:
        self.phone.show_text(t("Code for {number}", number=formats.phone(phone)))


class PhonePage(QWidget):
    """Asks on which phone the code is typed; ``given`` carries its number (E.164)."""

    given = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.number = TextField(_NUMBER)
        self.field = Field(
            t("Number of the phone with WhatsApp"),
            self.number,
            hint=t("With area code, as +55 11 99999-8888."),
            required=True,
        )
        self.number.textEdited.connect(lambda _: self.field.clear_error())
        self.number.editingFinished.connect(self._tidy)
        intro = Text(
            t(
                "Instead of scanning you type a code on the phone: good where its camera cannot see "
                "this screen."
            ),
            wrap=True,
        )
        self.setLayout(column(intro, self.field, STRETCH, gap="l"))

    def submit(self) -> None:
        """What the button does: hand the number on, or say what is wrong with it."""
        phone = e164(self.number.text())
        if phone:
            self.given.emit(phone)
        else:
            self.field.show_error(t("Write country and area code, as +55 11 99999-8888."))
            self.number.setFocus()

    def _tidy(self) -> None:
        if phone := e164(self.number.text()):
            self.number.setText(formats.phone(phone))


class OutcomePage(QWidget):
    """A picture, what happened, what to do, and a bar where something goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Outcome | None = None
        self._picture = QLabel()
        self._picture.setFixedSize(_PICTURE, _PICTURE)
        self.title = Text("", "title", wrap=True)
        self.said = Text("", "body", wrap=True)
        self.bar = Progress()
        self.note = Text("", "small", wrap=True)
        for label in (self.title, self.said, self.note):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = column(row(STRETCH, self._picture, STRETCH), self.title, self.said, gap="m")
        for part in (self.bar, self.note):
            words.addWidget(part)
        for part in (self.title, self.said, self.bar, self.note):
            part.setMaximumWidth(_LINE)
            part.setMinimumWidth(_LINE)
        self.setLayout(column(STRETCH, row(STRETCH, holder(words), STRETCH), STRETCH))
        theme.changed.connect(self._tint)

    def show_outcome(self, shown: Outcome) -> None:
        self._shown = shown
        self.title.show_text(shown.title)
        self.said.show_text(shown.said)
        percent = shown.percent
        self.bar.setVisible(percent is not None)
        self.bar.show_share(max(0, percent or 0), 0 if percent is None or percent < 0 else 100)
        self.note.show_text(shown.note)
        self.note.setVisible(bool(shown.note))
        self.setAccessibleName(" ".join(filter(None, (f"{shown.title}.", shown.said, shown.note))))
        self._tint()

    def _tint(self) -> None:
        if self._shown:
            self._picture.setPixmap(pixmap(self._shown.icon, self._shown.color, _PICTURE))
