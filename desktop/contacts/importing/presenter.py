"""One import from its file to its result, and the list of all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.client.errors import ClientError
from desktop.contacts.importing.estimate import Estimate
from desktop.contacts.importing.problems_model import ProblemsModel, csv_of
from desktop.contacts.settling import Settling
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.sentences import sentence
from desktop.shell.session import Session
from embedded_server.contract.imports import (
    CheckIn,
    ColumnsOut,
    ImportOptions,
    ImportOut,
    ImportProblemOut,
    ImportStateName,
)
from embedded_server.contract.live import LiveEvent
from embedded_server.contract.words import t

IMPORTS = "/api/v1/imports"
LARGEST = 200 * 1024 * 1024
WORKING = frozenset({ImportStateName.CHECKING, ImportStateName.QUEUED, ImportStateName.RUNNING})
ENDED = frozenset({ImportStateName.COMPLETED, ImportStateName.CANCELLED, ImportStateName.FAILED})

_PIECE = 256 * 1024
_LOOK_MS = 2_000
_PAGE = 100
_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ImportPresenter(Presenter):
    """``changed`` follows everything that becomes of the import, ``columns_shown`` its columns. ``sent``
    tells how much of the file is on its way; ``refused`` why a step could not be taken, in a sentence.
    """

    changed = Signal(object)
    columns_shown = Signal(object)
    sent = Signal(object, object)
    refused = Signal(str)
    saved = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.job: ImportOut | None = None
        self.columns: ColumnsOut | None = None
        self.problems = ProblemsModel(self)
        #: Seconds the work will still take; None while nobody can say.
        self.rest: float | None = None
        self._estimate = Estimate()
        self._session = session
        self._next: str | None = None
        self._settling = Settling(self, lambda: self.tasks.is_running("look"))
        self._settling.due.connect(self._look)
        # The live line may be down just now; what works is looked at anyhow.
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._settling.wish)
        self.problems.more_wanted.connect(self._more_problems)
        session.happened.connect(self._on_event)
        session.resynced.connect(self._settling.wish)

    def upload(self, path: Path) -> None:
        """Send a file to the appliance. Nothing is imported yet."""
        self.start("upload", self._upload(path))

    def stop_upload(self) -> None:
        self.tasks.cancel("upload")

    def open(self, id_: UUID) -> None:
        """Go on with an import that is there."""
        self.start("open", self._open(id_))

    def check(self, mapping: dict[str, str], options: ImportOptions) -> None:
        """Try the file out without keeping anything."""
        body = CheckIn(mapping=mapping, options=options)
        self._ask("check", body)

    def begin(self) -> None:
        """Take the contacts in."""
        self._ask("start")

    def cancel(self) -> None:
        """Give it up. Contacts that are in stay."""
        self._ask("cancel")

    def save_problems(self, path: Path) -> None:
        self.start("save", self._save_problems(path))

    async def _upload(self, path: Path) -> None:
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
            if size > LARGEST:
                self.refused.emit(t("The file is too large. Split it into files of at most 200 MB."))
                return
            kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
            data = self._pieces(path, size)
            job = await self._session.api.upload(IMPORTS, ImportOut, data, media_type=kind, name=path.name)
            await self._load_columns(job)
        except ClientError as error:
            self.refused.emit(sentence(error))
        except OSError:
            self.refused.emit(t("The file could not be read. Close it in other programs and try again."))

    async def _pieces(self, path: Path, size: int) -> AsyncIterator[bytes]:
        done = 0
        file = await asyncio.to_thread(path.open, "rb")
        try:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                done += len(piece)
                self.sent.emit(done, size)
                yield piece
        finally:
            await asyncio.to_thread(file.close)

    async def _open(self, id_: UUID) -> None:
        try:
            job = await self._session.api.get(f"{IMPORTS}/{id_}", ImportOut)
            if job.state in ENDED:
                self._show(job)
            else:
                await self._load_columns(job)
            await self._load_problems()
        except ClientError as error:
            self.refused.emit(sentence(error))

    async def _load_columns(self, job: ImportOut) -> None:
        self.columns = await self._session.api.get(f"{IMPORTS}/{job.id}/columns", ColumnsOut)
        self._show(job)
        self.columns_shown.emit(self.columns)

    def _ask(self, verb: str, body: CheckIn | None = None) -> None:
        if self.job is not None:
            self.start(verb, self._asked(self.job.id, verb, body))

    async def _asked(self, id_: UUID, verb: str, body: CheckIn | None) -> None:
        try:
            job = await self._session.api.send("POST", f"{IMPORTS}/{id_}/{verb}", ImportOut, body)
        except ClientError as error:
            self.refused.emit(sentence(error))
            self._settling.wish()
            return
        self._show(job)

    def _look(self) -> None:
        if self.job is not None and self.job.state in WORKING:
            self.start("look", self._looked(self.job.id))

    async def _looked(self, id_: UUID) -> None:
        job = await self._session.api.get(f"{IMPORTS}/{id_}", ImportOut)
        self._show(job)
        if job.state not in WORKING:
            await self._load_problems()

    def _show(self, job: ImportOut) -> None:
        if self.job is None or job.state is not self.job.state:
            self._estimate.forget()
        self.job = job
        is_working = job.state in WORKING
        now = asyncio.get_running_loop().time()
        self.rest = self._estimate.rest(job.position, job.total_bytes, now) if is_working else None
        if is_working is not self._timer.isActive():
            self._timer.start() if is_working else self._timer.stop()
        self.changed.emit(job)

    async def _load_problems(self) -> None:
        self._next = None
        self.problems.has_more = False
        self.problems.replace_all(await self._problems_page())

    def _more_problems(self) -> None:
        if self._next is not None and not self.tasks.is_running("problems"):
            self.start("problems", self._append_problems())

    async def _append_problems(self) -> None:
        self.problems.append(await self._problems_page())

    async def _problems_page(self) -> list[ImportProblemOut]:
        if self.job is None:
            return []
        path = f"{IMPORTS}/{self.job.id}/problems"
        page = await self._session.api.page(path, ImportProblemOut, limit=_PAGE, after=self._next)
        self._next = page.next
        self.problems.has_more = page.next is not None
        return page.items

    async def _save_problems(self, path: Path) -> None:
        if self.job is None:
            return
        every = self._session.api.every(f"{IMPORTS}/{self.job.id}/problems", ImportProblemOut)
        raw = csv_of([problem async for problem in every])
        try:
            await asyncio.to_thread(path.write_bytes, raw)
        except OSError:
            self.failed.emit(t("The file could not be written. Choose another folder or name."))
            return
        self.saved.emit(path.name)

    def _on_event(self, event: LiveEvent) -> None:
        job, told = self.job, event.payload
        if event.topic != "import.progressed" or job is None or told.get("job_id") != str(job.id):
            return
        state = ImportStateName(told["state"])
        if state in WORKING and state is job.state:
            self._show(job.model_copy(update={name: told[name] for name in _COUNTED}))
        else:
            self._settling.wish()


_COUNTED = (
    "rows_read",
    "rows_created",
    "rows_updated",
    "rows_duplicate",
    "rows_invalid",
    "position",
    "total_bytes",
)


class ImportsPresenter(Presenter):
    """All imports, newest first. ``ended`` carries one that was begun here, once it is over."""

    changed = Signal()
    ended = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs: list[ImportOut] = []
        self._session = session
        self._followed: set[UUID] = set()
        self._next: str | None = None
        self._is_shown = False
        self._settling = Settling(self, lambda: self.tasks.is_running("refresh"))
        self._settling.due.connect(lambda: self.start("refresh", self._refresh()))
        session.happened.connect(self._on_event)
        session.resynced.connect(self._settling.wish)

    def show(self) -> None:
        self._is_shown = True
        self.load(self._first)

    def hide(self) -> None:
        self._is_shown = False

    def more(self) -> None:
        if self._next is not None and not self.tasks.is_running("more"):
            self.start("more", self._more())

    def follow(self, id_: UUID) -> None:
        """Tell when this one is over, whether or not anybody looks at it."""
        self._followed.add(id_)

    def follow_running(self) -> None:
        """Take up those this person began before the window was opened."""
        self.start("running", self._follow_running())

    def unfollow(self, id_: UUID) -> None:
        self._followed.discard(id_)

    def cancel(self, id_: UUID) -> None:
        self.start(f"cancel:{id_}", self._cancel(id_))

    async def _first(self) -> bool:
        page = await self._session.api.page(IMPORTS, ImportOut, limit=_PAGE)
        self.jobs, self._next = list(page.items), page.next
        self.changed.emit()
        return bool(self.jobs)

    async def _follow_running(self) -> None:
        page = await self._session.api.page(IMPORTS, ImportOut, limit=_PAGE)
        mine = [job for job in page.items if job.created_by == self._session.me.person_id]
        self._followed.update(job.id for job in mine if job.state in WORKING)

    async def _more(self) -> None:
        page = await self._session.api.page(IMPORTS, ImportOut, limit=_PAGE, after=self._next)
        self.jobs, self._next = [*self.jobs, *page.items], page.next
        self.changed.emit()

    async def _cancel(self, id_: UUID) -> None:
        await self._session.api.send("POST", f"{IMPORTS}/{id_}/cancel", ImportOut)
        self._settling.wish()

    async def _refresh(self) -> None:
        for id_ in tuple(self._followed):
            job = await self._session.api.get(f"{IMPORTS}/{id_}", ImportOut)
            if job.state in ENDED and id_ in self._followed:
                self._followed.discard(id_)
                self.ended.emit(job)
        if self._is_shown:
            found = await self._first()
            self.to_phase(Phase.READY if found else Phase.EMPTY)

    def _on_event(self, event: LiveEvent) -> None:
        if event.topic == "import.progressed":
            id_ = UUID(event.payload["job_id"])
            has_ended = event.payload["state"] in [str(state) for state in ENDED]
            if self._is_shown or (has_ended and id_ in self._followed):
                self._settling.wish()
