"""Campaigns: one message to many people, at a safe pace, to each of them at most once."""

from engine.campaigns import claims, sending
from engine.campaigns.content import InvalidContent
from engine.campaigns.errors import (
    CampaignNotFound,
    ChannelMissing,
    ChannelStopped,
    InvalidSchedule,
    NotCancellable,
    NotEditable,
    NotPausable,
    NotResumable,
    NotStartable,
)
from engine.campaigns.launch import launch
from engine.campaigns.preflight import FlightPlan, preflight
from engine.campaigns.report import Ledger, Line, ledger, lines
from engine.campaigns.schedule import take_slot
from engine.campaigns.service import (
    Draft,
    cancel,
    create,
    edit,
    finish_if_settled,
    get,
    is_settled,
    page,
    pause,
    remove,
    resend_unconfirmed,
    resume,
    schedule,
    start,
    stop_channel,
    stop_for,
)

__all__ = [
    "CampaignNotFound",
    "ChannelMissing",
    "ChannelStopped",
    "Draft",
    "FlightPlan",
    "InvalidContent",
    "InvalidSchedule",
    "Ledger",
    "Line",
    "NotCancellable",
    "NotEditable",
    "NotPausable",
    "NotResumable",
    "NotStartable",
    "cancel",
    "claims",
    "create",
    "edit",
    "finish_if_settled",
    "get",
    "is_settled",
    "launch",
    "ledger",
    "lines",
    "page",
    "pause",
    "preflight",
    "remove",
    "resend_unconfirmed",
    "resume",
    "schedule",
    "sending",
    "start",
    "stop_channel",
    "stop_for",
    "take_slot",
]
