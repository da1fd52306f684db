"""Pictures of the open conversation: asked for once, kept while there is room, never larger than shown."""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from embedded_server.contract.conversations import MediaOut, MediaStateName

#: Of a bubble, in device-independent pixels.
WIDEST, HIGHEST, SMALLEST = 280, 320, 96
#: Where the size is not known: the shape of most photos.
_USUAL = QSize(4, 3)
_MOST_BYTES = 32 << 20
#: Larger files wait for a click.
LARGEST_UNASKED = 8 << 20
#: What Qt can show; everything else is offered for saving.
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


class Pictures(QObject):
    """``wanted`` carries a file that is to be loaded, ``came`` the id of one that can be shown now."""

    wanted = Signal(object)
    came = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[UUID, QPixmap] = OrderedDict()
        self._asked: set[UUID] = set()
        self._failed: set[UUID] = set()
        self._bytes = 0

    def get(self, file: MediaOut, *, asked_by_person: bool = False) -> QPixmap | None:
        """What can be shown now; a file of a reasonable size is asked for as it comes into view."""
        if (kept := self._kept.get(file.id)) is not None:
            self._kept.move_to_end(file.id)
            return kept
        is_here = file.state is MediaStateName.STORED and file.mime in SHOWN
        comes_unasked = (file.size or 0) <= LARGEST_UNASKED and file.id not in self._failed
        if is_here and (comes_unasked or asked_by_person) and file.id not in self._asked:
            self._asked.add(file.id)
            self.wanted.emit(file)
        return None

    def has_failed(self, id_: UUID) -> bool:
        return id_ in self._failed

    def put(self, id_: UUID, image: QImage) -> None:
        self._failed.discard(id_)
        self._kept[id_] = QPixmap.fromImage(image)
        self._bytes += image.sizeInBytes()
        while self._bytes > _MOST_BYTES and len(self._kept) > 1:
            gone, pixmap = self._kept.popitem(last=False)
            self._asked.discard(gone)
            self._bytes -= pixmap.width() * pixmap.height() * 4
        self.came.emit(id_)

    def fail(self, id_: UUID) -> None:
        """It can be asked for again by a click."""
        self._failed.add(id_)
        self._asked.discard(id_)
        self.came.emit(id_)


def place_size(file: MediaOut, widest: int = WIDEST) -> QSize:
    """The room a picture takes, before and after it is here: the same, so that nothing moves."""
    size = QSize(file.width or 0, file.height or 0)
    size = _USUAL * 1000 if size.isEmpty() else size
    room = QSize(min(widest, WIDEST), HIGHEST)
    if size.width() > room.width() or size.height() > room.height():
        size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    return size.expandedTo(QSize(SMALLEST, SMALLEST // 2))
