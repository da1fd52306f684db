"""What every presenter is: it loads, acts, and tells its view in which of four states it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.shell.sentences import sentence
from desktop.shell.tasks import Tasks


class Phase(StrEnum):
    LOADING = "loading"
    READY = "ready"
    EMPTY = "empty"
    FAILED = "failed"


class Presenter(QObject):
    """Awaits so that its view never has to.

    ``phase_changed`` carries a :class:`Phase` and, for ``FAILED``, a sentence. ``failed`` carries the
    sentence of an action that did not succeed, for a toast.
    """

    phase_changed = Signal(object, str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.phase = Phase.LOADING
        self.tasks = Tasks(self, self._on_error)

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Act in the background. The same name again takes the place of what still runs."""
        self.tasks.start(name, work)

    def load(self, fetch: Callable[[], Awaitable[bool]], *, name: str = "load") -> None:
        """Load what the view shows; ``fetch`` says whether there is anything to show.

        What stands on the screen stays until there is something newer.
        """
        self.tasks.start(name, self._load(fetch))

    def to_phase(self, phase: Phase, message: str = "") -> None:
        self.phase = phase
        self.phase_changed.emit(phase, message)

    async def _load(self, fetch: Callable[[], Awaitable[bool]]) -> None:
        self.to_phase(Phase.LOADING)
        try:
            found = await fetch()
        except Exception as error:
            self.to_phase(Phase.FAILED, sentence(error))
            if not _is_expected(error):
                raise
            return
        self.to_phase(Phase.READY if found else Phase.EMPTY)

    def _on_error(self, error: Exception) -> None:
        self.failed.emit(sentence(error))


def _is_expected(error: Exception) -> bool:
    """Trouble between us and the appliance, not a fault of ours."""
    return type(error).__module__.startswith("desktop.client.")
