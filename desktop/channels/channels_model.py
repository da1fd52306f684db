"""The company's numbers, and the templates of one of them, as the screen holds them."""

from __future__ import annotations

from PySide6.QtCore import QObject

from desktop.channels.facts import line
from desktop.widgets.cells import BadgeCell, NameCell
from desktop.widgets.rows_model import Column, RowsModel
from embedded_server.contract import labels
from embedded_server.contract.channels import ChannelOut
from embedded_server.contract.labels import TEMPLATE_CATEGORIES, TEMPLATE_STATES, Label, vendor_label
from embedded_server.contract.templates import TemplateOut
from embedded_server.contract.words import t


class ChannelsModel(RowsModel[ChannelOut]):
    """One row for each number, the oldest first. Never awaits."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__([Column("", _spoken)], key=lambda channel: channel.id, parent=parent)


class TemplatesModel(RowsModel[TemplateOut]):
    """The chosen number's templates by name. Never awaits."""

    def __init__(self, parent: QObject | None = None) -> None:
        columns: list[Column[TemplateOut]] = [
            Column(t("Template"), lambda one: one.name, cell=NameCell(second=_second)),
            Column(t("State"), lambda one: t(_state(one).message), width=190, cell=BadgeCell(_state)),
        ]
        super().__init__(columns, key=lambda template: template.id, parent=parent)


def _spoken(channel: ChannelOut) -> str:
    return f"{channel.name}, {labels.text(channel.state)}, {line(channel)}"


def _state(template: TemplateOut) -> Label:
    return vendor_label(TEMPLATE_STATES, template.status)


def _second(template: TemplateOut) -> str:
    category = t(vendor_label(TEMPLATE_CATEGORIES, template.category).message)
    return f"{category} · {template.language}"
