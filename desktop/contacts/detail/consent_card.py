"""Where somebody must not be written to, and every yes and no with what proves it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.contacts import wording
from desktop.contacts.flow import Flow
from desktop.widgets import formats
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.card import Card
from desktop.widgets.dialog import Dialog
from desktop.widgets.fields import Area, Field, Radio
from desktop.widgets.layouts import clear, column, holder, row
from desktop.widgets.text import Text
from embedded_server.contract import labels
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.contacts import ConsentOut, StandingOut
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t, tn

#: Entries shown at first.
_FEW = 4
_SAID_HEIGHT = 88


class ConsentCard(Card):
    """``wanted`` asks to record a wish: whether it is a yes."""

    wanted = Signal(bool)

    def __init__(self, *, may_change: bool) -> None:
        super().__init__(t("Consent"))
        self._entries: list[ConsentOut] = []
        self._shows_all = False
        self._marks = Flow()
        self.marks = holder(self._marks)
        self.none = Text(t("Nothing recorded yet"), "small", wrap=True)
        self._history = column(gap="m")
        self.more = Button("", kind=Kind.QUIET)
        self.stop = Button(t("Record opt-out"), icon="ban")
        self.allow = Button(t("Record consent"), icon="check")
        for item in (self.marks, self.none, self._history, self.more):
            self.add(item)
        for button in (self.stop, self.allow):
            self.add(button)
            button.setVisible(may_change)
        self._wire()

    def show_standing(self, standing: StandingOut) -> None:
        clear(self._marks)
        for kind in standing.opted_out:
            text = t("Do not write: {channels}", channels=labels.text(kind))
            self._marks.addWidget(Badge(text, Color.RED, icon="ban"))
        self.marks.setVisible(bool(standing.opted_out))
        self._entries = list(reversed(standing.history))
        self.none.setVisible(not self._entries and not standing.opted_out)
        self._show_history()

    def forget(self) -> None:
        """Another contact comes."""
        self._shows_all = False
        self.show_standing(StandingOut(opted_out=[], history=[]))

    def _wire(self) -> None:
        self.stop.clicked.connect(lambda: self.wanted.emit(False))
        self.allow.clicked.connect(lambda: self.wanted.emit(True))
        self.more.clicked.connect(self._show_all)

    def _show_all(self) -> None:
        self._shows_all = True
        self._show_history()

    def _show_history(self) -> None:
        clear(self._history)
        shown = self._entries if self._shows_all else self._entries[:_FEW]
        for entry in shown:
            self._history.addWidget(_entry(entry))
        rest = len(self._entries) - len(shown)
        self.more.show_text(tn("Show {count} more", "Show {count} more", rest))
        self.more.setVisible(rest > 0)


class WishDialog(Dialog):
    """What somebody said about being written to. ``told`` carries the channel and the words."""

    told = Signal(object, str)

    def __init__(self, name: str, *, granted: bool, parent: QWidget) -> None:
        title = t("Record consent") if granted else t("Record opt-out")
        super().__init__(title, parent=parent)
        if granted:
            text = t("{name} agreed to be written to. What you write here is kept as the proof.", name=name)
        else:
            text = t("{name} is not written to any more, also after a new import.", name=name)
        self.add(Text(text, wrap=True))
        self.add(Text(t("On which channel?"), "strong"))
        self.kinds = {kind: Radio(labels.text(kind)) for kind in ChannelKindName}
        self.kinds[ChannelKindName.WHATSAPP].setChecked(True)
        self.add(holder(row(*self.kinds.values(), gap="l")))
        self.said = Area(t("For example: asked for it on the phone on Monday"))
        self.said.setFixedHeight(_SAID_HEIGHT)
        self.field = Field(t("What was said, and where"), self.said, required=True)
        self.add(self.field)
        self.add_button(t("Cancel"), result=self.DialogCode.Rejected)
        self.save = self.add_button(title, Kind.PRIMARY)
        self.save.clicked.connect(self._tell)
        self.said.textChanged.connect(self.field.clear_error)
        self.said.setFocus()

    def refuse(self, faults: dict[str, str]) -> None:
        """Why it was not recorded."""
        self.save.setEnabled(True)
        self.field.show_error(" ".join(faults.values()))

    def _tell(self) -> None:
        said = self.said.toPlainText().strip()
        if not said:
            self.field.show_error(t("Write what was said: it is the proof."))
            self.said.setFocus()
            return
        self.save.setEnabled(False)
        kind = next(kind for kind, radio in self.kinds.items() if radio.isChecked())
        self.told.emit(kind, said)


def _entry(entry: ConsentOut) -> QWidget:
    kind = labels.text(entry.channel_kind)
    badge = Badge(
        t("Agreed: {channel}", channel=kind) if entry.granted else t("Refused: {channel}", channel=kind),
        Color.GREEN if entry.granted else Color.RED,
        icon="check" if entry.granted else "ban",
    )
    where = Text(f"{formats.moment(entry.created_at)} · {wording.method(entry.method)}", "small", wrap=True)
    parts: list[QWidget] = [badge, where]
    if proof := proof_text(entry):
        parts.append(Text(proof, "small", color="text", wrap=True))
    return holder(column(*parts, gap="xs"))


def proof_text(entry: ConsentOut) -> str:
    """The words that prove it, as far as they were kept."""
    for name in ("said", "statement", "text_shown", "proof"):
        words = entry.evidence.get(name)
        if isinstance(words, str) and words:
            return f"“{words}”"
    return ""
