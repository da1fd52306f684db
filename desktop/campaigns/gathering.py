"""Many wishes become one look at the appliance: a little after the first, never two at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.shell.presenter import Presenter

WAIT_MS = 300
#: A dear look is followed by a rest this many times as long, so that it never keeps the appliance busy.
_REST = 8
_LONGEST_REST_MS = 5_000


class Gathering(QObject):
    """``work`` begins a moment after the first wish; wishes while it runs make one more run.

    A run is never cancelled for the next: what it wrote would be asked for twice. ``settled`` follows the
    last run.
    """

    settled = Signal()

    def __init__(
        self,
        presenter: Presenter,
        name: str,
        work: Callable[[], Coroutine[Any, Any, None]],
        *,
        wait_ms: int = WAIT_MS,
    ) -> None:
        super().__init__(presenter)
        self._presenter, self._name, self._work, self._wait = presenter, name, work, wait_ms
        self._is_running = self._is_wished = False
        self._timer = QTimer(self, singleShot=True, interval=wait_ms)
        self._timer.timeout.connect(self._start)

    @property
    def is_settled(self) -> bool:
        """Nothing runs and nothing is wished for."""
        return not (self._is_running or self._is_wished)

    def wish(self) -> None:
        self._is_wished = True
        if not self._is_running and not self._timer.isActive():
            self._timer.start(self._wait)

    def hurry(self) -> None:
        """Now, or right after what runs."""
        self._is_wished = True
        if not self._is_running:
            self._timer.stop()
            self._start()

    def _start(self) -> None:
        self._is_running, self._is_wished = True, False
        self._presenter.start(self._name, self._run())

    async def _run(self) -> None:
        began = time.monotonic()
        try:
            await self._work()
        finally:
            self._is_running = False
            took = round((time.monotonic() - began) * 1000)
            if self._is_wished:
                self._timer.start(max(self._wait, min(_REST * took, _LONGEST_REST_MS)))
            else:
                self.settled.emit()
