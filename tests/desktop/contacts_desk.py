"""The screen of contacts on a real server, with a worker that takes up imports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop.contacts.groups.groups_model import Kind
from desktop.contacts.settling import Settling
from desktop.contacts.view import ContactsView
from desktop.shell.notices import Toast
from desktop.shell.presenter import Phase, Presenter
from desktop.shell.screen import Surroundings
from engine import contacts
from engine.contacts import NewContact, importing
from engine.events import ImportDue
from tests.fakes.poll import until
from tests.fakes.running_server import RunningServer


class Desk:
    """A view, and what it said."""

    def __init__(self, view: ContactsView, surroundings: Surroundings) -> None:
        self.view, self.surroundings = view, surroundings
        self.toasts: list[Toast] = []
        self.went: list[tuple[str, object]] = []
        surroundings.notices.toasted.connect(self.toasts.append)
        surroundings.navigator.wanted.connect(lambda screen, target: self.went.append((screen, target)))

    def names(self) -> list[str]:
        return [person.name for person in self.view.presenter.model.rows]

    async def until_names(self, *names: str) -> None:
        await until(lambda: self.names() == list(names))

    async def until_said(self, text: str) -> Toast:
        await until(lambda: any(text in toast.text for toast in self.toasts))
        return next(toast for toast in self.toasts if text in toast.text)

    def count_of(self, kind: Kind, id_: UUID) -> int | None:
        """What the pane at the left says."""
        group = self.view.groups.model.find((kind, id_))
        return group.count if group else None

    def select(self, *names: str) -> None:
        """As a person does with Ctrl and clicks."""
        self.view.table.clearSelection()
        model, flags = self.view.presenter.model, self.view.table.selectionModel().SelectionFlag
        for place, person in enumerate(model.rows):
            if person.name in names:
                index = model.index(place, 0)
                self.view.table.selectionModel().select(index, flags.Select | flags.Rows)

    async def open(self, name: str) -> None:
        """The contact of this name at the right, loaded."""
        person = next(one for one in self.view.presenter.model.rows if one.name == name)
        self.view.open(person.id)
        details = self.view.details
        await until(lambda: details.contact is not None and details.contact.id == person.id)
        await until(lambda: details.phase is Phase.READY)

    def dialog(self, kind: type[QWidget]) -> Any:
        return next(one for one in self.view.findChildren(kind) if one.isVisible())


@asynccontextmanager
async def desk(surroundings: Surroundings, show: Any, *, live: bool = False) -> AsyncIterator[Desk]:
    """The screen, once its list has come; live if somebody else changes things."""
    view = show(ContactsView(surroundings), 1216, 800)
    if live:
        surroundings.session.listen()
        await until(lambda: surroundings.session._live._seq is not None)
    await until(lambda: view.presenter.phase is not Phase.LOADING)
    await until(lambda: view.presenter.phase is Phase.FAILED or view.groups.model.rowCount() > 0)
    try:
        yield Desk(view, surroundings)
        await until(lambda: is_at_rest(view))
    finally:
        await surroundings.session.close()


def is_at_rest(view: ContactsView) -> bool:
    """Nothing is asked of the server any more, nor about to be."""
    waits = any(one._timer.isActive() for one in view.findChildren(Settling))
    return not waits and not any(one.tasks._running for one in view.findChildren(Presenter))


def type_into(widget: QWidget, text: str) -> None:
    """As a person types, Enter at the end."""
    widget.setFocus()
    QTest.keyClicks(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Return)


def arrange(server: RunningServer, shop: UUID, *people: NewContact) -> list[UUID]:
    async def make() -> list[UUID]:
        async with server.engine.unit_of_work(shop) as uow:
            return [await contacts.create(uow, one) for one in people]

    return server.run(make)


def make_tag(server: RunningServer, shop: UUID, name: str, color: str | None = None) -> UUID:
    async def make() -> UUID:
        async with server.engine.unit_of_work(shop) as uow:
            return (await contacts.create_tag(uow, name=name, color=color)).id

    return server.run(make)


def make_segment(server: RunningServer, shop: UUID, name: str, told: dict[str, Any]) -> UUID:
    async def make() -> UUID:
        async with server.engine.unit_of_work(shop) as uow:
            return (await contacts.save_segment(uow, name=name, told=told)).id

    return server.run(make)


def people(*names: str) -> Sequence[NewContact]:
    return [NewContact(name=name, phone=f"11 9{80000000 + n}") for n, name in enumerate(names)]


def employ_worker(server: RunningServer) -> None:
    """Imports are taken up as soon as they are due, on the server's loop."""
    at_work: set[asyncio.Task[None]] = set()

    async def take_up(event: ImportDue) -> None:
        task = asyncio.create_task(importing.carry_on(server.engine, event.company_id, event.job_id))
        at_work.add(task)
        task.add_done_callback(at_work.discard)

    server.engine.bus.subscribe(ImportDue, take_up)
