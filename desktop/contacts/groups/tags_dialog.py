"""Every tag of the company: made, renamed, given another color, removed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.contacts.groups.presenter import GroupsPresenter
from desktop.contacts.tag_colors import PALETTE, badge_color
from desktop.widgets.badge import Badge
from desktop.widgets.buttons import Button, Kind
from desktop.widgets.card import Card
from desktop.widgets.cells import MUTED, BadgesCell
from desktop.widgets.dialog import Confirm, Dialog
from desktop.widgets.fields import Field, Select, TextField
from desktop.widgets.layouts import STRETCH, row
from desktop.widgets.rows_model import Column, RowsModel
from desktop.widgets.table import Table
from desktop.widgets.text import Text
from embedded_server.contract.contacts import CountedTagOut, TagOut
from embedded_server.contract.labels import Color
from embedded_server.contract.words import number, t, tn

_TABLE_HEIGHT = 200
_HEIGHT = 640
_LONGEST = 50


class TagsDialog(Dialog):
    """``changed`` follows everything that was kept or removed."""

    changed = Signal()

    def __init__(self, presenter: GroupsPresenter, parent: QWidget) -> None:
        super().__init__(t("Tags"), width=560, parent=parent)
        self._presenter = presenter
        self._chosen: CountedTagOut | None = None
        self.model = RowsModel(_columns(), key=lambda tag: tag.id, parent=self)
        self._build()
        self._wire()
        self._show_tags()
        self._choose(None)
        self.resize(self.minimumWidth(), min(_HEIGHT, parent.window().height() - 40))

    def _build(self) -> None:
        self.table = Table(row_height=40)
        self.table.show_rows(self.model)
        self.table.setMinimumHeight(_TABLE_HEIGHT)
        self.table.setAccessibleName(t("Tags"))
        self.none = Text(t("There are no tags yet. Make the first one below."), "small", wrap=True)
        self.name, self.color = TextField(t("For example: VIP")), Select(_colors())
        self.name.setMaxLength(_LONGEST)
        self.field = Field(t("Name"), self.name)
        self.preview = Badge()
        self.card = Card()
        self.card.header.addWidget(self.preview)
        fields = row(self.field, Field(t("Color"), self.color), gap="m")
        fields.setStretch(0, 1)
        self.card.add(fields)
        self.away = Button(t("Delete"), icon="trash-2")
        self.give_up = Button(t("Cancel"))
        self.save = Button("", kind=Kind.PRIMARY)
        self.card.add(row(self.away, STRETCH, self.give_up, self.save))
        self.card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        for item in (self.none, self.table, self.card):
            self.add(item)
        self.add_button(t("Close"), result=self.DialogCode.Accepted)

    def _wire(self) -> None:
        presenter = self._presenter
        presenter.changed.connect(self._show_tags)
        presenter.kept.connect(self._on_kept)
        presenter.removed.connect(self._on_removed)
        presenter.wrong.connect(self._on_wrong)
        self.table.selected.connect(self._on_selected)
        self.name.textChanged.connect(lambda _: self._preview())
        self.color.chosen.connect(lambda _: self._preview())
        self.name.returnPressed.connect(self._save)
        self.save.clicked.connect(self._save)
        self.give_up.clicked.connect(self._leave)
        self.away.clicked.connect(self._ask_to_remove)

    def _show_tags(self) -> None:
        self.model.replace_all(self._presenter.tags)
        self.none.setVisible(not self._presenter.tags)
        self.table.setVisible(bool(self._presenter.tags))

    def _on_selected(self) -> None:
        keys = self.table.selected_keys()
        if keys:
            self._choose(self.model.find(keys[0]))

    def _leave(self) -> None:
        self.table.clearSelection()
        self._choose(None)

    def _choose(self, tag: CountedTagOut | None) -> None:
        """The tag whose name and color stand below; None for a new one."""
        self._chosen = tag
        self.card.show_title(t("Edit tag") if tag else t("New tag"))
        self.save.show_text(t("Save") if tag else t("Make tag"))
        self.away.setVisible(tag is not None)
        self.give_up.setVisible(tag is not None)
        self.field.clear_error()
        self.name.setText(tag.name if tag else "")
        kept = tag.color if tag else None
        self.color.show_items(_colors(kept))
        self.color.choose(kept if kept else _colors()[0][0])
        self._preview()

    def _preview(self) -> None:
        self.field.clear_error()
        self.preview.say(self.name.text().strip() or t("Tag"), badge_color(str(self.color.value())))

    def _save(self) -> None:
        name, color = self.name.text().strip(), str(self.color.value())
        if not name:
            self.field.show_error(t("Give the tag a name."))
            self.name.setFocus()
        elif self._chosen:
            self._presenter.change_tag(self._chosen.id, name, color)
        else:
            self._presenter.create_tag(name, color)

    def _on_kept(self, kept: object) -> None:
        if isinstance(kept, TagOut):
            self._leave()
            self.changed.emit()
            self.name.setFocus()

    def _on_removed(self) -> None:
        self._choose(None)
        self.changed.emit()

    def _on_wrong(self, faults: dict[str, str]) -> None:
        self.field.show_error(" ".join(faults.values()))

    def _ask_to_remove(self) -> None:
        tag = self._chosen
        if tag is None:
            return
        sure = Confirm(
            t("Delete tag {name}?", name=tag.name),
            _consequence(tag.contacts),
            verb=t("Delete tag"),
            danger=True,
            parent=self,
        )
        sure.accepted.connect(lambda: self._presenter.remove_tag(tag.id))
        sure.finished.connect(sure.deleteLater)
        sure.open()


def _consequence(contacts: int) -> str:
    if not contacts:
        return t("No contact carries it.")
    return tn(
        "{count} contact carries it and will lose it. The contact stays.",
        "{count} contacts carry it and will lose it. The contacts stay.",
        contacts,
    )


def _columns() -> list[Column[CountedTagOut]]:
    painted = BadgesCell(lambda tag: [(tag.name, badge_color(tag.color))])
    return [
        Column(t("Tag"), lambda tag: tag.name, cell=painted),
        Column(t("Contacts"), lambda tag: number(tag.contacts), width=110, cell=MUTED, right=True),
    ]


def _colors(kept: str | None = None) -> list[tuple[object, str]]:
    """What can be chosen, and before it a color that was chosen elsewhere."""
    known: list[tuple[object, str]] = [(hex_, t(name)) for name, hex_ in PALETTE.values()]
    names = dict(known)
    if kept and kept not in names:
        return [(kept, t(PALETTE[Color(badge_color(kept))][0])), *known]
    return known
