"""What the campaign room refuses, each said once."""

from __future__ import annotations

from engine.errors import EngineError, Kind


class CampaignNotFound(EngineError):
    """No campaign has this id."""

    kind = Kind.NOT_FOUND


class ChannelMissing(EngineError):
    """The number this campaign writes from does not exist."""

    kind = Kind.INVALID


class NotStartable(EngineError):
    """Only a draft or scheduled campaign can start."""


class NotEditable(EngineError):
    """Only a draft can be changed. Cancel the campaign or make a copy."""


class NotPausable(EngineError):
    """Only a campaign that is queued or sending can be paused."""


class NotResumable(EngineError):
    """Only a paused campaign can be resumed."""


class NotCancellable(EngineError):
    """This campaign has already ended."""


class NothingToSend(EngineError):
    """Nobody in the audience can be written to."""

    kind = Kind.INVALID


class InvalidSchedule(EngineError):
    """The start must be a future local time, written as 2026-11-30T09:00, in a known time zone."""

    kind = Kind.INVALID


class ChannelStopped(EngineError):
    """The number this campaign writes from is stopped. Put it right first, then try again."""
