"""The screen of connections, with the engine's part played: what a host would tell is written down."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer

from desktop.channels.details_view import DetailsView
from desktop.channels.link_dialog import LinkDialog
from desktop.channels.link_intro import LinkIntroView
from desktop.channels.view import ChannelsView
from desktop.shell.notices import Toast
from desktop.shell.screen import Surroundings
from engine import clock, linked
from engine.context import Engine
from engine.linked import following
from engine.models import LinkedSession
from engine.providers.linked.protocol import EventName, Phase
from tests.fakes.poll import until
from tests.fakes.running_server import RunningServer

JID, NUMBER = "5531988881234@s.whatsapp.net", "+55 31 98888-1234"
#: As long as WhatsApp's own.
QR = "https://wa.me/settings/linked_devices#" + ",".join(("2@" + "r" * 98, *("k" * 43 + "=",) * 3, "1"))


class Host:
    """What the process that holds a number tells the engine, told by the test."""

    def __init__(self, server: RunningServer, company_id: UUID) -> None:
        self._server, self._company_id = server, company_id

    async def sessions(self) -> list[LinkedSession]:
        """The newest first."""
        return list(await self._there(_sessions))

    async def newest(self) -> LinkedSession:
        return (await self.sessions())[0]

    async def begun(self, count: int = 1) -> LinkedSession:
        """The newest, once so many linkings were begun."""
        async with asyncio.timeout(10):
            while len(found := await self.sessions()) < count:
                await asyncio.sleep(0.02)
        return found[0]

    async def tell(self, event: EventName, /, **data: Any) -> None:
        await self._there(_follow, (await self.newest()).id, event, data)

    async def state(self, phase: Phase, **detail: Any) -> None:
        await self.tell(EventName.STATE, phase=phase.value, **detail)

    async def qr(self, payload: str = QR, *, seconds: float = 20) -> None:
        await self.tell(EventName.QR, payload=payload, expires_at=_in(seconds))

    async def typed(self, code: str = "ABCD-EFGH", *, seconds: float = 160) -> None:
        await self.tell(EventName.PAIRING_CODE, code=code, expires_at=_in(seconds))

    async def link(self, jid: str = JID) -> None:
        await self.tell(EventName.LINKED, jid=jid, lid=None, name="Loja Ipê", platform="android")

    async def open(self) -> UUID:
        """From the scan to an open connection; the number's id."""
        await self.link()
        await self.state(Phase.OPEN)
        channel_id = (await self.newest()).channel_id
        assert channel_id is not None
        return channel_id

    async def make(self, **how: Any) -> UUID:
        """A number that was linked before; its id."""
        await self._there(_begin, how)
        return await self.open()

    async def change(self, **values: Any) -> None:
        """What the newest session has to be told otherwise."""
        await self._there(_change, (await self.newest()).id, values)

    async def _there(self, work: Any, *args: Any) -> Any:
        run, engine = self._server.run, self._server.engine
        return await asyncio.to_thread(run, work, engine, self._company_id, *args)


class Desk:
    """The screen, what it said, and where it led."""

    def __init__(self, view: ChannelsView, surroundings: Surroundings, host: Host) -> None:
        self.view, self.host, self._surroundings = view, host, surroundings
        self.toasts: list[Toast] = []
        self.went: list[str] = []
        surroundings.notices.toasted.connect(self.toasts.append)
        surroundings.navigator.wanted.connect(lambda screen, _: self.went.append(screen))
        surroundings.session.listen()

    async def begin(self) -> LinkDialog:
        """From the way to the dialog, and the linking it begins."""
        self.view.open("linked")
        assert isinstance(self.view.page, LinkIntroView)
        self.view.page.start.click()
        await self.host.begun()
        await until(lambda: self.view.linking.link is not None)
        return self.view.dialog

    async def details(self, channel_id: UUID) -> DetailsView:
        self.view.open(channel_id)
        await until(
            lambda: isinstance(self.view.page, DetailsView) and self.view.page.channel_id == channel_id
        )
        await until(lambda: channel_id in self.view.links.by_channel)
        assert isinstance(self.view.page, DetailsView)
        return self.view.page

    def said(self, text: str) -> bool:
        return any(text in toast.text for toast in self.toasts)

    async def leave(self) -> None:
        await leave(self.view, self._surroundings)


async def leave(view: ChannelsView, surroundings: Surroundings) -> None:
    """As the window does when it closes: nothing is asked any more, and nothing waits to be."""
    for timer in view.findChildren(QTimer):
        timer.stop()
    for presenter in (view.presenter, view.links, view.linking):
        presenter.tasks.cancel_all()
    await asyncio.sleep(0)
    await surroundings.session.close()
    for timer in view.findChildren(QTimer):
        timer.stop()


def _in(seconds: float) -> str:
    moment: datetime = clock.now() + timedelta(seconds=seconds)
    return moment.isoformat()


async def _sessions(engine: Engine, company_id: UUID) -> Any:
    async with engine.unit_of_work(company_id) as uow:
        return await linked.sessions(uow)


async def _begin(engine: Engine, company_id: UUID, how: dict[str, Any]) -> None:
    async with engine.unit_of_work(company_id) as uow:
        await linked.begin(engine, uow, **how)


async def _follow(
    engine: Engine, company_id: UUID, session_id: UUID, name: EventName, data: dict[str, Any]
) -> None:
    async with engine.unit_of_work(company_id) as uow:
        await following.follow(engine, uow, await linked.find(uow, session_id), name, data)


async def _change(engine: Engine, company_id: UUID, session_id: UUID, values: dict[str, Any]) -> None:
    async with engine.unit_of_work(company_id) as uow:
        session = await linked.find(uow, session_id)
        for name, value in values.items():
            setattr(session, name, value)
        following.tell(uow, session)
