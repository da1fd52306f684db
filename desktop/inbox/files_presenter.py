"""Fetches pictures to show and files to save; nothing that somebody sent is ever opened by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QBuffer, QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

from desktop.client.errors import ClientError
from desktop.inbox.pictures import HIGHEST, WIDEST, Pictures
from desktop.shell.presenter import Presenter
from desktop.shell.screen import Surroundings
from embedded_server.contract.conversations import MediaOut
from embedded_server.contract.words import t

#: The largest picture that is decoded, in pixels of either side, and in bytes.
_LARGEST_SIDE, _LARGEST_FILE = 12_000, 64 << 20
#: Of a bubble, for screens with two pixels to each of ours; and of the viewer.
_SMALL, _LARGE = QSize(2 * WIDEST, 2 * HIGHEST), QSize(2400, 1800)
_AT_ONCE = 3


class NotAPicture(Exception):
    """The file cannot be shown; the text says so to a person."""


class FilesPresenter(Presenter):
    """``enlarged`` carries a file's id and its picture in the size of the screen."""

    enlarged = Signal(object, QImage)
    saved = Signal(str)

    def __init__(self, around: Surroundings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._api = around.session.api
        self.pictures = Pictures(self)
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self.pictures.wanted.connect(lambda file: self.start(f"picture:{file.id}", self._fetch(file)))

    def enlarge(self, file: MediaOut) -> None:
        """The latest one asked for wins."""
        self.start("enlarge", self._enlarge(file))

    def save(self, file: MediaOut, path: Path) -> None:
        """To where the person said, whole or not at all."""
        self.start(f"save:{path}", self._save(file, path))

    async def _fetch(self, file: MediaOut) -> None:
        try:
            async with self._gate:
                image = await self._image(file.id, _SMALL)
        except (ClientError, NotAPicture):
            self.pictures.fail(file.id)
            return
        self.pictures.put(file.id, image)

    async def _enlarge(self, file: MediaOut) -> None:
        try:
            image = await self._image(file.id, _LARGE)
        except NotAPicture as error:
            self.failed.emit(str(error))
        else:
            self.enlarged.emit(file.id, image)

    async def _image(self, id_: UUID, room: QSize) -> QImage:
        raw = bytearray()
        async for chunk in self._stream(id_):
            raw += chunk
            if len(raw) > _LARGEST_FILE:
                raise NotAPicture(t("This picture is too large to be shown. Save it to look at it."))
        return await asyncio.to_thread(decode, bytes(raw), room)

    async def _save(self, file: MediaOut, path: Path) -> None:
        partial = path.with_name(f"{path.name}.partial")
        try:
            with await asyncio.to_thread(partial.open, "wb") as target:
                async for chunk in self._stream(file.id):
                    await asyncio.to_thread(target.write, chunk)
            await asyncio.to_thread(partial.replace, path)
        except OSError:
            self.failed.emit(t("The file could not be written there. Choose another folder."))
        else:
            self.saved.emit(t("Saved as {name}.", name=path.name))
        finally:
            await asyncio.to_thread(partial.unlink, missing_ok=True)

    def _stream(self, id_: UUID) -> AsyncIterator[bytes]:
        return self._api.download(f"/api/v1/media/{id_}")


def decode(raw: bytes, room: QSize) -> QImage:
    """A picture no larger than ``room``; sizes that would only fill the memory are refused before.

    Raises:
        NotAPicture: it is none, or too large.
    """
    buffer = QBuffer()
    buffer.setData(QByteArray(raw))
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > _LARGEST_SIDE:
        raise NotAPicture(t("This file cannot be shown. Save it to look at it."))
    if size.width() > room.width() or size.height() > room.height():
        reader.setScaledSize(size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        raise NotAPicture(t("This file cannot be shown. Save it to look at it."))
    return image
