"""The way in, one page at a time, in a card in the middle of the window."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.client.appliance import Appliance
from desktop.client.settings import DesktopSettings
from desktop.shell.app_icon import app_picture
from desktop.shell.preferences import Preferences
from desktop.shell.session import Session
from desktop.welcome.forms import AddressPage, Form, FoundingPage, SignInPage
from desktop.welcome.pages import ChoicePage, CompaniesPage, OpeningPage, PreparingPage, TroublePage
from desktop.welcome.pairing_page import PairingPage
from desktop.welcome.parts import Page
from desktop.welcome.presenter import WelcomePresenter
from desktop.welcome.welcome_model import Scene, Stage
from desktop.widgets.card import Card
from desktop.widgets.layouts import STRETCH, TopDown, column, holder, row
from desktop.widgets.text import Text
from desktop.widgets.theme import theme

_WIDTH = 520
_PICTURE = 40
_NAME = "Master IA"


class WelcomeView(QWidget):
    """``entered`` carries a signed-in :class:`Session`; whoever takes it listens with it and closes it."""

    entered = Signal(object)

    def __init__(
        self, settings: DesktopSettings, preferences: Preferences, *, appliance: Appliance | None = None
    ) -> None:
        super().__init__()
        self.presenter = WelcomePresenter(settings, preferences, appliance=appliance)
        self.presenter.setParent(self)
        self.opening, self.choice, self.preparing = OpeningPage(), ChoicePage(), PreparingPage()
        self.founding, self.sign_in, self.address = FoundingPage(), SignInPage(), AddressPage()
        self.companies, self.pairing, self.trouble = CompaniesPage(), PairingPage(), TroublePage()
        self.pages: dict[Stage, Page] = {
            Stage.OPENING: self.opening,
            Stage.CHOICE: self.choice,
            Stage.PREPARING: self.preparing,
            Stage.FOUNDING: self.founding,
            Stage.SIGN_IN: self.sign_in,
            Stage.ADDRESS: self.address,
            Stage.COMPANIES: self.companies,
            Stage.PAIRING: self.pairing,
            Stage.TROUBLE: self.trouble,
        }
        self._build()
        self._wire()
        self.show_scene(self.presenter.scene)

    def resume(self, *, ended: bool = False) -> None:
        """Try what was kept of the last session; ends with ``entered`` or the page that leads there.

        ``ended`` says that a session was over a moment ago.
        """
        self.presenter.resume(ended=ended)

    def show_scene(self, scene: Scene) -> None:
        page = self.pages[scene.stage]
        self._prepare(scene)
        for other in self.pages.values():
            other.setVisible(other is page)
        self.room.verticalScrollBar().setValue(0)
        page.arrive()

    def _prepare(self, scene: Scene) -> None:
        """What the page says before it is seen."""
        page = self.pages[scene.stage]
        if isinstance(page, Form):
            page.reset()
            page.show_reason(scene.notice)
        if scene.stage is Stage.SIGN_IN and scene.place is not None:
            self.sign_in.show_place(scene.place)
        elif scene.stage is Stage.COMPANIES:
            self.companies.show_companies(scene.companies)
            self.companies.setEnabled(True)
        elif scene.stage is Stage.TROUBLE:
            self.trouble.show_scene(scene)

    def _build(self) -> None:
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(_PICTURE, _PICTURE))
        self.card = Card()
        inside = TopDown()
        inside.setContentsMargins(8, 8, 8, 8)
        for page in self.pages.values():
            inside.addWidget(page)
            page.hide()
        self.card.add(inside)
        self.card.setFixedWidth(_WIDTH)
        brand = row(STRETCH, self._picture, Text(_NAME, "title"), STRETCH, gap="m")
        middle = column(STRETCH, brand, row(STRETCH, self.card, STRETCH), STRETCH, gap="xl", margins="xl")
        self.room = QScrollArea()
        self.room.setWidgetResizable(True)
        self.room.setFrameShape(QFrame.Shape.NoFrame)
        self.room.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.room.setWidget(holder(middle, pane="surface"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.room)
        self._tint()

    def _wire(self) -> None:
        presenter, entry = self.presenter, self.presenter.entry
        presenter.scene_changed.connect(self.show_scene)
        presenter.step_changed.connect(self.preparing.steps.show_step)
        presenter.entered.connect(self._enter)
        presenter.pairing.changed.connect(self.pairing.show_waiting)
        entry.wrong.connect(self._show_wrong)
        entry.failed.connect(self._show_failure)
        entry.busy_changed.connect(self._show_busy)
        self.choice.local_wanted.connect(presenter.open_local)
        self.choice.remote_wanted.connect(presenter.open_remote)
        self.founding.sent.connect(entry.found)
        self.sign_in.sent.connect(entry.sign_in)
        self.sign_in.code_wanted.connect(presenter.pair)
        self.address.sent.connect(entry.check_address)
        self.companies.chosen.connect(self._choose_company)
        self.companies.back.connect(presenter.back_to_sign_in)
        self.pairing.again.connect(presenter.pair)
        self.pairing.back.connect(presenter.back_to_sign_in)
        self.trouble.again.connect(presenter.try_again)
        self.trouble.elsewhere.connect(presenter.choose)
        for page in (self.preparing, self.founding, self.sign_in, self.address):
            page.back.connect(presenter.choose)
        theme.changed.connect(self._tint)

    def _enter(self, session: Session) -> None:
        self.entered.emit(session)

    def _choose_company(self, company_id: UUID) -> None:
        self.presenter.entry.choose_company(company_id)

    def _form(self) -> Form | None:
        page = self.pages[self.presenter.scene.stage]
        return page if isinstance(page, Form) else None

    def _show_wrong(self, wrong: Mapping[str, str]) -> None:
        if form := self._form():
            form.show_wrong(wrong)

    def _show_failure(self, sentence: str) -> None:
        page = self.pages[self.presenter.scene.stage]
        page.notice.show_text(sentence)

    def _show_busy(self, is_busy: bool) -> None:
        for page in (self.founding, self.sign_in, self.address):
            page.show_busy(is_busy=is_busy)
        self.companies.setEnabled(not is_busy)

    def _tint(self) -> None:
        self._picture.setPixmap(app_picture(_PICTURE))
