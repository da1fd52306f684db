"""Where answers and notes are written: two modes that never mix, and what is said when words may not go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.inbox.bubble_paint import quoted_words
from desktop.inbox.emoji_picker import EmojiPicker
from desktop.inbox.message_edit import LONGEST, MessageEdit
from desktop.inbox.quote_bar import QuoteBar
from desktop.inbox.reaches import Reach
from desktop.shell.shortcuts import key_text
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.fields import Select
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import Text
from desktop.widgets.theme import theme
from embedded_server.contract import labels
from embedded_server.contract.conversations import QuoteOut
from embedded_server.contract.words import number, t

_KEEP_MS = 400
_COUNTS_FROM = LONGEST - 200


class Mode(StrEnum):
    ANSWER = "answer"
    NOTE = "note"


class Composer(QWidget):
    """``answered`` carries words for the person, ``noted`` words for the team: neither becomes the other.

    ``typed`` carries a mode and what stands in it now, a moment after the last key.
    """

    answered = Signal(str)
    noted = Signal(str)
    typed = Signal(str, str)
    template_wanted = Signal()
    channels_wanted = Signal()
    channel_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._texts = {Mode.ANSWER: "", Mode.NOTE: ""}
        self._reaches: list[Reach] = []
        self._now: datetime | None = None
        self.quoted: QuoteOut | None = None
        self._keeping = QTimer(self, singleShot=True, interval=_KEEP_MS)
        self._build()
        self._wire()
        self._show_mode()

    @property
    def mode(self) -> Mode:
        return Mode(self.modes.current())

    @property
    def reach(self) -> Reach | None:
        """The channel an answer goes to."""
        chosen = self.channel.value()
        return next((reach for reach in self._reaches if reach.channel_id == chosen), None)

    def start(self, answer: str, note: str) -> None:
        """Another conversation: what was left half-written in it. Keep what stands here before."""
        self._keeping.stop()
        self._texts = {Mode.ANSWER: answer, Mode.NOTE: note}
        self.drop_quote()
        self.modes.choose(Mode.ANSWER)
        self._show_text()
        self._show_mode()

    def show_reaches(self, reaches: Sequence[Reach], preferred: UUID | None, now: datetime) -> None:
        self._reaches, self._now = list(reaches), now
        before = self.channel.value()
        self.channel.show_items([(reach.channel_id, _channel_words(reach)) for reach in reaches])
        known = [reach.channel_id for reach in reaches]
        if before not in known and preferred in known:
            self.channel.choose(preferred)
        self.channel.setVisible(len(reaches) > 1)
        self._show_mode()

    def forget_channel(self) -> None:
        """The next conversation chooses its own."""
        self.channel.show_items([])

    def choose(self, mode: Mode) -> None:
        if mode is not self.mode:
            self.modes.choose(mode)
            self._on_mode()
        self.focus()

    def quote(self, quoted: QuoteOut, who: str) -> None:
        self.choose(Mode.ANSWER)
        self.quoted = quoted
        self.quote_bar.show_quote(who, quoted_words(quoted))

    def drop_quote(self) -> None:
        self.quoted = None
        self.quote_bar.hide()

    def clear_sent(self) -> None:
        """It is on its way."""
        self._texts[self.mode] = ""
        self._show_text()
        self.drop_quote()
        self.keep_now()

    def open_emoji(self) -> None:
        if self.writing.isVisible():
            self.picker.open_above(self.emoji)

    def focus(self) -> None:
        (self.edit if self.writing.isVisible() else self.template).setFocus()

    def keep_now(self) -> None:
        """Do not wait for the moment after the last key."""
        if self._keeping.isActive():
            self._keeping.stop()
        self.typed.emit(self.mode.value, self._texts[self.mode])

    def _build(self) -> None:
        self.modes = Segmented([(Mode.ANSWER.value, t("Reply")), (Mode.NOTE.value, t("Internal note"))])
        self.channel = Select()
        self.channel.setAccessibleName(t("Channel of the answer"))
        self.channel.setSizeAdjustPolicy(Select.SizeAdjustPolicy.AdjustToContents)
        self.channel.hide()
        self.quote_bar = QuoteBar()
        self.emoji = IconButton("smile", t("Emoji"), key=key_text("inbox.emoji"), kind=Kind.PLAIN)
        self.picker = EmojiPicker(self)
        self.edit = MessageEdit()
        self.send = Button(
            t("Send"), kind=Kind.PRIMARY, icon="send", key=t("Enter sends, Shift+Enter breaks the line")
        )
        self.length = Text("", "meta")
        bottom = Qt.AlignmentFlag.AlignBottom
        line = row(gap="s")
        line.addWidget(self.emoji, 0, bottom)
        line.addWidget(self.edit, 1, bottom)
        line.addWidget(self.send, 0, bottom)
        self.writing = holder(line)
        self.why = Text("", "small", wrap=True)
        self.template = Button(t("Send template"), kind=Kind.PRIMARY, icon="file-text")
        self.connect_button = Button(t("Open connections"), kind=Kind.PRIMARY)
        closed = row(self.why, self.template, self.connect_button)
        closed.setStretch(0, 1)
        self.closed = holder(closed)
        top = row(self.modes, STRETCH, self.length, self.channel)
        self.setLayout(column(top, self.quote_bar, self.writing, self.closed, gap="s", margins="m"))
        self.setTabOrder(self.modes, self.edit)

    def _wire(self) -> None:
        self.modes.chosen.connect(lambda _: self._on_mode())
        self.channel.chosen.connect(lambda _: self._show_mode())
        self.channel.chosen.connect(lambda _: self.channel_chosen.emit())
        self.edit.textChanged.connect(self._on_text)
        self.edit.sent.connect(self._on_send)
        self.send.clicked.connect(self._on_send)
        self.emoji.clicked.connect(self.open_emoji)
        self.picker.picked.connect(self._on_emoji)
        self.quote_bar.dropped.connect(self.drop_quote)
        self.template.clicked.connect(self.template_wanted)
        self.connect_button.clicked.connect(self.channels_wanted)
        self._keeping.timeout.connect(self.keep_now)
        theme.changed.connect(self._tint)

    def _on_mode(self) -> None:
        """Each mode has words of its own: a note does not become an answer by a click."""
        self._show_text()
        if self.mode is Mode.NOTE:
            self.drop_quote()
        self._show_mode()
        self.focus()

    def _show_text(self) -> None:
        self.edit.blockSignals(True)
        self.edit.show_text(self._texts[self.mode])
        self.edit.blockSignals(False)
        self.edit.fit()
        self._show_length()

    def _show_mode(self) -> None:
        is_note, reach = self.mode is Mode.NOTE, self.reach
        can_write = is_note or (reach is not None and not self._needs_template())
        self.writing.setVisible(can_write)
        self.closed.setVisible(not can_write)
        self.template.setVisible(reach is not None)
        self.connect_button.setVisible(reach is None)
        self.why.show_text(_why_closed(reach))
        self.send.show_text(t("Save note") if is_note else t("Send"))
        name = t("Internal note: only the team sees it") if is_note else t("Message to the person")
        self.edit.setPlaceholderText(name)
        self.edit.setAccessibleName(name)
        self._tint()

    def _needs_template(self) -> bool:
        reach = self.reach
        return reach is not None and self._now is not None and reach.needs_template(self._now)

    def _on_text(self) -> None:
        self._texts[self.mode] = self.edit.toPlainText()
        self._show_length()
        self._keeping.start()

    def _show_length(self) -> None:
        length, is_note = len(self._texts[self.mode]), self.mode is Mode.NOTE
        self.length.setVisible(length > _COUNTS_FROM and not is_note)
        self.length.show_text(t("{length} of {most}", length=number(length), most=number(LONGEST)))
        self.length.recolor("red" if length > LONGEST else "mute")
        self.send.setEnabled(is_note or length <= LONGEST)

    def _on_send(self) -> None:
        text = self._texts[self.mode].strip()
        if not text or not self.send.isEnabled():
            return
        if self.mode is Mode.NOTE:
            self.noted.emit(text)
        elif not self._needs_template() and self.reach is not None:
            self.answered.emit(text)

    def _on_emoji(self, emoji: str) -> None:
        self.edit.insertPlainText(emoji)
        self.edit.setFocus()

    def _tint(self) -> None:
        """Yellow while a note is written, so that nobody takes it for an answer."""
        is_note = self.mode is Mode.NOTE
        self.edit.setStyleSheet(f"background: {theme.color('note').name()};" if is_note else "")


def _channel_words(reach: Reach) -> str:
    return labels.named(reach.kind, reach.name)


def _why_closed(reach: Reach | None) -> str:
    if reach is None:
        return t("No connected channel can reach this person.")
    if reach.until is None:
        return t("This person has not written on WhatsApp yet: only a template may begin the conversation.")
    return t("More than 24 hours have passed since this person wrote: WhatsApp takes only templates now.")
