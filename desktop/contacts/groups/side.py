"""The pane at the left: everybody, tags and segments, one of which narrows the list."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from desktop.contacts.groups.groups_model import Group, GroupsModel, Kind
from desktop.widgets.buttons import Button
from desktop.widgets.buttons import Kind as Look
from desktop.widgets.cells import CellDelegate
from desktop.widgets.layouts import STRETCH, column, holder, row
from desktop.widgets.table import Table
from desktop.widgets.theme import RADIUS, fill, theme
from embedded_server.contract.words import t

WIDTH = 240
_ROW = 36


class Side(QWidget):
    """``chosen`` carries the :class:`Group` to show."""

    chosen = Signal(object)
    tags_wanted = Signal()
    segment_wanted = Signal()
    edit_wanted = Signal(object)

    def __init__(self, model: GroupsModel, *, may_change: bool) -> None:
        super().__init__()
        self._model, self._may_change = model, may_change
        self.setFixedWidth(WIDTH)
        self._build()
        self._wire()

    def current(self) -> Group | None:
        keys = self.table.selected_keys()
        return self._model.find(keys[0]) if keys else None

    def settle(self) -> None:
        """Something is always chosen; a group that is gone gives way to everybody."""
        if self.current() is None:
            self.choose_everybody()

    def choose_everybody(self) -> None:
        self.table.select_key((Kind.EVERYBODY, None))

    def _build(self) -> None:
        self.table = Table(row_height=_ROW, pane="surface")
        self.table.setItemDelegate(_SideDelegate(self.table))
        self.table.horizontalHeader().hide()
        self.table.show_rows(self._model)
        self.table.setAccessibleName(t("Groups"))
        self.edit = Button(t("Edit segment"), kind=Look.QUIET, icon="pencil")
        self.tags = Button(t("Manage tags"), kind=Look.QUIET, icon="tags")
        self.segment = Button(t("New segment"), kind=Look.QUIET, icon="list-filter")
        self.edit.hide()
        buttons = [row(button, STRETCH) for button in (self.edit, self.tags, self.segment)]
        whole = column(self.table, *buttons, gap="xs", margins="s")
        whole.setStretch(0, 1)
        pane = holder(whole, pane="surface")
        self.setLayout(column(pane, gap=""))
        for button in (self.tags, self.segment):
            button.setVisible(self._may_change)

    def _wire(self) -> None:
        self.table.selected.connect(self._on_selected)
        self.tags.clicked.connect(self.tags_wanted)
        self.segment.clicked.connect(self.segment_wanted)
        self.edit.clicked.connect(lambda: self.edit_wanted.emit(self.current()))

    def _on_selected(self) -> None:
        group = self.current()
        if group is not None:
            is_segment = group.kind is Kind.SEGMENT
            self.edit.setVisible(is_segment and self._may_change)
            self.segment.setVisible(not is_segment and self._may_change)
            self.chosen.emit(group)


class _SideDelegate(CellDelegate):
    """The chosen entry stands on a rounded patch, and no lines part the entries."""

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        # Qt has painted its own patch on a chosen row by now.
        painter.fillRect(option.rect, theme.color("surface"))
        if not index.flags() & Qt.ItemFlag.ItemIsSelectable:
            return
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_chosen or index.row() == getattr(self._table, "hovered", -1):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            patch = QRectF(option.rect).adjusted(4, 1, -4, -1)
            fill(painter, patch, theme.color("selected" if is_chosen else "hover"), RADIUS)
