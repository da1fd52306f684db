"""Notices when the window stood still, so that a freeze a person felt is in the log."""

from __future__ import annotations

import logging
import time

from PySide6.QtCore import QObject, Qt, QTimer

logger = logging.getLogger(__name__)

_BEAT_MS = 50
#: Milliseconds; shorter ones nobody feels.
LONGEST_STALL_MS = 100
#: Longer than any work of ours: the machine slept.
_ASLEEP_MS = 30_000


class Watchdog(QObject):
    """Twenty small wake-ups a second; ``stalls`` counts what was logged."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stalls = 0
        self._last = time.monotonic()
        self._timer = QTimer(self, interval=_BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_beat)

    def start(self) -> None:
        self._last = time.monotonic()
        self._timer.start()

    def _on_beat(self) -> None:
        now = time.monotonic()
        late = (now - self._last) * 1000 - _BEAT_MS
        self._last = now
        if LONGEST_STALL_MS < late < _ASLEEP_MS:
            self.stalls += 1
            logger.warning("The window stood still for %d ms", late)
