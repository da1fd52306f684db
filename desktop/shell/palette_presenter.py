"""Finds what the palette lists: commands and screens at once, people a moment after the last key."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject

from desktop.shell.palette_model import MOST, Entry, PaletteModel, ranked
from desktop.shell.presenter import Presenter
from desktop.shell.screen import Screen, Surroundings
from desktop.shell.shortcuts import key_text
from desktop.widgets import formats
from embedded_server.contract.contacts import ContactOut, IdentityKindName
from embedded_server.contract.conversations import ConversationOut
from embedded_server.contract.words import t

#: Seconds without a key before the appliance is asked.
DEBOUNCE = 0.15
_RECENT = "palette/recent"
_REMEMBERED = 6
_CONVERSATIONS = 100
_EACH = 10


class PalettePresenter(Presenter):
    """``look_for`` fills the model at once with what is known here, and again with what the appliance found.

    Which commands were used is kept on the disk; which people were looked at only as long as the window.
    """

    def __init__(
        self, surroundings: Surroundings, screens: Sequence[Screen], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._around, self._screens = surroundings, screens
        self.model = PaletteModel(self)
        self._typed = ""
        self._local: list[Entry] = []
        self._conversations: list[Entry] = []
        self._found: list[Entry] = []
        self._people: list[Entry] = []

    def begin(self) -> None:
        """The palette opens: what can be called now, and the newest conversations."""
        self._local = [*self._places(), *self._commands()]
        self._found = []
        self.look_for("")
        if self._around.session.may("inbox.read"):
            self.start("conversations", self._load_conversations())

    def look_for(self, typed: str) -> None:
        self._typed = typed.strip()
        self.tasks.cancel("search")
        if not self._typed:
            self._found = []
        self._show()
        if self._typed:
            self.start("search", self._search(self._typed))

    def chosen(self, entry: Entry) -> None:
        """Keep it among the recent ones; calling it is the view's business, once the palette is gone."""
        if entry.key.startswith(("command:", "screen:")):
            kept = [key for key in self._recent() if key != entry.key]
            self._around.preferences.keep(_RECENT, " ".join([entry.key, *kept][:_REMEMBERED]))
        else:
            self._people = [entry, *(one for one in self._people if one.key != entry.key)][:_REMEMBERED]

    def _show(self) -> None:
        if not self._typed:
            self.model.show_entries(self._before_typing())
            return
        known = ranked(self._typed, [*self._local, *self._conversations])
        # What the appliance found may have been found by a number: it is not ranked away.
        listed = {entry.key for entry in known}
        self.model.show_entries([*known, *(e for e in self._found if e.key not in listed)][:MOST])

    def _before_typing(self) -> list[Entry]:
        by_key = {entry.key: entry for entry in self._local}
        recent = [by_key[key] for key in self._recent() if key in by_key]
        newest = self._conversations[: _REMEMBERED - len(self._people)]
        first = {entry.key: entry for entry in [*self._people, *recent, *newest]}
        return [*first.values(), *(entry for entry in self._local if entry.key not in first)][:MOST]

    def _recent(self) -> list[str]:
        return self._around.preferences.text(_RECENT).split()

    def _places(self) -> list[Entry]:
        go, kind = self._around.navigator.go, t("Screen")
        return [
            Entry(
                f"screen:{screen.name}",
                kind,
                t(screen.title),
                screen.icon,
                partial(go, screen.name),
                keys=key_text(f"screen.{n}"),
            )
            for n, screen in enumerate(self._screens, 1)
        ]

    def _commands(self) -> list[Entry]:
        kind = t("Command")
        return [
            Entry(
                f"command:{command.id}",
                kind,
                command.title,
                "zap",
                command.action.trigger,
                hint=t(command.shortcut.group),
                keys=key_text(command.id),
            )
            for command in self._around.commands.available()
            if command.id != "palette" and not command.id.startswith("screen.")
        ]

    async def _load_conversations(self) -> None:
        path = "/api/v1/conversations"
        page = await self._around.session.api.page(path, ConversationOut, limit=_CONVERSATIONS)
        self._conversations = [self._conversation(one) for one in page.items]
        self._show()

    async def _search(self, typed: str) -> None:
        await asyncio.sleep(DEBOUNCE)
        conversations, contacts = await asyncio.gather(self._ask_inbox(typed), self._ask_contacts(typed))
        self._found = [*conversations, *contacts]
        self._show()

    async def _ask_inbox(self, typed: str) -> list[Entry]:
        if not self._around.session.may("inbox.read"):
            return []
        path = "/api/v1/conversations"
        page = await self._around.session.api.page(path, ConversationOut, limit=_EACH, q=typed)
        return [self._conversation(one) for one in page.items]

    async def _ask_contacts(self, typed: str) -> list[Entry]:
        if not self._around.session.may("contacts.read"):
            return []
        path = "/api/v1/contacts"
        page = await self._around.session.api.page(path, ContactOut, limit=_EACH, q=typed)
        return [self._contact(one) for one in page.items]

    def _conversation(self, one: ConversationOut) -> Entry:
        run = partial(self._around.navigator.go, "inbox", one.id)
        name = one.contact_name or t("Without a name")
        return Entry(f"conversation:{one.id}", t("Conversation"), name, "message-circle", run, one.preview)

    def _contact(self, one: ContactOut) -> Entry:
        phones = [formats.phone(a.value) for a in one.addresses if a.kind is IdentityKindName.PHONE]
        run = partial(self._around.navigator.go, "contacts", one.id)
        hint = " · ".join(part for part in (*phones[:1], one.email) if part)
        name = one.name or (phones[0] if phones else t("Without a name"))
        return Entry(f"contact:{one.id}", t("Contact"), name, "user", run, hint)
