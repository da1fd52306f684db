"""What a person does with single messages: open, save, copy, quote, try again. Each risk is asked about."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir, QObject, QPoint, QStandardPaths, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog

from desktop.inbox.bubbles import Part, is_picture
from desktop.inbox.chat_view import ChatView
from desktop.inbox.conversation_presenter import ConversationPresenter
from desktop.inbox.entries import Entry, Trouble
from desktop.inbox.files_presenter import FilesPresenter
from desktop.inbox.links import allowed, real_address
from desktop.inbox.message_menu import Deeds, message_menu
from desktop.inbox.picture_viewer import PictureViewer
from desktop.inbox.pictures import SHOWN
from desktop.inbox.pointing import Hit
from desktop.shell.notices import Notices, Tone
from desktop.widgets.dialog import Confirm
from embedded_server.contract.conversations import MediaOut, MediaStateName
from embedded_server.contract.words import t

_RESERVED = frozenset('<>:"/\\|?*%\0')
_LONGEST_NAME = 120


class MessageDeeds(QObject):
    """``reply_wanted`` and ``again_wanted`` carry an :class:`Entry`; everything else is done here."""

    reply_wanted = Signal(object)
    again_wanted = Signal(object)

    def __init__(
        self, chat: ChatView, presenter: ConversationPresenter, files: FilesPresenter, notices: Notices
    ) -> None:
        super().__init__(chat)
        self._chat, self._presenter, self._files, self._notices = chat, presenter, files, notices
        self.may_reply = True
        chat.pressed.connect(self._on_pressed)
        chat.menu_wanted.connect(self._on_menu)
        files.saved.connect(lambda text: notices.toast(text, Tone.GOOD))
        files.failed.connect(notices.bad)

    def ask_to_open(self, address: str) -> None:
        """Nothing that somebody wrote is opened before a person saw where it really leads (DX-02)."""
        url = allowed(address)
        if url is None:
            return
        words = t("Only open it if you trust who sent it:\n\n{address}", address=real_address(url))
        dialog = Confirm(t("Open this address?"), words, verb=t("Open"), parent=self._chat)
        dialog.accepted.connect(lambda: QDesktopServices.openUrl(url))
        _open(dialog)

    def ask_where(self, file: MediaOut) -> None:
        """Save it to where the person says; it is never run or opened from here."""
        if file.state is not MediaStateName.STORED:
            return
        dialog = QFileDialog(self._chat, t("Save as…"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        dialog.setDirectory(home or QDir.homePath())
        dialog.selectFile(safe_name(file))
        dialog.fileSelected.connect(lambda path: self._files.save(file, Path(path)))
        _open(dialog)

    def enlarge(self, file: MediaOut) -> None:
        """As large as the window, with the other pictures of the conversation beside it."""
        entries = [item.entry for item in self._presenter.timeline.items if item.entry]
        shown = [one for entry in entries for one in entry.files if is_picture(one, entry.kind)]
        viewer = PictureViewer(shown, self._chat)
        viewer.wanted.connect(self._files.enlarge)
        viewer.save_wanted.connect(self.ask_where)
        self._files.enlarged.connect(viewer.show_picture)
        viewer.finished.connect(viewer.deleteLater)
        viewer.begin(file.id)

    def act(self, part: Part, entry: Entry) -> None:
        """Try again or delete; of a message in doubt neither is offered."""
        if part is Part.DELETE:
            self._presenter.sending.discard(entry.key)
        elif entry.trouble is Trouble.UNSENT:
            self._presenter.sending.again(entry.key)
        elif entry.trouble is Trouble.FAILED:
            self._ask_again(entry)

    def _ask_again(self, entry: Entry) -> None:
        words = t("“{text}” was not delivered. It will be sent as a new message.", text=entry.text[:200])
        dialog = Confirm(t("Send it again?"), words, verb=t("Send again"), parent=self._chat)
        dialog.accepted.connect(lambda: self.again_wanted.emit(entry))
        _open(dialog)

    def _on_pressed(self, found: Hit) -> None:
        entry = self._presenter.timeline.find(found.key)
        if entry is None:
            return
        match found.part:
            case Part.LINK if found.link is not None:
                self.ask_to_open(found.link.address)
            case Part.PICTURE if found.file is not None:
                self._on_picture(found.file)
            case Part.PAPER | Part.SOUND if found.file is not None:
                self.ask_where(found.file)
            case Part.QUOTE if entry.quoted is not None:
                self._show_quoted(str(entry.quoted.id))
            case Part.RETRY | Part.DELETE if self.may_reply:
                self.act(found.part, entry)

    def _on_picture(self, file: MediaOut) -> None:
        if file.mime not in SHOWN:
            self.ask_where(file)
        elif self._files.pictures.get(file, asked_by_person=True) is not None:
            self.enlarge(file)

    def _show_quoted(self, key: str) -> None:
        if not self._chat.show_item(key):
            self._notices.toast(t("The quoted message is further up: scroll to it."))

    def _on_menu(self, key: str, where: QPoint, found: Hit | None) -> None:
        entry = self._presenter.timeline.find(key)
        if entry is not None:
            link = found.link if found else None
            message_menu(entry, self._deeds(), may_reply=self.may_reply, link=link).popup_at(
                self._chat, where
            )

    def _deeds(self) -> Deeds:
        return Deeds(
            reply=self.reply_wanted.emit,
            copy=self._chat.copy,
            open_link=self.ask_to_open,
            enlarge=self.enlarge,
            save=self.ask_where,
            act=self.act,
        )


def safe_name(file: MediaOut) -> str:
    """The sender's name for a file, without what a file system would take for something else."""
    last = (file.file_name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in _RESERVED).strip(" .")
    return kept[-_LONGEST_NAME:] or f"{file.id}{_ENDINGS.get(file.mime, '')}"


_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "application/pdf": ".pdf",
}


def _open(dialog: QDialog) -> None:
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
