"""The report's rows: who, how it stands, why, how often it was tried and when."""

from __future__ import annotations

from PySide6.QtCore import QObject

from desktop.campaigns import wording
from desktop.widgets import formats
from desktop.widgets.cells import MUTED, BadgeCell, NameCell
from desktop.widgets.rows_model import Column, RowsModel
from embedded_server.contract.campaigns import RecipientOut
from embedded_server.contract.labels import STANDINGS, Label
from embedded_server.contract.words import number, t


class ReportModel(RowsModel[RecipientOut]):
    """One campaign's recipients, as far as they are loaded."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_columns(), key=lambda recipient: recipient.id, parent=parent)


def standing(status: str) -> Label:
    return STANDINGS.get(status) or Label(status)


def _columns() -> list[Column[RecipientOut]]:
    return [
        Column(t("Contact"), _name, stretch=3, cell=NameCell(_number), tip=lambda one: one.body),
        Column(
            t("Status"),
            lambda one: t(standing(one.status).message),
            width=160,
            cell=BadgeCell(lambda one: standing(one.status)),
        ),
        Column(t("Reason"), _reason, stretch=3, cell=MUTED, tip=_reason),
        Column(t("Tries"), lambda one: number(one.tries), width=96, right=True, drops_below=820),
        Column(t("Sent at"), _sent, width=160, cell=MUTED),
    ]


def _name(recipient: RecipientOut) -> str:
    return recipient.name or _shown(recipient) or t("No number")


def _number(recipient: RecipientOut) -> str:
    return _shown(recipient) if recipient.name else ""


def _shown(recipient: RecipientOut) -> str:
    return formats.phone(recipient.address)


def _reason(recipient: RecipientOut) -> str:
    return wording.person_reason(recipient.reason, recipient.said)


def _sent(recipient: RecipientOut) -> str:
    return formats.moment(recipient.sent_at) if recipient.sent_at else ""
