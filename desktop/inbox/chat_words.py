"""What the chat says where it does not paint: to a screen reader, in tooltips, and to the clipboard."""

from __future__ import annotations

from desktop.inbox.bubble_paint import BubblePainter, quoted_words
from desktop.inbox.bubbles import Part
from desktop.inbox.entries import Entry
from desktop.inbox.kinds import kind_name
from desktop.inbox.links import allowed, real_address
from desktop.inbox.pointing import Hit
from desktop.inbox.timeline_items import Item
from desktop.widgets import formats
from embedded_server.contract.conversations import DirectionName
from embedded_server.contract.words import t


def speaker(entry: Entry, painter: BubblePainter) -> str:
    """Who wrote it."""
    if entry.direction is DirectionName.INBOUND:
        return painter.person
    who = painter.team.name(entry.author_id)
    if entry.is_campaign:
        return t("Campaign")
    return who or t("The team")


def spoken(item: Item, painter: BubblePainter) -> str:
    """All of a message: who, what, when, and how far it came."""
    entry = item.entry
    if entry is None:
        return item.words
    said = [speaker(entry, painter)]
    if entry.is_note:
        said.insert(0, t("Internal note"))
    if entry.quoted is not None:
        said.append(t("in answer to “{words}”", words=quoted_words(entry.quoted)))
    said += [_file_words(entry, n) for n in range(len(entry.files))]
    said.append(entry.text)
    said.append(formats.moment(entry.at))
    said.append(t("edited") if entry.is_edited else "")
    said.append(t(entry.standing.message) if entry.standing else "")
    said.append(entry.reason)
    said.append(t("Reactions: {emoji}", emoji=" ".join(entry.reactions)) if entry.reactions else "")
    return ", ".join(part for part in said if part)


def copied(entry: Entry, painter: BubblePainter) -> str:
    """A whole message for the clipboard: ``[10:42] Ana: …``."""
    text = entry.text or kind_name(entry.kind)
    return f"[{formats.clock(entry.at)}] {speaker(entry, painter)}: {text}"


def tip_of(found: Hit, entry: Entry) -> str:
    match found.part:
        case Part.LINK if found.link is not None:
            url = allowed(found.link.address)
            return real_address(url) if url is not None else ""
        case Part.STATE if entry.standing is not None:
            said = f"{t(entry.standing.message)}. {entry.reason}".strip()
            return f"{formats.moment(entry.at)} · {said}"
        case Part.STATE:
            return formats.moment(entry.at)
        case Part.SOUND:
            return t("Recordings are not played here. Save the file to listen to it.")
        case Part.PAPER if found.file is not None and found.file.file_name:
            return found.file.file_name
    return ""


def _file_words(entry: Entry, n: int) -> str:
    file = entry.files[n]
    length = formats.duration(file.seconds) if file.seconds else ""
    return " ".join(part for part in (kind_name(entry.kind), file.file_name or "", length) if part)
