"""What a line of the inbox says, in the words of the screen and of a screen reader."""

from __future__ import annotations

from datetime import UTC, datetime

from desktop.inbox.rows import Row
from desktop.widgets import formats
from embedded_server.contract import labels
from embedded_server.contract.conversations import ConversationStateName
from embedded_server.contract.words import t, tn

_MOST = 99


def when(row: Row) -> str:
    """``10:42``, ``ontem``, ``qui`` or ``21/11``."""
    return formats.short_moment(datetime.fromtimestamp(row.at, UTC))


def count_text(unread: int) -> str:
    return f"{_MOST}+" if unread > _MOST else str(unread)


def spoken_row(row: Row, draft: str) -> str:
    """Everything the line shows, from left to right, and what its colors and icons mean."""
    said = [row.name]
    if row.unread:
        said.append(tn("{count} unread", "{count} unread", row.unread))
    if draft:
        said.append(t("Draft: {text}", text=draft))
    else:
        said += [t(row.standing.message)] if row.standing else []
        said.append(row.preview)
    said.append(when(row))
    if row.channel:
        said.append(labels.text(row.channel))
    said += [mark.name for mark in row.tags]
    if row.state is ConversationStateName.CLOSED:
        said.append(labels.text(row.state))
    return ", ".join(part for part in said if part)
