"""The inbox under a storm: ``python -m tests.benchmarks.desktop_storm URL TOKEN SECONDS``.

Somebody writes 200 times a second to the company; the screen hears of it over its live line, asks the server
as it always does, and keeps a list of 100,000 true. The longest time the window did not come round is
printed, and how many events it heard.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections import Counter
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
from embedded_server.contract.session import MeOut
from tests.benchmarks.desktop_lists import ROWS, row
from tests.fakes.watchdog import Watchdog

_WARM_UP = 3.0


async def storm(url: str, token: str, seconds: float) -> dict[str, float]:
    api = Api(url, token)
    session = Session(api, await api.get("/api/v1/session", MeOut))
    heard: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="master-ia-desk-") as folder:
        around = Surroundings(session, Notices(), Navigator(), Commands(), Preferences(Path(folder)))
        view = InboxView(around)
        view.resize(1280, 800)
        view.show()
        await _filled(view)
        session.happened.connect(lambda event: heard.update([event.topic]))
        session.listen()
        await asyncio.sleep(_WARM_UP)
        heard.clear()
        dog = Watchdog()
        watching = asyncio.create_task(dog.watch())
        await asyncio.sleep(seconds)
        watching.cancel()
        newest = view.inbox.model.row_at(0).preview
        view.inbox.tasks.cancel_all()
        view.presenter.tasks.cancel_all()
        await session.close()
    assert newest.startswith("Mensagem"), newest
    return {"events": heard["message.received"], "longest_stall_ms": dog.worst * 1000}


async def _filled(view: InboxView) -> None:
    """The newest conversation open, and below the page that was loaded all the others of a large company."""
    model = view.inbox.model
    async with asyncio.timeout(30):
        while not model.rowCount():
            await asyncio.sleep(0.05)
        view.open(model.row_at(0).id)
        while view.presenter.detail is None:
            await asyncio.sleep(0.05)
    model.append([row(n) for n in range(ROWS)], has_more=False)


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
