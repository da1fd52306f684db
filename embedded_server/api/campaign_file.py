"""A campaign's report as CSV, written while it is read: a million lines need the memory of a thousand."""

from __future__ import annotations

import gettext
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiohttp import web

from embedded_server.contract import words
from embedded_server.contract.labels import STANDINGS
from embedded_server.contract.reasons import PERSON
from embedded_server.contract.words import mark
from engine.campaigns import Line
from engine.spreadsheet import BOM, csv_row

_HEADER = (
    mark("Name"),
    mark("Number"),
    mark("Status"),
    mark("Reason"),
    mark("Operator's code"),
    mark("Tries"),
    mark("Sent at"),
    mark("Status since"),
    mark("Message"),
    mark("Operator's id"),
)
#: Where decimals have a comma, spreadsheets expect semicolons between cells.
_SEPARATORS = {"pt_BR": ";", "en": ","}


@dataclass(frozen=True, slots=True)
class Form:
    """In which language, and on which clocks."""

    language: str
    timezone: str


async def stream(
    request: web.Request, form: Form, name: str, slices: AsyncIterator[Sequence[Line]]
) -> web.StreamResponse:
    """Answer with the file. One that breaks off is told by a broken connection alone."""
    response = web.StreamResponse(headers=_headers(name))
    await response.prepare(request)
    try:
        async for piece in _pieces(form, slices):
            await response.write(piece)
    except ConnectionResetError:
        return response  # the client went away
    except BaseException:
        # The answer has begun, so no other can be given.
        if request.transport is not None:
            request.transport.abort()
        raise
    await response.write_eof()
    return response


async def _pieces(form: Form, slices: AsyncIterator[Sequence[Line]]) -> AsyncIterator[bytes]:
    say, separator = _speaker(form.language), _SEPARATORS[form.language]
    clocks = ZoneInfo(form.timezone)
    yield BOM + csv_row(map(say, _HEADER), separator)
    async for lines in slices:
        yield b"".join(csv_row(_cells(line, say, clocks), separator) for line in lines)


def _cells(line: Line, say: Callable[[str], str], clocks: ZoneInfo) -> list[object]:
    known = STANDINGS.get(line.status)
    meaning = PERSON.get(line.reason or "")
    return [
        line.name,
        line.address,
        say(known.message) if known else line.status,
        say(meaning) if meaning else line.said,
        line.reason,
        line.tries,
        _moment(line.sent_at, clocks),
        _moment(line.status_at, clocks),
        line.body,
        line.provider_message_id,
    ]


def _moment(moment: datetime | None, clocks: ZoneInfo) -> str | None:
    return f"{moment.astimezone(clocks):%Y-%m-%d %H:%M:%S}" if moment else None


def _speaker(language: str) -> Callable[[str], str]:
    """The words of the request's language, whatever this process speaks."""
    return gettext.translation(words.DOMAIN, words.HOME, [language], fallback=True).gettext


def _headers(name: str) -> dict[str, str]:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "campaign"
    whole = quote(f"{name}.csv", safe="")
    return {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f"attachment; filename=\"{plain}.csv\"; filename*=UTF-8''{whole}",
    }
