"""Tags and segments: loads and counts them, makes, changes and removes them, and tries a filter out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.client.errors import Refused
from desktop.contacts import wording
from desktop.contacts.groups.groups_model import GroupsModel
from desktop.contacts.settling import Settling
from desktop.shell.presenter import Presenter
from desktop.shell.sentences import sentence
from desktop.shell.session import Session
from embedded_server.contract.contacts import (
    CountedTagOut,
    CountOut,
    FieldsOut,
    FilterIn,
    SegmentChange,
    SegmentIn,
    SegmentOut,
    TagIn,
    TagOut,
)
from embedded_server.contract.live import LiveEvent

_TAGS = "/api/v1/tags"
_SEGMENTS = "/api/v1/segments"


class GroupsPresenter(Presenter):
    """``changed`` follows every load. ``kept`` and ``wrong`` end an attempt to keep a tag or a segment:
    what it became, or sentences by the field they belong to ("" where they belong to none).
    ``tried`` says how many people a filter would find; None that it is none yet.
    """

    changed = Signal()
    kept = Signal(object)
    removed = Signal(object)
    wrong = Signal(object)
    tried = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = GroupsModel(self)
        self.tags: list[CountedTagOut] = []
        self.segments: list[SegmentOut] = []
        self.fields: list[str] = []
        self._session = session
        self._settling = Settling(self, lambda: self.tasks.is_running("refresh"))
        self._settling.due.connect(self.refresh)
        session.happened.connect(self._on_event)
        session.resynced.connect(self._settling.wish)

    def refresh(self) -> None:
        self.start("refresh", self._refresh())

    def watch(self, *, watched: bool) -> None:
        """Whether anybody looks."""
        self._settling.watch(watched=watched)

    def look_up_fields(self) -> None:
        """Names of custom fields, for who is about to choose one."""
        self.start("fields", self._look_up_fields())

    # Built without checks: the appliance checks, and what it finds is shown below the fields.
    def create_tag(self, name: str, color: str | None) -> None:
        body = TagIn.model_construct(name=name, color=color)
        self._keep(lambda: self._session.api.send("POST", _TAGS, TagOut, body))

    def change_tag(self, id_: UUID, name: str, color: str | None) -> None:
        body = TagIn.model_construct(name=name, color=color)
        self._keep(lambda: self._session.api.send("PUT", f"{_TAGS}/{id_}", TagOut, body))

    def remove_tag(self, id_: UUID) -> None:
        self.start(f"remove:{id_}", self._remove(f"{_TAGS}/{id_}", id_))

    def create_segment(self, name: str, told: dict[str, Any]) -> None:
        body = SegmentIn.model_construct(name=name, filter=told)
        self._keep(lambda: self._session.api.send("POST", _SEGMENTS, SegmentOut, body))

    def change_segment(self, id_: UUID, name: str, told: dict[str, Any]) -> None:
        body = SegmentChange.model_construct(name=name, filter=told)
        self._keep(lambda: self._session.api.send("PUT", f"{_SEGMENTS}/{id_}", SegmentOut, body))

    def remove_segment(self, id_: UUID) -> None:
        self.start(f"remove:{id_}", self._remove(f"{_SEGMENTS}/{id_}", id_))

    def try_filter(self, told: dict[str, Any]) -> None:
        """Count who fits; the last filter asked about wins."""
        self.start("try", self._try(told))

    def tag(self, id_: UUID | None) -> CountedTagOut | None:
        return next((tag for tag in self.tags if tag.id == id_), None)

    def segment(self, id_: UUID | None) -> SegmentOut | None:
        return next((segment for segment in self.segments if segment.id == id_), None)

    async def _refresh(self) -> None:
        api = self._session.api
        self.tags = [tag async for tag in api.every(_TAGS, CountedTagOut)]
        self.segments = [segment async for segment in api.every(_SEGMENTS, SegmentOut)]
        self.model.show_groups(self.tags, self.segments)
        self.changed.emit()
        for segment in self.segments:
            self.model.show_count(segment, await self._count(segment.filter))

    async def _count(self, told: dict[str, Any]) -> int:
        body = FilterIn(filter=told)
        return (await self._session.api.send("POST", f"{_SEGMENTS}/count", CountOut, body)).contacts

    async def _look_up_fields(self) -> None:
        self.fields = (await self._session.api.get("/api/v1/contacts/fields", FieldsOut)).names
        self.changed.emit()

    async def _try(self, told: dict[str, Any]) -> None:
        try:
            self.tried.emit(await self._count(told))
        except Refused:
            self.tried.emit(None)

    def _keep(self, send: Callable[[], Any]) -> None:
        self.start("keep", self._kept(send))

    async def _kept(self, send: Callable[[], Any]) -> None:
        try:
            kept = await send()
        except Refused as error:
            self.wrong.emit(wording.faults_by_field(error) or {"": sentence(error)})
            return
        await self._refresh()
        self.kept.emit(kept)

    async def _remove(self, path: str, id_: UUID) -> None:
        await self._session.api.do("DELETE", path)
        await self._refresh()
        self.removed.emit(id_)

    def _on_event(self, event: LiveEvent) -> None:
        is_import = event.topic == "import.progressed" and event.payload.get("state") != "checking"
        if is_import or event.topic.startswith(("contact.", "consent.")):
            self._settling.wish()
