"""Builds every screen and hands them to the window."""

from __future__ import annotations

from desktop.campaigns.view import CampaignsView
from desktop.channels.view import ChannelsView
from desktop.contacts.view import ContactsView
from desktop.inbox.view import InboxView
from desktop.shell.frame import Frame
from desktop.shell.life import Life, Parts
from desktop.shell.screen import Screen
from desktop.welcome.guide import FirstSteps
from desktop.welcome.pairing_dialog import DevicesDialog
from desktop.welcome.view import WelcomeView
from embedded_server.contract.words import mark

SCREENS = (
    Screen("inbox", mark("Conversations"), "inbox", InboxView, "inbox.read"),
    Screen("contacts", mark("Contacts"), "users", ContactsView, "contacts.read"),
    Screen("campaigns", mark("Campaigns"), "megaphone", CampaignsView, "campaigns.read"),
    Screen("channels", mark("Connections"), "plug", ChannelsView, "channels.read", at_bottom=True),
)


async def run(frame: Frame) -> None:
    """The desktop from the way in to its end."""
    await Life(frame, Parts(SCREENS, WelcomeView, FirstSteps, DevicesDialog)).live()
