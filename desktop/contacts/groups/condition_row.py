"""One condition of a segment: what is asked, how it is compared, and with what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QDateEdit, QWidget

from desktop.contacts import wording
from desktop.contacts.groups import conditions
from desktop.contacts.groups.conditions import Condition, Editor
from desktop.widgets.buttons import IconButton
from desktop.widgets.fields import Select, TextField
from desktop.widgets.layouts import row
from embedded_server.contract import labels
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.contacts import TagOut
from embedded_server.contract.words import spoken, t


class ConditionRow(QWidget):
    """``changed`` follows every touch; ``dropped`` asks to be taken away."""

    changed = Signal()
    dropped = Signal()

    def __init__(self, tags: Sequence[TagOut], fields: Sequence[str], condition: Condition) -> None:
        super().__init__()
        self._tags = tags
        names = [*conditions.SUBJECTS, *(f"{conditions.CUSTOM}{name}" for name in fields)]
        if condition.name not in names:
            names.append(condition.name)
        self.name = Select([(name, conditions.title(name)) for name in names])
        self.name.setAccessibleName(t("What is asked"))
        self.name.setFixedWidth(190)
        self.test = Select()
        self.test.setAccessibleName(t("How it is compared"))
        self.test.setFixedWidth(150)
        self.away = IconButton("x", t("Remove condition"))
        self.value: QWidget = QWidget()
        self._read: Callable[[], str] = str
        self._line = row(self.name, self.test, self.value, self.away)
        self._line.setStretch(2, 1)
        self.setLayout(self._line)
        self._show(condition)
        self.name.chosen.connect(lambda _: self._on_name())
        self.test.chosen.connect(lambda _: self._on_test())
        self.away.clicked.connect(self.dropped)

    def condition(self) -> Condition:
        test = str(self.test.value())
        value = "" if test in conditions.BARE else self._read().strip()
        return Condition(str(self.name.value()), test, value)

    def _on_name(self) -> None:
        name = str(self.name.value())
        about = conditions.subject(name)
        self._show(Condition(name, next(iter(about.tests)) if about else ""))
        self.changed.emit()

    def _on_test(self) -> None:
        self.value.setVisible(self.test.value() not in conditions.BARE)
        self.changed.emit()

    def _show(self, condition: Condition) -> None:
        about = conditions.subject(condition.name)
        if about is None:
            return
        self.name.choose(condition.name)
        self.test.show_items([(test, t(word)) for test, word in about.tests.items()])
        self.test.choose(condition.test)
        old, (self.value, self._read) = self.value, self._editor(about.editor, condition.value)
        self.value.setAccessibleName(t("Value"))
        self._line.replaceWidget(old, self.value)
        old.hide()
        old.deleteLater()
        policy = self.value.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.value.setSizePolicy(policy)
        self.value.setVisible(condition.test not in conditions.BARE)

    def _editor(self, kind: Editor, value: str) -> tuple[QWidget, Callable[[], str]]:
        match kind:
            case Editor.DAY:
                return self._day(value)
            case Editor.TAG:
                return self._choice([(str(tag.id), tag.name) for tag in self._tags], value)
            case Editor.CHANNEL:
                return self._choice([(str(kind), labels.text(kind)) for kind in ChannelKindName], value)
            case Editor.SOURCE:
                return self._choice([(code, wording.source(code)) for code in wording.SOURCES], value)
        line = TextField()
        line.setText(value)
        line.textEdited.connect(lambda _: self.changed.emit())
        return line, line.text

    def _choice(self, items: list[tuple[object, str]], value: str) -> tuple[QWidget, Callable[[], str]]:
        select = Select(items)
        if value in [known for known, _ in items]:
            select.choose(value)
        select.chosen.connect(lambda _: self.changed.emit())
        return select, lambda: str(select.value() or "")

    def _day(self, value: str) -> tuple[QWidget, Callable[[], str]]:
        edit = QDateEdit(_date(value))
        edit.setCalendarPopup(True)
        edit.setDisplayFormat("yyyy-MM-dd" if spoken() == "en" else "dd/MM/yyyy")
        edit.dateChanged.connect(lambda _: self.changed.emit())
        return edit, lambda: _midnight(edit.date())


def _date(value: str) -> QDate:
    try:
        here = datetime.fromisoformat(value).astimezone()
    except ValueError:
        return QDate.currentDate()
    return QDate(here.year, here.month, here.day)


def _midnight(day: QDate) -> str:
    """The beginning of a day on this machine's clock, for the appliance's."""
    begins = datetime.combine(date(day.year(), day.month(), day.day()), datetime.min.time())
    return begins.astimezone().isoformat()
