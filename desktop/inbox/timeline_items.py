"""What the chat shows from top to bottom: days, the line of what is new, and bubbles in groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from desktop.inbox.entries import Entry, Team
from desktop.widgets.formats import day_name
from embedded_server.contract.words import t

#: What one side says within this stands together.
TOGETHER = timedelta(minutes=5)


class ItemKind(StrEnum):
    DAY = "day"
    NEW = "new"
    BUBBLE = "bubble"


@dataclass(frozen=True, slots=True)
class Item:
    """``words`` are those of a chip, or who speaks where a group of bubbles begins."""

    key: str
    kind: ItemKind
    words: str = field(default="", repr=False)
    entry: Entry | None = None
    #: Nobody else spoke since the bubble above, nor did much time pass.
    goes_on: bool = False


def items_of(entries: Sequence[Entry], first_new: str | None, team: Team) -> list[Item]:
    items: list[Item] = []
    before: Entry | None = None
    for entry in entries:
        day = entry.at.astimezone().date()
        if before is None or before.at.astimezone().date() != day:
            items.append(Item(f"day:{day}", ItemKind.DAY, day_name(entry.at)))
            before = None
        if entry.key == first_new:
            items.append(Item("new", ItemKind.NEW, t("New messages")))
            before = None
        goes_on = before is not None and _together(before, entry)
        words = "" if goes_on else _heading(entry, team)
        items.append(Item(entry.key, ItemKind.BUBBLE, words, entry, goes_on))
        before = entry
    return items


def _together(before: Entry, entry: Entry) -> bool:
    same = (before.direction, before.author_id, before.is_campaign) == (
        entry.direction,
        entry.author_id,
        entry.is_campaign,
    )
    return same and not entry.is_note and entry.at - before.at < TOGETHER


def _heading(entry: Entry, team: Team) -> str:
    who = team.name(entry.author_id)
    if entry.is_note:
        return t("Internal note · {name}", name=who) if who else t("Internal note")
    if entry.is_campaign:
        return t("Campaign")
    if entry.kind == "template":
        return t("Template · {name}", name=who) if who else t("Template")
    return who if entry.is_own and entry.author_id != team.me else ""
