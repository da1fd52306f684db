"""Pages without a form: opening, the choice, the first start, the company, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import QElapsedTimer, QTimer, Signal

from desktop.welcome.parts import Choice, Page, Steps
from desktop.welcome.welcome_model import STEPS, Scene
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.layouts import STRETCH, clear, row
from desktop.widgets.progress import Progress
from desktop.widgets.text import Text
from embedded_server.contract.accounts import RoleName
from embedded_server.contract.labels import text as label_text
from embedded_server.contract.session import CompanyChoiceOut
from embedded_server.contract.words import t


class OpeningPage(Page):
    """For the moment in which what was kept is tried."""

    def __init__(self) -> None:
        super().__init__(t("Opening…"))
        self.bar = Progress()
        self.body.addWidget(self.bar)


class ChoicePage(Page):
    """Where Master IA shall run."""

    local_wanted = Signal()
    remote_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(
            t("Welcome to Master IA"),
            t("Talk to customers over WhatsApp and SMS, and send campaigns without writing to anyone twice."),
        )
        self.local = Choice(
            "monitor",
            t("Use on this computer"),
            t("Nothing to configure: the engine and its database run here, and your data stays with you."),
            mark=t("Recommended"),
        )
        self.remote = Choice(
            "server",
            t("Sign in to a company server"),
            t("For those whose company already runs Master IA on a server or another computer."),
        )
        self.body.addWidget(self.local)
        self.body.addWidget(self.remote)
        self.local.clicked.connect(self.local_wanted)
        self.remote.clicked.connect(self.remote_wanted)

    def arrive(self) -> None:
        self.local.setFocus()


class PreparingPage(Page):
    """The local appliance starts."""

    back = Signal()

    def __init__(self) -> None:
        super().__init__(
            t("Preparing this computer"),
            t("The first time takes a little longer. You can leave this window open and do something else."),
        )
        self.steps = Steps([t(step) for step in STEPS])
        self.bar = Progress()
        self.elapsed = Text("", "small")
        self.cancel = Button(t("Go back"), kind=Kind.QUIET)
        for item in (self.steps, self.bar):
            self.body.addWidget(item)
        self.body.addLayout(row(self.elapsed, STRETCH, self.cancel))
        self.cancel.clicked.connect(self.back)
        self._since = QElapsedTimer()
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._count)

    def arrive(self) -> None:
        self.steps.show_step(0)
        self._since.start()
        self._tick.start()
        self._count()

    def hideEvent(self, event: object) -> None:
        self._tick.stop()

    def _count(self) -> None:
        self.elapsed.show_text(t("{seconds} s so far", seconds=self._since.elapsed() // 1000))


class CompaniesPage(Page):
    """Which of several companies to work for."""

    chosen = Signal(object)
    back = Signal()

    def __init__(self) -> None:
        super().__init__(t("Choose a company"), t("You can sign out and choose another one at any time."))
        self.choices: list[Choice] = []
        self.cancel = Button(t("Go back"), kind=Kind.QUIET)
        self.cancel.clicked.connect(self.back)
        self._list = row(gap="m")
        self._list.setDirection(self._list.Direction.TopToBottom)
        self.body.addLayout(self._list)
        self.body.addLayout(row(STRETCH, self.cancel))

    def show_companies(self, companies: Sequence[CompanyChoiceOut]) -> None:
        clear(self._list)
        self.choices = [self._choice(company) for company in companies]
        for choice in self.choices:
            self._list.addWidget(choice)

    def arrive(self) -> None:
        if self.choices:
            self.choices[0].setFocus()

    def _choice(self, company: CompanyChoiceOut) -> Choice:
        choice = Choice("building-2", company.name, label_text(RoleName(company.role)))
        company_id: UUID = company.id
        choice.clicked.connect(lambda: self.chosen.emit(company_id))
        return choice


class TroublePage(Page):
    """What did not work, and the last words of whoever failed behind a button."""

    again = Signal()
    elsewhere = Signal()

    def __init__(self) -> None:
        super().__init__("")
        self.retry = Button(t("Try again"), kind=Kind.PRIMARY)
        self.other = Button(t("Another way in"), kind=Kind.QUIET)
        self.more = Button(t("Details"), kind=Kind.QUIET)
        self.more.setCheckable(True)
        self.details = Text("", "small", wrap=True, selectable=True)
        self.body.addLayout(row(self.retry, self.other, STRETCH, self.more))
        self.body.addWidget(self.details)
        self.retry.clicked.connect(self.again)
        self.other.clicked.connect(self.elsewhere)
        self.more.toggled.connect(self.details.setVisible)

    def show_scene(self, scene: Scene) -> None:
        self.say(t("This did not work"), scene.notice)
        self.details.show_text(scene.details)
        self.more.setVisible(bool(scene.details))
        self.more.setChecked(False)
        self.details.hide()

    def arrive(self) -> None:
        self.retry.setFocus()
