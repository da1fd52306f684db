"""QR codes a phone can read in either theme: black on white, with the quiet edge the standard asks."""

from __future__ import annotations

import segno
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.theme import RADIUS, fill
from embedded_server.contract.words import t

#: Modules of white around the code.
QUIET = 4
_SIZE = 232


class QrCode(QWidget):
    """Shows a payload; an empty one shows nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[bytes] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(t("QR code"))

    def show_payload(self, text: str) -> None:
        """Raises segno.DataOverflowError above what a code can hold, nearly 3,000 bytes."""
        code = segno.make(text, error="m", micro=False) if text else None
        self._rows = [bytes(line) for line in code.matrix] if code else []
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIZE, _SIZE)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill(painter, QRectF(self.rect()), QColor("white"), RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        left, top, step = self.grid()
        for y, line in enumerate(self._rows):
            for x, dark in enumerate(line):
                if dark:
                    painter.fillRect(left + x * step, top + y * step, step, step, Qt.GlobalColor.black)

    def grid(self) -> tuple[int, int, int]:
        """Left and top of the first module and the pixels of each: whole ones, or readers stumble."""
        count = len(self._rows)
        step = max(1, min(self.width(), self.height()) // (count + 2 * QUIET))
        return (self.width() - count * step) // 2, (self.height() - count * step) // 2, step
