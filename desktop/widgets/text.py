"""Text on the screen, all of it plain: what a customer wrote can neither format nor load anything (DX-01)."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from desktop.widgets.theme import font, theme

#: Roles of ``tokens.json`` that are shown in the muted color.
MUTED = frozenset({"meta", "small"})
#: Of a text that may be cut: what it never gets below, and what it asks for at most.
_NARROWEST, _WIDEST = 40, 900


class Text(QLabel):
    """A label of one type role ("title", "heading", "strong", "body", "small", "meta", "kpi").

    ``color`` is a token; without one, small roles are muted. ``elided`` keeps one line and cuts it with an
    ellipsis; the tooltip then has the whole.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        *,
        color: str | None = None,
        wrap: bool = False,
        elided: bool = False,
        selectable: bool = False,
    ) -> None:
        super().__init__()
        self._whole = ""
        self._elided = elided
        self._color = color or ("mute" if role in MUTED else "text")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(role))
        self.setWordWrap(wrap)
        if elided:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._paint()
        self.show_text(text)
        theme.changed.connect(self._paint)

    def show_text(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self.setText(self._cut() if self._elided else text)
        self.updateGeometry()

    def whole(self) -> str:
        """All of it, also where the screen shows less."""
        return self._whole

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if self._elided:
            hint.setWidth(min(_WIDEST, self.fontMetrics().horizontalAdvance(_one_line(self._whole)) + 1))
        return hint

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(_NARROWEST, self.sizeHint().width()), hint.height()) if self._elided else hint

    def recolor(self, color: str) -> None:
        self._color = color
        self._paint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._elided:
            self.setText(self._cut())

    def _cut(self) -> str:
        line = _one_line(self._whole)
        cut = self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(plain_tip(self._whole) if cut != line else "")
        return cut

    def _paint(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.color(self._color))
        self.setPalette(palette)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def plain_tip(text: str) -> str:
    """A tooltip that cannot be taken for rich text: Qt guesses by what looks like a tag."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<span>{escaped}</span>" if escaped else ""
