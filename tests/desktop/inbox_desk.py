"""The Conversas screen as tests find it: shown, with its conversation open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QWidget

from desktop.inbox.entries import Entry
from desktop.inbox.view import InboxView
from desktop.shell.screen import Surroundings
from tests.fakes.poll import until

Show = Callable[..., QWidget]


async def open_view(
    around: Surroundings, show: Show, id_: UUID | None = None, *, live: bool = True
) -> InboxView:
    """The screen with its list loaded and, where named, a conversation open."""
    if live:
        around.session.listen()
    view = show(InboxView(around))
    assert isinstance(view, InboxView)
    await until(lambda: view.inbox.model.rowCount() > 0)
    await until(lambda: not live or around.session._live._seq is not None)
    if id_ is not None:
        view.open(id_)
        await until(lambda: view.presenter.detail is not None and view.presenter.detail.id == id_)
        await until(lambda: bool(view.presenter.reaches))
        await until(lambda: not view.presenter.tasks.is_running("seen"))
    return view


def said(view: InboxView) -> list[str]:
    """What stands in the chat from top to bottom."""
    return [entry.text for entry in entries(view)]


def entries(view: InboxView) -> list[Entry]:
    return [item.entry for item in view.presenter.timeline.items if item.entry is not None]


def last(view: InboxView) -> Entry:
    return entries(view)[-1]


def write(view: InboxView, text: str) -> None:
    """Type and press Enter."""
    view.pane.composer.edit.setPlainText(text)
    view.pane.composer.edit.sent.emit()


async def there(server: Any, work: Callable[..., Any], *args: Any, **how: Any) -> Any:
    """Do something on the server's side while this loop goes on."""
    return await asyncio.to_thread(server.run, work, *args, **how)
