"""Paints laid-out bubbles and chips. Everything a person wrote is drawn as plain text (DX-01)."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPen, QTextCharFormat, QTextLayout

from desktop.inbox.bubbles import PAD, TICK, Bubble, Part, meta_text, metrics
from desktop.inbox.entries import Entry, Team, Trouble
from desktop.inbox.kinds import kind_name
from desktop.inbox.pictures import LARGEST_UNASKED, SHOWN, Pictures
from desktop.inbox.timeline_items import ItemKind
from desktop.inbox.units import units
from desktop.widgets import formats
from desktop.widgets.icons import pixmap
from desktop.widgets.theme import CARD_RADIUS, fill, font, theme
from embedded_server.contract.conversations import DirectionName, MediaOut, MediaStateName, QuoteOut
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t

_CENTER = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine)
_DISC, _BARS, _BAR_STEP = 34.0, 40, 4.5
#: Where a selection begins and ends in a text.
Span = tuple[int, int]


class BubblePainter:
    """Knows what surrounds the bubbles: whose conversation it is, the team, and the pictures."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self.person = ""
        self.team = Team()

    def paint(self, painter: QPainter, bubble: Bubble, top: float, span: Span | None) -> None:
        painter.save()
        painter.translate(0, top)
        if bubble.item.kind is ItemKind.DAY:
            _paint_day(painter, bubble)
        elif bubble.item.kind is ItemKind.NEW:
            _paint_new(painter, bubble)
        elif (entry := bubble.entry) is not None:
            self._paint_entry(painter, bubble, entry, span)
        painter.restore()

    def _paint_entry(self, painter: QPainter, bubble: Bubble, entry: Entry, span: Span | None) -> None:
        fill(painter, bubble.box, theme.color(_ground(entry)), CARD_RADIUS)
        painter.translate(bubble.box.topLeft())
        if bubble.heading is not None:
            _paint_heading(painter, bubble.heading, bubble.item.words, entry)
        if bubble.quote is not None and entry.quoted is not None:
            self._paint_quote(painter, bubble.quote, entry.quoted)
        for file, part, place in bubble.files:
            self._paint_file(painter, file, part, place)
        if bubble.text is not None:
            painter.setPen(theme.color("mute" if entry.is_aside else "text"))
            bubble.text.draw(painter, bubble.text_at, _formats(bubble, entry, span))
        if bubble.reason is not None:
            painter.setPen(theme.color("yellow" if entry.trouble is Trouble.UNCERTAIN else "red"))
            bubble.reason.draw(painter, bubble.reason_at)
        for _, words, place in bubble.actions:
            _paint_action(painter, place, words)
        _paint_meta(painter, bubble.meta, entry)
        if entry.reactions:
            _paint_reactions(painter, bubble.box, entry.reactions)

    def _paint_quote(self, painter: QPainter, place: QRectF, quoted: QuoteOut) -> None:
        is_own = quoted.direction is not DirectionName.INBOUND
        who = (self.team.name(quoted.author_id) or t("you")) if is_own else self.person
        fill(painter, place, theme.color("hover"), 6)
        fill(painter, QRectF(place.left(), place.top(), 3, place.height()), theme.color("accent"), 1.5)
        room = place.adjusted(11, 3, -8, -3)
        top = QRectF(room.left(), room.top(), room.width(), room.height() / 2)
        _line(painter, top, who, "chip", "accent")
        _line(painter, top.translated(0, top.height()), quoted_words(quoted), "small", "mute")

    def _paint_file(self, painter: QPainter, file: MediaOut, part: Part, place: QRectF) -> None:
        match part:
            case Part.PICTURE:
                self._paint_picture(painter, file, place)
            case Part.SOUND:
                _paint_sound(painter, file, place)
            case _:
                _paint_paper(painter, file, place)

    def _paint_picture(self, painter: QPainter, file: MediaOut, place: QRectF) -> None:
        kept = self._pictures.get(file)
        if kept is None:
            fill(painter, place, theme.color("neutral_bg"), 8)
            _paint_waiting(painter, file, place, has_failed=self._pictures.has_failed(file.id))
            return
        frame = QPainterPath()
        frame.addRoundedRect(place, CARD_RADIUS - 3, CARD_RADIUS - 3)
        painter.save()
        painter.setClipPath(frame)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, kept, QRectF(kept.rect()))
        painter.restore()


def quoted_words(quoted: QuoteOut) -> str:
    return " ".join(quoted.text.split()) or kind_name(quoted.kind)


def _ground(entry: Entry) -> str:
    if entry.is_note:
        return "note"
    return "bubble_out" if entry.is_own else "bubble_in"


def _paint_day(painter: QPainter, bubble: Bubble) -> None:
    fill(painter, bubble.box, theme.color("bg"), bubble.box.height() / 2)
    painter.setFont(font("chip"))
    painter.setPen(theme.color("mute"))
    painter.drawText(bubble.box, _CENTER, bubble.item.words)


def _paint_new(painter: QPainter, bubble: Bubble) -> None:
    painter.fillRect(bubble.box, theme.color("selected"))
    painter.setFont(font("chip"))
    painter.setPen(theme.color("accent"))
    painter.drawText(bubble.box, _CENTER, bubble.item.words)


def _paint_heading(painter: QPainter, place: QRectF, words: str, entry: Entry) -> None:
    color = "yellow" if entry.is_note else "purple" if entry.is_campaign else "accent"
    left = place.left()
    icon = "sticky-note" if entry.is_note else "megaphone" if entry.is_campaign else ""
    if icon:
        painter.drawPixmap(QPointF(left, place.top() + 1), pixmap(icon, color, 14))
        left += 19
    _line(painter, QRectF(left, place.top(), place.right() - left, 16), words, "chip", color)


