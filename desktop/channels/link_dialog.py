"""The dialog that links a number: a QR code or a code to type, and each step until it is connected."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QWidget

from desktop.channels.link_options import EngineOptions
from desktop.channels.link_pages import OutcomePage, PhonePage, QrPage, TypedPage
from desktop.channels.link_presenter import LinkPresenter
from desktop.channels.link_words import Move, Outcome, outcome, unanswered
from desktop.widgets.buttons import Kind
from desktop.widgets.dialog import Dialog
from desktop.widgets.layouts import STRETCH, column, holder, hug, row
from desktop.widgets.segmented import Segmented
from embedded_server.contract.linked import LinkEngineName, LinkIn
from embedded_server.contract.words import t

QR, TYPED = "qr", "typed"
_WIDTH = 680
#: Every page has the height of the largest, so that nothing jumps from step to step.
_HEIGHT = 308


class LinkDialog(Dialog):
    """Begins with a QR code when it is shown. Closed before the phone answered, it gives the linking up.

    ``official`` and ``inbox`` lead away; ``copied`` says that the code is in the clipboard.
    """

    official = Signal()
    inbox = Signal()
    copied = Signal()

    def __init__(self, presenter: LinkPresenter, wanted: LinkIn, parent: QWidget | None = None) -> None:
        super().__init__(t("Link WhatsApp on a phone"), width=_WIDTH, parent=parent)
        self._presenter = presenter
        self._simulated = wanted.simulated
        self._move: Move | None = None
        self._begun = False
        #: The number that came of it, once the dialog is closed.
        self.channel_id: UUID | None = None
        self._build(wanted.engine)
        self._wire()
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._begun:
            self._begun = True
            self._begin()

    def _build(self, engine: LinkEngineName) -> None:
        self.modes = Segmented([(QR, t("QR code")), (TYPED, t("Code to type"))])
        self.qr, self.typed = QrPage(simulated=self._simulated), TypedPage(simulated=self._simulated)
        self.phone, self.told = PhonePage(), OutcomePage()
        self.pages: tuple[QWidget, ...] = (self.qr, self.typed, self.phone, self.told)
        self.options = EngineOptions(engine)
        self.choice = holder(row(hug(self.modes), STRETCH))
        place = holder(column(*self.pages))
        place.setMinimumHeight(_HEIGHT)
        for part in (self.choice, place, self.options):
            self.add(part)
        self.close_button = self.add_button(t("Cancel"), Kind.PLAIN, QDialog.DialogCode.Rejected)
        self.main = self.add_button("", Kind.PRIMARY)

    def _wire(self) -> None:
        self._presenter.changed.connect(self._show)
        self.modes.chosen.connect(self._on_mode)
        self.options.chosen.connect(self._on_engine)
        self.options.folded.connect(self._fit)
        self.phone.given.connect(self._on_phone)
        self.phone.number.returnPressed.connect(self.phone.submit)
        self.typed.other.connect(self._on_mode)
        self.typed.typed.copied.connect(self.copied)
        self.main.clicked.connect(self._on_main)
        for page in (self.qr, self.typed):
            page.countdown.due.connect(self._presenter.look)
            page.scan.connect(self._presenter.scan)
        self.finished.connect(self._on_finished)

    def _begin(self, phone: str | None = None) -> None:
        if phone:
            self.typed.show_phone(phone)
        wanted = LinkIn(engine=self.options.engine, phone=phone, simulated=self._simulated)
        self._presenter.begin(wanted)

    def _on_mode(self) -> None:
        """Another way to link: what was begun the other way is given up."""
        if self.modes.current() == QR:
            self._begin()
            return
        self._presenter.drop()
        self._show()
        self.phone.number.setFocus()

    def _on_phone(self, phone: str) -> None:
        self._begin(phone)
        # The field goes; where the focus would fall by itself says nothing.
        self.close_button.setFocus()

    def _on_engine(self) -> None:
        wanted = self._presenter.wanted
        if wanted is not None:
            self._begin(wanted.phone)

    def _show(self) -> None:
        presenter = self._presenter
        link = presenter.link
        said = unanswered(presenter.trouble) if presenter.trouble else outcome(link) if link else None
        if said is not None:
            self._show_outcome(said)
            return
        if self.modes.current() == QR:
            self.qr.show_link(link, is_scanning=presenter.is_scanning)
            self._show_page(self.qr)
        elif presenter.wanted is None:
            self._show_page(self.phone)
        else:
            self.typed.show_link(link, is_scanning=presenter.is_scanning)
            self._show_page(self.typed)
        self._show_button(None, t("Make the code") if self.phone.isVisibleTo(self) else "")

    def _show_outcome(self, said: Outcome) -> None:
        self.told.show_outcome(said)
        self.setAccessibleDescription(self.told.accessibleName())
        self._show_page(self.told)
        self._show_button(said.move, said.verb)

    def _show_page(self, shown: QWidget) -> None:
        for page in self.pages:
            page.setVisible(page is shown)
        is_choosing = shown is not self.told
        self.choice.setVisible(is_choosing)
        self.options.setVisible(is_choosing)
        for page in (self.qr, self.typed):
            if page is not shown:
                page.countdown.stop()
        self.close_button.show_text(t("Cancel") if is_choosing else t("Close"))
        self._fit()

    def _fit(self) -> None:
        """As high as what it shows; Qt's own way would stop at two thirds of the screen."""
        if layout := self.layout():
            layout.activate()
        self.resize(self.width(), self.sizeHint().height())

    def _show_button(self, move: Move | None, verb: str) -> None:
        """The focus goes along only when the button is another: nobody is disturbed while a bar grows."""
        is_new = verb != self.main.text()
        self._move = move
        if not verb and self.main.hasFocus():
            self.close_button.setFocus()
        self.main.show_text(verb)
        self.main.setVisible(bool(verb))
        if is_new and move is not None:
            self.main.setFocus()

    def _on_main(self) -> None:
        match self._move:
            case Move.AGAIN:
                self._presenter.again()
            case Move.OFFICIAL:
                self.accept()
                self.official.emit()
            case Move.INBOX:
                self.accept()
                self.inbox.emit()
            case None:
                self.phone.submit()

    def _on_finished(self) -> None:
        self._presenter.changed.disconnect(self._show)
        for page in (self.qr, self.typed):
            page.countdown.stop()
        link = self._presenter.link
        self.channel_id = link.channel_id if link else None
        self._presenter.leave()
        self.deleteLater()
