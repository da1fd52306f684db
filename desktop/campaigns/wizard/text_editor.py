"""Free text: written with variables from a menu, its length counted as the channel counts it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from desktop.campaigns.wizard.choices import Choices
from desktop.campaigns.wizard.counting import sms_length
from desktop.campaigns.wizard.plan import LONGEST_TEXT, Plan
from desktop.campaigns.wizard.variables import variables_menu
from desktop.widgets.buttons import Button
from desktop.widgets.fields import Area, Field
from desktop.widgets.layouts import column, row
from desktop.widgets.text import Text
from embedded_server.contract.words import number, t, tn

#: What one SMS may have at most, over all its parts.
LONGEST_SMS = 1600
_HEIGHT = 180


class TextEditor(QWidget):
    """``changed`` carries the text as the person writes it."""

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._choices, self._is_sms = Choices(), False
        self._build()
        self.area.textChanged.connect(self._on_text)
        self.insert.clicked.connect(self._show_menu)

    def show_plan(self, plan: Plan, choices: Choices) -> None:
        self._choices, self._is_sms = choices, plan.is_sms
        if self.area.toPlainText() != plan.text:
            self.area.setPlainText(plan.text)
        self._count()

    def put(self, variable: str) -> None:
        """Write at the cursor."""
        self.area.insertPlainText(variable)
        self.area.setFocus()

    def _build(self) -> None:
        self.area = Area(t("Hello {{first_name|customer}}, …"))
        self.area.setMinimumHeight(_HEIGHT)
        hint = t("After the bar stands what is written for contacts without a value: {{name|customer}}.")
        self.field = Field(t("Text"), self.area, hint=hint)
        self.insert = Button(t("Insert variable"), icon="braces")
        self.count = Text(role="small", wrap=True)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        foot = row(self.insert, self.count, gap="m")
        foot.setStretch(1, 1)
        self.setLayout(column(self.field, foot, gap="s"))

    def _on_text(self) -> None:
        text = self.area.toPlainText()
        if len(text) > LONGEST_TEXT:
            self.area.setPlainText(text[:LONGEST_TEXT])
            self.area.moveCursor(QTextCursor.MoveOperation.End)
            return
        self._count()
        self.changed.emit(text)

    def _count(self) -> None:
        text = self.area.toPlainText()
        most = LONGEST_SMS if self._is_sms else LONGEST_TEXT
        said = t("{count} of {most} characters", count=number(len(text)), most=number(most))
        if self._is_sms:
            length = sms_length(text)
            said += " · " + tn("{count} SMS part", "{count} SMS parts", length.parts)
            if length.is_wide:
                said += " · " + t("accents or emoji: 70 to a part")
        self.count.show_text(said)
        is_long = len(text) > most
        self.count.recolor("red" if is_long else "mute")
        self.field.show_error(t("The text is longer than an SMS can be.") if is_long else "")

    def _show_menu(self) -> None:
        variables_menu(self._choices, self.put).popup_below(self.insert)
