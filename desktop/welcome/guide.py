"""First steps: a strip that leads a new company to its first campaign, and goes when it has got there."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.shell.screen import Surroundings
from desktop.welcome.guide_presenter import GuidePresenter, Headway
from desktop.widgets.buttons import Button, IconButton, Kind
from desktop.widgets.card import Card
from desktop.widgets.icons import pixmap
from desktop.widgets.layouts import STRETCH, column, row
from desktop.widgets.text import Text
from desktop.widgets.theme import theme
from embedded_server.contract.words import mark, t

_ICON = 20


@dataclass(frozen=True, slots=True)
class Stop:
    """One step: what it is called, why, and the screen that does it; the words are message ids.

    ``other`` names a second way, and ``target`` what that opens on the screen.
    """

    title: str
    why: str
    verb: str
    screen: str
    other: str = ""
    target: str = ""


CHANNEL = Stop(
    mark("Connect a channel"),
    mark("WhatsApp or SMS. Without an account you can try everything with the simulator."),
    mark("Connect"),
    "channels",
    mark("Use the simulator"),
    "simulator",
)
CONTACTS = Stop(
    mark("Import your contacts"),
    mark("From a spreadsheet or a CSV file, with names and labels."),
    mark("Import"),
    "contacts",
)
CAMPAIGN = Stop(
    mark("Send your first campaign"),
    mark("You see who gets it, what it costs and how long it takes before anything is sent."),
    mark("Create campaign"),
    "campaigns",
)


class FirstSteps(Card):
    """Hidden until it is known to be of use; ``begin`` asks. ``wanted_changed`` tells whoever docks it."""

    wanted_changed = Signal(bool)

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(t("First steps"))
        self._around = surroundings
        self.presenter = GuidePresenter(surroundings)
        self.presenter.setParent(self)
        self.count = Text("", "small")
        self.put_away = IconButton("x", t("Hide the first steps"))
        self.steps = [StepCard(stop) for stop in (CHANNEL, CONTACTS, CAMPAIGN)]
        self.finish = Button(t("All done"), kind=Kind.PRIMARY, icon="check")
        self._build()
        self._wire()
        # Beside a screen it takes what it needs and no more.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def begin(self) -> None:
        """Show itself if this company still has first steps to take."""
        self.presenter.begin()

    def show_progress(self, progress: Headway) -> None:
        done = (progress.channel, progress.contacts, progress.campaign)
        nexts = [step for step, is_done in zip(self.steps, done, strict=True) if not is_done]
        for step, is_done in zip(self.steps, done, strict=True):
            step.show_done(is_done=is_done, is_next=bool(nexts) and step is nexts[0])
        self.count.show_text(t("{done} of {total}", done=progress.done, total=len(self.steps)))
        self.finish.setVisible(progress.is_whole)

    def _build(self) -> None:
        self.header.insertWidget(1, self.count)
        self.header.addWidget(self.finish)
        self.header.addWidget(self.put_away)
        line = row(*self.steps, gap="l")
        for place in range(len(self.steps)):
            line.setStretch(place, 1)
        self.add(line)

    def _wire(self) -> None:
        presenter = self.presenter
        presenter.progressed.connect(self.show_progress)
        presenter.wanted_changed.connect(self._show_wanted)
        self.put_away.clicked.connect(presenter.dismiss)
        self.finish.clicked.connect(presenter.dismiss)
        for step in self.steps:
            step.wanted.connect(self._around.navigator.go)

    def _show_wanted(self, is_wanted: bool) -> None:
        self.setVisible(is_wanted)
        self.wanted_changed.emit(is_wanted)


class StepCard(QWidget):
    """One step; ``wanted`` carries the screen that does it, and what is to be opened there."""

    wanted = Signal(str, object)

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self._is_done = False
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(_ICON, _ICON))
        self.title, self.why = Text(t(stop.title), "strong", wrap=True), Text(t(stop.why), "small", wrap=True)
        self.button = Button(t(stop.verb))
        self.button.clicked.connect(lambda: self.wanted.emit(stop.screen, None))
        self.other = Button(t(stop.other) if stop.other else "", kind=Kind.QUIET)
        self.other.clicked.connect(lambda: self.wanted.emit(stop.screen, stop.target))
        self._has_other = bool(stop.other)
        words = column(self.title, self.why, row(self.button, self.other, STRETCH), gap="xs")
        words.setSpacing(6)
        words.addStretch(1)
        line = row(self._picture, words, gap="m")
        line.setStretch(1, 1)
        line.setAlignment(self._picture, Qt.AlignmentFlag.AlignTop)
        self.setLayout(line)
        self._tint()
        theme.changed.connect(self._tint)

    def show_done(self, *, is_done: bool, is_next: bool) -> None:
        self._is_done = is_done
        self.button.setVisible(not is_done)
        self.other.setVisible(not is_done and self._has_other)
        _emphasize(self.button, Kind.PRIMARY if is_next else Kind.PLAIN)
        self.title.setAccessibleDescription(t("done") if is_done else t("to come"))
        self._tint()

    def _tint(self) -> None:
        name, color = ("circle-check", "green") if self._is_done else ("circle", "line2")
        self._picture.setPixmap(pixmap(name, color, _ICON))


def _emphasize(button: Button, kind: Kind) -> None:
    button.setProperty("kind", kind.value)
    button.style().unpolish(button)
    button.style().polish(button)
