"""The inbox under a storm of live events: ``python -m tests.benchmarks.desktop_storm URL TOKEN SECONDS``.

The events are about conversations the appliance has, 200 a second in a list of 100,000, and the screen asks
the appliance about them as it always does. The longest time the window did not come round is printed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import tempfile
import time
from pathlib import Path

import qasync
from PySide6.QtWidgets import QApplication

from desktop.client.api import Api
from desktop.inbox.view import InboxView
from desktop.shell.notices import Notices
from desktop.shell.preferences import Preferences
from desktop.shell.screen import Navigator, Surroundings
from desktop.shell.session import Session
from desktop.shell.shortcuts import Commands
from desktop.widgets import theme
from embedded_server.contract import words
from embedded_server.contract.conversations import ConversationOut
from embedded_server.contract.live import LiveEvent
from embedded_server.contract.session import MeOut
from tests.benchmarks.desktop_lists import NOW, ROWS, row
from tests.fakes.watchdog import Watchdog

RATE = 200
_WARM_UP = 3.0


async def storm(url: str, token: str, seconds: float) -> dict[str, float]:
    api = Api(url, token)
    session = Session(api, await api.get("/api/v1/session", MeOut))
    with tempfile.TemporaryDirectory(prefix="master-ia-desk-") as folder:
        around = Surroundings(session, Notices(), Navigator(), Commands(), Preferences(Path(folder)))
        view = InboxView(around)
        view.resize(1280, 800)
        view.show()
        lines = [line.id async for line in api.every("/api/v1/conversations", ConversationOut)]
        view.inbox.model.append([row(n) for n in range(ROWS)], has_more=False)
        await asyncio.sleep(_WARM_UP)
        dog = Watchdog()
        watching = asyncio.create_task(dog.watch())
        events = await _rain(session, lines, seconds)
        watching.cancel()
        view.inbox.tasks.cancel_all()
        view.presenter.tasks.cancel_all()
        await session.close()
    return {"events": events, "longest_stall_ms": dog.worst * 1000}


async def _rain(session: Session, lines: list, seconds: float) -> int:
    began = time.monotonic()
    for n in itertools.count(1):
        event = LiveEvent(
            seq=n,
            topic="message.added" if n % 4 else "message.received",
            payload={
                "conversation_id": str(lines[n % len(lines)]),
                "contact_id": str(lines[0]),
                "channel_id": str(lines[0]),
                "message_id": str(lines[0]),
                "direction": "outbound",
                "count": 1,
            },
            at=NOW,
        )
        session.happened.emit(event)
        if (due := n / RATE - (time.monotonic() - began)) > 0:
            await asyncio.sleep(due)
        if time.monotonic() - began > seconds:
            return n
    raise AssertionError("it rains for ever")


def main() -> int:
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    theme.install(application, theme.Mode.LIGHT)
    words.use("pt_BR")
    url, token, seconds = sys.argv[1:]
    loop = qasync.QEventLoop(application)
    with loop:
        print(json.dumps(loop.run_until_complete(storm(url, token, float(seconds)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
