"""Numbers the company writes from, their vendors' secrets and their health."""

from __future__ import annotations

from engine.channels.checking import register_webhook, test_connection, try_out
from engine.channels.directory import Signing, signing
from engine.channels.inspecting import Inspection
from engine.channels.queries import NOTIFY
from engine.channels.rules import chosen, hints, rate_limit
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
from engine.channels.simulating import (
    NotSimulated,
    Pretended,
    PretendPhoneGone,
    SimulatorOff,
    SimulatorRefused,
    SimulatorUnreachable,
    ask_simulator,
    begin_simulated,
    require_simulator,
    write_as_customer,
)

__all__ = [
    "NOTIFY",
    "ChannelNotFound",
    "ChannelUnfit",
    "Inspection",
    "NewChannel",
    "NotResumable",
    "NotSimulated",
    "PretendPhoneGone",
    "Pretended",
    "SenderTaken",
    "Signing",
    "SimulatorOff",
    "SimulatorRefused",
    "SimulatorUnreachable",
    "account_of",
    "ask_simulator",
    "begin_simulated",
    "channels",
    "chosen",
    "create",
    "disable",
    "find",
    "hints",
    "lock",
    "rate_limit",
    "register_webhook",
    "require_simulator",
    "resume",
    "signing",
    "stop",
    "test_connection",
    "try_out",
    "update",
    "webhook_of",
    "write_as_customer",
]
