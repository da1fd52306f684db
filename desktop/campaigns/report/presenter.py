"""The report: loads it page by page, keeps what is loaded true, and takes it along as CSV."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.campaigns.presenter import CAMPAIGNS
from desktop.campaigns.report.report_model import ReportModel
from desktop.client.errors import ClientError
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.session import Session
from embedded_server.contract.campaigns import RecipientOut, StandingName
from embedded_server.contract.words import spoken, t

PAGE = 100
#: With a filter the appliance looks at so many recipients at a time that a page may be empty.
_MOST_ASKED = 60
_LINE_END = b"\r\n"


class ReportPresenter(Presenter):
    """``exporting`` tells how many of how many lines are on the disk; ``exported`` where the file is."""

    exporting = Signal(int, int)
    exported = Signal(str)
    ended = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = ReportModel(self)
        self.status: StandingName | None = None
        self.words = ""
        self._session = session
        self._campaign_id: UUID | None = None
        self._next: str | None = None

    @property
    def may_export(self) -> bool:
        return self._session.may("contacts.export")

    @property
    def has_more(self) -> bool:
        return self._next is not None

    def show(self, campaign_id: UUID) -> None:
        """Another campaign's report, whole; it is loaded when somebody looks."""
        self.cancel_export()
        self._campaign_id, self.status, self.words, self._next = campaign_id, None, "", None
        self.model.replace_all([])
        self.to_phase(Phase.LOADING)

    def filter(self, status: StandingName | None) -> None:
        self.status = status
        self.reload()

    def search(self, words: str) -> None:
        self.words = words
        self.reload()

    def reload(self) -> None:
        self.tasks.cancel("more")
        self.load(self._first)

    def more(self) -> None:
        """The next page, if there is one and nobody is getting it."""
        is_busy = self.tasks.is_running("more") or self.tasks.is_running("load")
        if self._next is not None and not is_busy:
            self.start("more", self._more())

    def refresh(self) -> None:
        """Recipients moved on: what stands at the top is brought up to date."""
        names = ("load", "more", "refresh")
        if self._campaign_id is not None and not any(self.tasks.is_running(name) for name in names):
            self.start("refresh", self._refresh())

    def export(self, path: Path, lines: int) -> None:
        """Take along what the filter shows; ``lines`` is how many that are about."""
        if not self.tasks.is_running("export"):
            self.start("export", self._export(path, lines))

    def cancel_export(self) -> None:
        self.tasks.cancel("export")

    async def _first(self) -> bool:
        rows, self._next = await self._page(None)
        self.model.replace_all(rows)
        return bool(rows)

    async def _more(self) -> None:
        rows, self._next = await self._page(self._next)
        self.model.append(rows)

    async def _refresh(self) -> None:
        with suppress(ClientError):
            rows, following = await self._page(None)
            if self.model.rowCount() <= PAGE:
                self._next = following
                self.model.replace_all(rows)
                self.to_phase(Phase.READY if rows else Phase.EMPTY)
            else:
                for row in rows:
                    if self.model.place(row.id) is not None:
                        self.model.upsert(row)

    async def _page(self, after: str | None) -> tuple[list[RecipientOut], str | None]:
        rows: list[RecipientOut] = []
        for _ in range(_MOST_ASKED):
            page = await self._session.api.page(
                f"{CAMPAIGNS}/{self._campaign_id}/recipients",
                RecipientOut,
                limit=PAGE,
                after=after,
                status=self.status,
                q=self.words or None,
            )
            rows, after = rows + page.items, page.next
            if after is None or len(rows) >= PAGE // 2:
                break
        return rows, after

    async def _export(self, path: Path, lines: int) -> None:
        partial = path.with_name(path.name + ".partial")
        self.exporting.emit(0, lines)
        try:
            with _created(partial) as file:
                await self._write(file, lines)
            partial.replace(path)
            self.exported.emit(str(path))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            self.failed.emit(t("The file could not be written: {reason}", reason=reason))
        finally:
            partial.unlink(missing_ok=True)
            self.ended.emit()

    async def _write(self, file: BinaryIO, lines: int) -> None:
        written = 0
        pieces = self._session.api.download(
            f"{CAMPAIGNS}/{self._campaign_id}/report.csv",
            status=self.status,
            q=self.words or None,
            language=spoken(),
        )
        async for piece in pieces:
            await asyncio.to_thread(file.write, piece)
            written += piece.count(_LINE_END)
            self.exporting.emit(min(max(0, written - 1), lines), lines)


def _created(path: Path) -> BinaryIO:
    """Made here and not on a thread: whoever gives up while a thread opens it would leave it open."""
    return path.open("wb")
