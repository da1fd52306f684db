"""One picture as large as the window, and the ones before and after it by the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QDialog, QWidget

from desktop.widgets.buttons import IconButton, Kind
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.theme import font
from embedded_server.contract.conversations import MediaOut
from embedded_server.contract.words import t

_EDGE, _TOP = 64.0, 56.0
_GROUND, _WORDS = QColor(12, 14, 18), QColor(240, 242, 245)


class PictureViewer(QDialog):
    """``wanted`` carries the file to be loaded for it, ``save_wanted`` the one to be saved.

    Esc closes it, as does a click beside the picture.
    """

    wanted = Signal(object)
    save_wanted = Signal(object)

    def __init__(self, files: Sequence[MediaOut], parent: QWidget) -> None:
        super().__init__(parent)
        self._files = list(files)
        self._place = 0
        self._picture: QPixmap | None = None
        self._room = parent.window().size()
        self._build()

    @property
    def file(self) -> MediaOut:
        return self._files[self._place]

    def begin(self, id_: UUID) -> None:
        """Open at this file, over the whole window."""
        self._place = next((n for n, file in enumerate(self._files) if file.id == id_), 0)
        self.resize(self._room)
        self.open()
        self._ask()

    def show_picture(self, id_: UUID, image: QImage) -> None:
        """What was loaded, if it is still the one that is wanted."""
        if id_ == self.file.id:
            self._picture = QPixmap.fromImage(image)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._go(step)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._picture_place().contains(event.position()):
            self.reject()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        painter.setPen(_WORDS)
        painter.setFont(font("small"))
        count = t("{place} of {count}", place=self._place + 1, count=len(self._files))
        head = QRectF(0, 0, self.width(), _TOP)
        painter.drawText(head, Qt.AlignmentFlag.AlignCenter, f"{self.file.file_name or ''}  {count}".strip())
        if self._picture is None:
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, t("Loading…"))
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(self._picture_place(), self._picture, QRectF(self._picture.rect()))

    def _build(self) -> None:
        self.setWindowTitle(t("Picture"))
        self.setModal(True)
        self.previous = self._button("chevron-left", t("Previous picture"))
        self.next = self._button("chevron-right", t("Next picture"))
        self.save = self._button("download", t("Save as…"))
        self.done_button = self._button("x", t("Close"))
        self.previous.clicked.connect(lambda: self._go(-1))
        self.next.clicked.connect(lambda: self._go(1))
        self.save.clicked.connect(lambda: self.save_wanted.emit(self.file))
        self.done_button.clicked.connect(self.reject)
        top, sides = row(STRETCH, self.save, self.done_button), row(self.previous, STRETCH, self.next)
        self.setLayout(column(top, STRETCH, sides, STRETCH, margins="m"))

    def _button(self, icon: str, name: str) -> IconButton:
        return IconButton(icon, name, kind=Kind.PLAIN)

    def _go(self, step: int) -> None:
        place = self._place + step
        if 0 <= place < len(self._files):
            self._place, self._picture = place, None
            self._ask()

    def _ask(self) -> None:
        self.previous.setEnabled(self._place > 0)
        self.next.setEnabled(self._place < len(self._files) - 1)
        self.setAccessibleName(self.file.file_name or t("Picture"))
        self.wanted.emit(self.file)
        self.update()

    def _picture_place(self) -> QRectF:
        room = QRectF(_EDGE, _TOP, self.width() - 2 * _EDGE, self.height() - _TOP - 24)
        if self._picture is None:
            return room
        size = QSizeF(self._picture.size())
        if size.width() > room.width() or size.height() > room.height():
            size = size.scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(room.center())
        return place
