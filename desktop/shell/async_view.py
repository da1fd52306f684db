"""Four faces of anything that is loaded: a skeleton, the content, the empty state, or what went wrong."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.shell.presenter import Phase, Presenter
from desktop.widgets.buttons import Button
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.layouts import holder, row
from desktop.widgets.skeleton import Skeleton
from desktop.widgets.text import Text
from embedded_server.contract.words import t

#: Quicker than this nothing flashes.
SKELETON_AFTER_MS = 150


class AsyncView(QWidget):
    """Shows content through its presenter's phases. ``retry`` asks to load again.

    Content that stands stays while it is loaded again, and when that fails: a line above it says why.
    """

    retry = Signal()

    def __init__(self, content: QWidget, empty: EmptyState, *, skeleton: Skeleton | None = None) -> None:
        super().__init__()
        self.content, self.empty = content, empty
        self.skeleton = skeleton or Skeleton()
        self.blank = QWidget()
        self.failure = EmptyState("cloud-alert", t("This could not be loaded"), action=t("Try again"))
        self.failure.acted.connect(self.retry)
        self._has_content = False
        self._late = QTimer(self, singleShot=True, interval=SKELETON_AFTER_MS)
        self._late.timeout.connect(lambda: self.pages.setCurrentWidget(self.skeleton))
        self._build()

    def follow(self, presenter: Presenter) -> None:
        presenter.phase_changed.connect(self.show_phase)
        self.show_phase(presenter.phase, "")

    def show_phase(self, phase: Phase, message: str = "") -> None:
        self._late.stop()
        self.stale.setVisible(phase is Phase.FAILED and self._has_content)
        match phase:
            case Phase.LOADING:
                if not self._has_content:
                    self._late.start()
            case Phase.READY:
                self._has_content = True
                self.pages.setCurrentWidget(self.content)
            case Phase.EMPTY:
                self._has_content = False
                self.pages.setCurrentWidget(self.empty)
            case Phase.FAILED:
                self._fail(message)

    def _fail(self, message: str) -> None:
        self.stale_text.show_text(message)
        self.failure.say(t("This could not be loaded"), message, action=t("Try again"))
        if not self._has_content:
            self.pages.setCurrentWidget(self.failure)

    def _build(self) -> None:
        self.stale_text = Text("", "small", color="red", wrap=True)
        again = Button(t("Try again"))
        again.clicked.connect(self.retry)
        line = row(self.stale_text, again, margins="s")
        line.setStretch(0, 1)
        self.stale = holder(line)
        self.stale.hide()
        self.pages = QStackedWidget()
        for page in (self.blank, self.skeleton, self.content, self.empty, self.failure):
            self.pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.stale)
        whole.addWidget(self.pages, 1)
