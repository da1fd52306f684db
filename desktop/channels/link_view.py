"""What can be done about a number's link: use it here, link it again, try again, let it go."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.channels.link_words import history, number_of, seconds_left
from desktop.shell.presenter import Phase
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.dialog import Confirm
from desktop.widgets.layouts import column
from desktop.widgets.progress import Progress
from desktop.widgets.text import Text
from embedded_server.contract.linked import LinkOut, LinkStateName, LinkWishName
from embedded_server.contract.words import number, t


class Remedy(StrEnum):
    """What helps a link that stands still."""

    USE_HERE = "use_here"
    LINK_AGAIN = "link_again"
    RETRY = "retry"


_REMEDIES = {
    LinkStateName.REPLACED: Remedy.USE_HERE,
    LinkStateName.LOGGED_OUT: Remedy.LINK_AGAIN,
    LinkStateName.EXPIRED: Remedy.LINK_AGAIN,
    LinkStateName.PASSKEY: Remedy.LINK_AGAIN,
    LinkStateName.FAILED: Remedy.RETRY,
    LinkStateName.OUTDATED: Remedy.RETRY,
}


def remedy_of(link: LinkOut | None) -> Remedy | None:
    """None while the link works or mends itself, and as long as WhatsApp bars the number."""
    if link is None or link.ended_at is not None:
        return Remedy.LINK_AGAIN
    if link.state is LinkStateName.BANNED:
        return None if link.until and seconds_left(link.until) else Remedy.RETRY
    return _REMEDIES.get(link.state)


class LinkView(QWidget):
    """``resume`` and ``log_out`` act on the shown link, ``again`` wants a new one, ``retry`` to look again.

    Its buttons stand in the row of what else can be done with the number. Who may not manage connections sees
    what is going on and no button.
    """

    resume = Signal()
    again = Signal()
    log_out = Signal()
    retry = Signal()

    def __init__(self, *, may_manage: bool) -> None:
        super().__init__()
        self._may_manage = may_manage
        self._link: LinkOut | None = None
        self._build()
        self._wire()
        self.hide()

    def show_link(self, link: LinkOut | None, phase: Phase) -> None:
        """``phase`` is that of asking where the links stand."""
        self._link = link
        is_known = link is not None or phase in (Phase.READY, Phase.EMPTY)
        remedy = remedy_of(link) if is_known and self._may_manage else None
        is_live = link is not None and link.ended_at is None and link.jid is not None
        self.line.show_text(_line(link, phase))
        self.setVisible(bool(self.line.whole()))
        self.main.setVisible(remedy is not None)
        self.main.show_text(_verbs()[remedy] if remedy else "")
        self.out.setVisible(self._may_manage and is_live)
        self.out.setEnabled(not _is_leaving(link))
        self.look.setVisible(link is None and phase is Phase.FAILED)
        self._show_history(link)

    def show_busy(self, busy: bool) -> None:
        self.main.setEnabled(not busy)
        self.out.setEnabled(not busy and not _is_leaving(self._link))

    def _show_history(self, link: LinkOut | None) -> None:
        percent = link.history_percent if link and link.state is LinkStateName.OPEN else None
        self.bar.setVisible(percent is not None and percent < 100)
        self.bar.show_share(percent or 0, 100)

    def _build(self) -> None:
        self.line = Text("", "small", wrap=True)
        self.bar = Progress()
        self.main = Button("", kind=Kind.PRIMARY)
        self.out = Button(t("Unlink"), kind=Kind.QUIET)
        self.out.setAccessibleName(t("Unlink from WhatsApp"))
        self.look = Button(t("Try again"))
        self.setLayout(column(self.line, self.bar, gap="s"))

    def _wire(self) -> None:
        self.main.clicked.connect(self._on_main)
        self.out.clicked.connect(self._on_out)
        self.look.clicked.connect(self.retry)

    def _on_main(self) -> None:
        again = remedy_of(self._link) is Remedy.LINK_AGAIN
        (self.again if again else self.resume).emit()

    def _on_out(self) -> None:
        number = number_of(self._link) if self._link else ""
        self.question = Confirm(
            t("Unlink {number} from WhatsApp?", number=number),
            t(
                "What goes: this computer leaves the phone's linked devices, nothing more is sent or "
                "received on the number here, and its campaigns stand still. What stays: conversations, "
                "contacts, campaigns and settings; link the phone again to go on."
            ),
            verb=t("Unlink"),
            danger=True,
            parent=self,
        )
        self.question.accepted.connect(self.log_out)
        self.question.finished.connect(self.question.deleteLater)
        self.question.open()


def _verbs() -> dict[Remedy, str]:
    return {
        Remedy.USE_HERE: t("Use here"),
        Remedy.LINK_AGAIN: t("Link again"),
        Remedy.RETRY: t("Try again"),
    }


def _line(link: LinkOut | None, phase: Phase) -> str:
    if _is_leaving(link):
        return t("Unlinking…")
    if link is not None:
        return _going_on(link) if link.state is LinkStateName.OPEN else ""
    if phase is Phase.LOADING:
        return t("Asking where the link stands…")
    if phase is Phase.FAILED:
        return t("Where the link stands could not be asked.")
    return t("No phone is linked with this number.")


def _is_leaving(link: LinkOut | None) -> bool:
    """A person let it go, and it is not gone yet."""
    return link is not None and link.wish is LinkWishName.LOG_OUT and link.ended_at is None


def _going_on(link: LinkOut) -> str:
    """What an open link is at: old messages that come over, then how many new people it may write to."""
    if link.history_percent is not None and link.history_percent < 100:
        return history(link)
    if link.firsts_used is None or link.firsts_most is None:
        return ""
    used, most = number(link.firsts_used), number(link.firsts_most)
    return t("New people written to today: {used} of {most}", used=used, most=most)
