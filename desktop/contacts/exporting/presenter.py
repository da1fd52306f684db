"""Writes the contacts of a list to a file as they come, and leaves no half a file behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.shell.presenter import Presenter
from desktop.shell.session import Session
from embedded_server.contract.words import spoken, t

logger = logging.getLogger(__name__)

_EXPORT = "/api/v1/contacts/export"


class ExportPresenter(Presenter):
    """``progressed`` carries how many contacts are in the file; ``done`` where it is and how many it has."""

    progressed = Signal(int)
    done = Signal(str, int)
    ended = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def save(self, path: Path, query: dict[str, object], ids: Sequence[UUID] = ()) -> None:
        """Begin. ``ids`` leaves out everybody else."""
        chosen = "&".join(f"ids={id_.hex}" for id_ in ids)
        asked = f"{_EXPORT}?{chosen}" if chosen else _EXPORT
        self.start("export", self._save(path, asked, {**query, "language": spoken()}))

    def cancel(self) -> None:
        """Give up; the half file goes."""
        self.tasks.cancel("export")
        self.ended.emit()

    async def _save(self, path: Path, asked: str, query: dict[str, object]) -> None:
        partial = path.with_name(f"{path.name}.part")
        try:
            count = await self._write(partial, asked, query)
            await asyncio.to_thread(partial.replace, path)
        except OSError:
            logger.info("The export could not be written", exc_info=True)
            self._clean(partial)
            self.failed.emit(t("The file could not be written. Choose another folder or name."))
            return
        except Exception:
            self._clean(partial)
            raise
        except asyncio.CancelledError:
            partial.unlink(missing_ok=True)
            raise
        self.ended.emit()
        self.done.emit(str(path), count)

    def _clean(self, partial: Path) -> None:
        partial.unlink(missing_ok=True)
        self.ended.emit()

    async def _write(self, partial: Path, asked: str, query: dict[str, object]) -> int:
        lines = 0
        file = await asyncio.to_thread(partial.open, "wb")
        try:
            async for piece in self._session.api.download(asked, **query):
                await asyncio.to_thread(file.write, piece)
                lines += piece.count(b"\r\n")
                self.progressed.emit(max(0, lines - 1))
        finally:
            await asyncio.to_thread(file.close)
        return max(0, lines - 1)
