"""Loads the templates a channel may send at any time."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.inbox.templates import can_be_sent
from desktop.shell.presenter import Presenter
from desktop.shell.screen import Surroundings
from embedded_server.contract.templates import TemplateOut

_APPROVED = "APPROVED"


class TemplatesPresenter(Presenter):
    """``loaded`` carries the approved ones that can be sent from here."""

    loaded = Signal(object)

    def __init__(self, around: Surroundings, channel_id: UUID, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._api, self._channel_id = around.session.api, channel_id

    def reload(self) -> None:
        self.load(self._fetch)

    async def _fetch(self) -> bool:
        told = self._api.every(
            "/api/v1/templates", TemplateOut, channel_id=self._channel_id, status=_APPROVED
        )
        found = [template async for template in told if can_be_sent(template)]
        self.loaded.emit(found)
        return bool(found)
