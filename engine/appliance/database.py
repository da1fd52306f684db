"""The appliance's database, embedded or an administrator's own, ready for use and watched."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from engine.appliance import external, private_file, rules
from engine.appliance.postgres import EmbeddedPostgres
from engine.db.address import FILE
from engine.errors import EngineError
from engine.settings import Settings

log = logging.getLogger(__name__)

Report = Callable[[str], None]

#: Three crashes in ten minutes mean a broken disk, not bad luck: starting again would only wear it down.
BUDGET = rules.Budget(crashes=3, window=600)
_LOOK_SECONDS = 0.5


class Database(Protocol):
    """What the supervisor needs of a database."""

    @property
    def owner_dsn(self) -> str: ...

    @property
    def note(self) -> str | None:
        """What a person should know about it, if anything."""

    def open(self) -> None:
        """Make it ready for migrations. Blocks."""

    async def watch(self, changed: Callable[[], None]) -> None:
        """Keep it running until cancelled."""

    def close(self) -> None: ...


def database_of(settings: Settings, report: Report) -> Database:
    if settings.database_url is None:
        return Embedded(settings, report)
    return External(settings.database_url, report)


class External:
    """A server somebody else runs: checked once, since its clients heal by themselves."""

    note: str | None = None

    def __init__(self, url: str, report: Report) -> None:
        self.owner_dsn = url
        self._report = report

    def open(self) -> None:
        self._report("Preparing the database of DATABASE_URL")
        external.prepare(self.owner_dsn)

    async def watch(self, changed: Callable[[], None]) -> None:
        await asyncio.Event().wait()

    def close(self) -> None:
        """Nothing to stop: it is not ours."""


class Embedded:
    """Our own server, started again after a crash while its budget lasts."""

    def __init__(self, settings: Settings, report: Report) -> None:
        self.note: str | None = None
        self._file = settings.run_dir / FILE
        self._report = report
        self._server = EmbeddedPostgres(settings.data_dir, progress=report)

    @property
    def owner_dsn(self) -> str:
        return self._server.owner_dsn

    def open(self) -> None:
        self._server.ensure()
        self._publish()

    async def watch(self, changed: Callable[[], None]) -> None:
        crashes: list[float] = []
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._server.is_running():
                continue
            crashes.append(time.monotonic())
            if rules.is_spent(crashes, now=time.monotonic(), budget=BUDGET):
                self.note = (
                    f"The database keeps stopping and was left stopped. Its log: {self._server.log_file}"
                )
                self._report(self.note)
                changed()
                return
            self._report("The database stopped by itself, starting it again")
            await self._restart()

    def close(self) -> None:
        self._file.unlink(missing_ok=True)
        self._server.stop("fast")

    async def _restart(self) -> None:
        """The spawn stays on this thread: the system ties the server's life to the thread that started it."""
        try:
            await asyncio.to_thread(self._server.clear_leftovers)
            self._server.spawn()
            await asyncio.to_thread(self._server.wait_ready)
            self._publish()
        except EngineError as error:
            self._report(str(error))

    def _publish(self) -> None:
        content = {"owner": self._server.owner_dsn, "app": self._server.app_dsn}
        private_file.write_json(self._file, content)
