"""Numbers the company writes from, their vendors' secrets and their health."""

from __future__ import annotations

from engine.channels.checking import test_connection
from engine.channels.directory import Signing, signing
from engine.channels.queries import NOTIFY
from engine.channels.service import (
    ChannelNotFound,
    ChannelUnfit,
    NewChannel,
    NotResumable,
    SenderTaken,
    account_of,
    channels,
    create,
    disable,
    find,
    lock,
    resume,
    stop,
    update,
    webhook_of,
)

__all__ = [
    "NOTIFY",
    "ChannelNotFound",
    "ChannelUnfit",
    "NewChannel",
    "NotResumable",
    "SenderTaken",
    "Signing",
    "account_of",
    "channels",
    "create",
    "disable",
    "find",
    "lock",
    "resume",
    "signing",
    "stop",
    "test_connection",
    "update",
    "webhook_of",
]
