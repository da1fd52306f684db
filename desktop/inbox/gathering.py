"""Many wishes become one piece of work: a storm of live events is not a storm of requests."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer

from desktop.shell.presenter import Presenter

WAIT_MS = 300


class Gathering(QObject):
    """``work`` runs 300 ms after the first wish, never twice at once; wishes meanwhile make one more run."""

    def __init__(
        self, presenter: Presenter, name: str, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        super().__init__(presenter)
        self._presenter, self._name, self._work = presenter, name, work
        self._is_running = self._is_wished = False
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self._start)

    def wish(self) -> None:
        self._is_wished = True
        if not self._is_running and not self._timer.isActive():
            self._timer.start()

    def _start(self) -> None:
        self._is_running, self._is_wished = True, False
        self._presenter.start(self._name, self._run())

    async def _run(self) -> None:
        try:
            await self._work()
        finally:
            self._is_running = False
            if self._is_wished:
                self._timer.start()
