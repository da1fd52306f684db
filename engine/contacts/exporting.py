"""Contacts as CSV: page by page, so that a million need no more memory than one, and safe to open (E10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from engine.contacts import queries
from engine.contacts.service import Listing, condition_of
from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.models import ChannelKind, IdentityKind
from engine.spreadsheet import BOM, csv_row

#: Columns a spreadsheet program can still show, and an import takes back.
MOST_FIELDS = 500
_PAGE = 500
_PHONE = f"{IdentityKind.PHONE}:"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a spreadsheet program of one language reads and names things."""

    separator: str
    header: tuple[str, ...]
    channels: dict[ChannelKind, str]


DIALECTS = {
    # Where decimals have a comma, columns are parted by semicolons.
    "pt_BR": Dialect(
        ";",
        ("Nome", "Telefone", "Outros endereços", "E-mail", "Etiquetas", "Descadastrado de", "Criado em"),
        {ChannelKind.WHATSAPP: "WhatsApp", ChannelKind.SMS: "SMS", ChannelKind.VOICE: "Voz"},
    ),
    "en": Dialect(
        ",",
        ("Name", "Phone", "Other addresses", "E-mail", "Tags", "Opted out of", "Created at"),
        {ChannelKind.WHATSAPP: "WhatsApp", ChannelKind.SMS: "SMS", ChannelKind.VOICE: "Voice"},
    ),
}


@dataclass(frozen=True, slots=True)
class Export:
    """One table to be: whom, with which custom fields as columns, by whose clock."""

    company_id: UUID
    listing: Listing
    dialect: Dialect
    fields: list[str] = field(repr=False)
    timezone: ZoneInfo


async def begin_export(uow: UnitOfWork, listing: Listing, *, language: str) -> Export:
    """Find out which columns there are. ``language`` is one of :data:`DIALECTS`."""
    condition = await condition_of(uow, listing)
    fields = await queries.custom_names(uow.session, condition, most=MOST_FIELDS)
    timezone = ZoneInfo(await queries.timezone(uow.session, uow.company_id))
    return Export(uow.company_id, listing, DIALECTS[language], fields, timezone)


async def csv_pieces(engine: Engine, export: Export) -> AsyncIterator[bytes]:
    """The file, newest contact first. No transaction is open while a piece is on its way.

    Who is added meanwhile is left out; who is changed meanwhile may be in it either way.
    """
    separator = export.dialect.separator
    yield BOM + csv_row([*export.dialect.header, *export.fields], separator)
    last: UUID | None = None
    while True:
        async with engine.unit_of_work(export.company_id) as uow:
            condition = await condition_of(uow, export.listing)
            rows = await queries.export_page(uow.session, condition, before=last, most=_PAGE)
        if rows:
            last = rows[-1].id
            yield b"".join([csv_row(_cells(export, row), separator) for row in rows])
        if len(rows) < _PAGE:
            return


def _cells(export: Export, row: Any) -> list[str]:
    addresses: list[str] = row.addresses or []
    phone = next((address for address in addresses if address.startswith(_PHONE)), "")
    others = [address for address in addresses if address != phone]
    stopped = sorted(export.dialect.channels[ChannelKind(kind)] for kind in row.stopped or ())
    return [
        row.name,
        phone.removeprefix(_PHONE),
        ", ".join(others),
        row.email or "",
        ", ".join(row.tags or ()),
        ", ".join(stopped),
        f"{row.created_at.astimezone(export.timezone):%Y-%m-%d %H:%M}",
        *(str(row.custom.get(name, "")) for name in export.fields),
    ]
