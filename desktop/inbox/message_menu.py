"""What can be done with one message: the menu of the mouse and of the keyboard is the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from desktop.inbox.bubbles import Part, actions_of, is_picture
from desktop.inbox.entries import Entry
from desktop.inbox.links import Link, links_in
from desktop.widgets.menu import Menu
from embedded_server.contract.conversations import MediaOut, MediaStateName
from embedded_server.contract.words import t

_MOST_LINKS = 5


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the pane does when something is chosen."""

    reply: Callable[[Entry], object]
    copy: Callable[[], object]
    open_link: Callable[[str], object]
    enlarge: Callable[[MediaOut], object]
    save: Callable[[MediaOut], object]
    act: Callable[[Part, Entry], object]


def message_menu(entry: Entry, deeds: Deeds, *, may_reply: bool, link: Link | None = None) -> Menu:
    """``link`` is the one below the mouse; by keyboard all of them are offered."""
    menu = Menu()
    if may_reply and entry.can_be_quoted:
        menu.add(t("Reply"), lambda: deeds.reply(entry), icon="reply")
    menu.add(t("Copy"), deeds.copy, icon="copy", key="Ctrl+C")
    for one in [link] if link else links_in(entry.text)[:_MOST_LINKS]:
        _add_link(menu, one, deeds)
    for file in entry.files:
        _add_file(menu, file, entry, deeds)
    for part, words in actions_of(entry) if may_reply else ():
        _add_action(menu, part, words, entry, deeds)
    return menu


def _add_link(menu: Menu, link: Link, deeds: Deeds) -> None:
    shown = link.address if len(link.address) <= 50 else f"{link.address[:49]}…"
    menu.add(t("Open {address}", address=shown), lambda: deeds.open_link(link.address), icon="external-link")


def _add_file(menu: Menu, file: MediaOut, entry: Entry, deeds: Deeds) -> None:
    if file.state is not MediaStateName.STORED:
        return
    if is_picture(file, entry.kind):
        menu.add(t("Open picture"), lambda: deeds.enlarge(file), icon="image")
    menu.add(t("Save as…"), lambda: deeds.save(file), icon="download")


def _add_action(menu: Menu, part: Part, words: str, entry: Entry, deeds: Deeds) -> None:
    is_final = part is Part.DELETE
    icon = "trash-2" if is_final else "rotate-ccw"
    menu.add(words, lambda: deeds.act(part, entry), icon=icon, danger=is_final)
