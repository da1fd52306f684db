"""The first step: a file is dropped or chosen, and sent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QWidget

from desktop.widgets import formats
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.progress import Progress
from desktop.widgets.text import Text
from desktop.widgets.theme import CARD_RADIUS, theme
from embedded_server.contract.words import t

_SUFFIXES = (".csv", ".txt", ".xlsx")
_PICTURE = 40
_HEIGHT = 240


class FileStep(QWidget):
    """``chosen`` carries the path; ``stopped`` gives the sending up."""

    chosen = Signal(object)
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._build()
        self.choose.clicked.connect(self._ask)
        self.zone.dropped.connect(self._take)
        self.stop.clicked.connect(self._give_up)

    def show_sent(self, done: int, total: int) -> None:
        """How much of the file is on its way."""
        self._show_sending(sending=True)
        self.bar.show_share(done, total)
        size = t("{done} of {total}", done=formats.file_size(done), total=formats.file_size(total))
        self.sent.show_text(size if done < total else t("Reading the file…"))

    def show_trouble(self, sentence: str) -> None:
        self._show_sending(sending=False)
        self.trouble.show_text(sentence)
        self.trouble.setVisible(bool(sentence))

    def begin_anew(self) -> None:
        self.show_trouble("")

    def _build(self) -> None:
        self.zone = _Zone()
        self.choose = Button(t("Choose file"), kind=Kind.PRIMARY, icon="file-up")
        self.trouble = Text("", "small", color="red", wrap=True)
        self.trouble.hide()
        self.bar, self.sent = Progress(), Text("", "small")
        self.stop = Button(t("Cancel"))
        self.sending = holder(column(self.bar, row(self.sent, STRETCH, self.stop)))
        self.sending.hide()
        self.zone.hold(row(STRETCH, self.choose, STRETCH))
        hint = Text(
            t("One row for each contact, with a column for the phone. The first row may hold the names."),
            "small",
            wrap=True,
        )
        self.setLayout(column(self.zone, self.trouble, self.sending, hint, STRETCH))

    def _ask(self) -> None:
        chooser = QFileDialog(self, t("Choose a file of contacts"), str(Path.home()))
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setNameFilters([t("Contacts (*.csv *.txt *.xlsx)"), t("All files (*)")])
        chooser.fileSelected.connect(lambda name: self._take(Path(name)))
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def _take(self, path: Path) -> None:
        self.trouble.hide()
        self.bar.show_share(0, 0)
        self.sent.show_text(path.name)
        self._show_sending(sending=True)
        self.chosen.emit(path)

    def _give_up(self) -> None:
        self._show_sending(sending=False)
        self.stopped.emit()

    def _show_sending(self, *, sending: bool) -> None:
        self.sending.setVisible(sending)
        self.zone.setEnabled(not sending)


class _Zone(QFrame):
    """Where a file can be dropped."""

    dropped = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._is_over = False
        self.setAcceptDrops(True)
        self.setMinimumHeight(_HEIGHT)
        self.picture = QLabel()
        self.picture.setFixedSize(_PICTURE, _PICTURE)
        title = Text(t("Drop your spreadsheet here"), "heading")
        small = Text(t("CSV or Excel (XLSX), up to 200 MB"), "small")
        for text in (title, small):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column = column(STRETCH, row(STRETCH, self.picture, STRETCH), title, small, margins="xl")
        self.setLayout(self._column)
        self._tint()
        theme.changed.connect(self._tint)

    def hold(self, below: object) -> None:
        """What stands under the words."""
        self._column.addLayout(below)  # type: ignore[arg-type]
        self._column.addStretch(1)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if file_of(event.mimeData()):
            event.acceptProposedAction()
            self._show_over(is_over=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_over(is_over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_over(is_over=False)
        if path := file_of(event.mimeData()):
            event.acceptProposedAction()
            self.dropped.emit(path)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme.color("accent" if self._is_over else "line2"), 2 if self._is_over else 1.2)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(theme.color("selected" if self._is_over else "surface"))
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(frame, CARD_RADIUS, CARD_RADIUS)

    def _show_over(self, *, is_over: bool) -> None:
        self._is_over = is_over
        self.update()

    def _tint(self) -> None:
        self.picture.setPixmap(pixmap("file-spreadsheet", "mute", _PICTURE))
        self.update()


def file_of(data: QMimeData) -> Path | None:
    """The one file that is being dragged, if it can hold contacts."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].suffix.lower() in _SUFFIXES else None