def _paint_action(painter: QPainter, place: QRectF, words: str) -> None:
    fill(painter, place, theme.color("raised"), place.height() / 2)
    painter.setPen(QPen(theme.color("line2"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(place, place.height() / 2, place.height() / 2)
    painter.setFont(font("chip"))
    painter.setPen(theme.color("text"))
    painter.drawText(place, _CENTER, words)


def _paint_meta(painter: QPainter, place: QRectF, entry: Entry) -> None:
    _line(painter, place, meta_text(entry), "meta", "mute")
    if entry.standing is not None:
        color = "mute" if entry.standing.color is Color.NEUTRAL else entry.standing.color
        spot = QPointF(place.right() - TICK, place.top() + 1)
        painter.drawPixmap(spot, pixmap(entry.standing.icon, color, int(TICK)))


def _paint_reactions(painter: QPainter, box: QRectF, reactions: tuple[str, ...]) -> None:
    words = " ".join(reactions[:4])
    width = metrics("small").horizontalAdvance(words) + 14
    place = QRectF(PAD, box.height() - 8, width, 22)
    fill(painter, place, theme.color("line2"), 11)
    fill(painter, place.adjusted(1, 1, -1, -1), theme.color("raised"), 10)
    painter.setFont(font("small"))
    painter.setPen(theme.color("text"))
    painter.drawText(place, _CENTER, words)


def _paint_waiting(painter: QPainter, file: MediaOut, place: QRectF, *, has_failed: bool) -> None:
    """Why there is no picture yet, and what helps."""
    picture = pixmap("image-off" if has_failed else "image", "mute", 24)
    middle = place.center()
    painter.drawPixmap(QPointF(middle.x() - 12, middle.y() - 22), picture)
    words = picture_words(file, has_failed=has_failed)
    room = QRectF(place.left() + 4, middle.y() + 6, place.width() - 8, 18)
    cut = metrics("meta").elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    painter.setFont(font("meta"))
    painter.setPen(theme.color("mute"))
    painter.drawText(room, _CENTER, cut)


def picture_words(file: MediaOut, *, has_failed: bool) -> str:
    if file.state is MediaStateName.PENDING:
        return t("On its way")
    if file.state is MediaStateName.FAILED:
        return t("The file did not arrive")
    if file.mime not in SHOWN:
        return t("Click to save")
    if has_failed:
        return t("Click to try again")
    if (file.size or 0) > LARGEST_UNASKED:
        return t("{size} · click to load", size=formats.file_size(file.size or 0))
    return ""


def _paint_sound(painter: QPainter, file: MediaOut, place: QRectF) -> None:
    """A recording: it is saved to be heard, so its button is there and off."""
    disc = QRectF(place.left(), place.top() + 5, _DISC, _DISC)
    fill(painter, disc, theme.color("line2"), _DISC / 2)
    painter.drawPixmap(disc.topLeft() + QPointF(9, 9), pixmap("play", "raised", 16))
    left, middle = disc.right() + 12, place.top() + 18
    for n, height in enumerate(_wave(file.id)):
        bar = QRectF(left + n * _BAR_STEP, middle - height / 2, 2.5, height)
        fill(painter, bar, theme.color("line2"), 1.2)
    words = formats.duration(file.seconds) if file.seconds else file_words(file)
    room = QRectF(left, place.bottom() - 12, place.right() - left, 14)
    _line(painter, room, words, "meta", "mute")


def _paint_paper(painter: QPainter, file: MediaOut, place: QRectF) -> None:
    fill(painter, place, theme.color("hover"), 8)
    painter.drawPixmap(QPointF(place.left() + 10, place.top() + 12), pixmap("file-text", "accent", 24))
    room = QRectF(place.left() + 44, place.top() + 5, place.width() - 84, 20)
    _line(painter, room, file.file_name or t("File"), "strong", "text")
    _line(painter, room.translated(0, 19), file_words(file), "meta", "mute")
    if file.state is MediaStateName.STORED:
        painter.drawPixmap(QPointF(place.right() - 30, place.top() + 15), pixmap("download", "text", 18))


def file_words(file: MediaOut) -> str:
    if file.state is MediaStateName.PENDING:
        return t("On its way")
    if file.state is MediaStateName.FAILED:
        return t("The file did not arrive")
    return formats.file_size(file.size) if file.size is not None else file.mime


def _wave(id_: UUID) -> list[float]:
    """Bars that are always the same for the same recording: a picture of sound, not its loudness."""
    return [4.0 + (id_.int >> 3 * n & 7) * 2.4 for n in range(_BARS)]


def _formats(bubble: Bubble, entry: Entry, span: Span | None) -> list[QTextLayout.FormatRange]:
    ranges = []
    if entry.is_aside and bubble.text is not None:
        aside = QTextCharFormat()
        aside.setFontItalic(True)
        ranges.append(_range(0, units(bubble.text.text()), aside))
    for link in bubble.links:
        blue = QTextCharFormat()
        blue.setForeground(theme.color("accent"))
        blue.setFontUnderline(True)
        ranges.append(_range(link.start, link.length, blue))
    if span is not None:
        chosen = QTextCharFormat()
        chosen.setBackground(theme.color("accent"))
        chosen.setForeground(theme.color("on_accent"))
        ranges.append(_range(span[0], span[1] - span[0], chosen))
    return ranges


def _range(start: int, length: int, how: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, how
    return made


def _line(painter: QPainter, room: QRectF, text: str, role: str, color: str) -> None:
    face: QFont = font(role)
    painter.setFont(face)
    painter.setPen(theme.color(color))
    painter.drawText(room, _LEFT, metrics(role).elidedText(text, Qt.TextElideMode.ElideRight, room.width()))
