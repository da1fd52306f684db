"""Which library holds the number: folded away, because nearly nobody has to choose."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.channels.link_words import engines
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.fields import Radio
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.text import Text
from desktop.widgets.theme import SPACE
from embedded_server.contract.linked import LinkEngineName
from embedded_server.contract.words import t

#: Where the words of a radio button begin.
_INDENT = 33


class EngineOptions(QWidget):
    """``chosen`` carries the library somebody changed to; ``folded`` follows the fold."""

    chosen = Signal(object)
    folded = Signal()

    def __init__(self, engine: LinkEngineName) -> None:
        super().__init__()
        self.engine = engine
        self.radios: dict[LinkEngineName, Radio] = {}
        self._build()
        self.radios[engine].setChecked(True)
        self._wire()
        self.fold(open_=False)

    def fold(self, *, open_: bool) -> None:
        self.inside.setVisible(open_)
        self.button.show_icon("chevron-up" if open_ else "chevron-down")
        self.button.setAccessibleDescription(t("Unfolded") if open_ else t("Folded"))

    def _build(self) -> None:
        self.button = Button(t("Advanced options"), kind=Kind.QUIET, icon="chevron-down")
        intro = Text(
            t("Two programs can hold the number. They differ in messages in doubt."), "small", wrap=True
        )
        lines = column(intro, gap="s")
        for engine, (name, treatment) in engines().items():
            radio = self.radios[engine] = Radio(name)
            radio.setAccessibleDescription(treatment)
            about = column(Text(treatment, "small", wrap=True))
            about.setContentsMargins(_INDENT, 0, 0, 0)
            lines.addLayout(column(radio, about, gap=""))
        lines.setContentsMargins(SPACE["l"], 0, 0, 0)
        self.inside = holder(lines)
        self.setLayout(column(row(self.button, STRETCH), self.inside, gap="s"))

    def _wire(self) -> None:
        self.button.clicked.connect(self._on_fold)
        for engine, radio in self.radios.items():
            radio.toggled.connect(lambda on, engine=engine: self._on_toggled(engine, on=on))

    def _on_fold(self) -> None:
        self.fold(open_=not self.inside.isVisibleTo(self))
        self.folded.emit()

    def _on_toggled(self, engine: LinkEngineName, *, on: bool) -> None:
        if on and engine is not self.engine:
            self.engine = engine
            self.chosen.emit(engine)
