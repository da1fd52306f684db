"""The built-in simulator on the wire: numbers to try everything with, and customers who write to them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from embedded_server.contract.base import Input, Output
from embedded_server.contract.channels import ChannelOut


class SimulatorOut(Output):
    """Whether this machine plays Meta and Twilio; without it, simulated numbers reach nobody."""

    is_on: bool


class SimulatedOut(Output):
    """The company's simulated numbers, ready to be written from."""

    channels: list[ChannelOut]


class PretendedIn(Input):
    """What an invented customer writes to a simulated channel. ``phone`` is E.164; an SMS carries no name."""

    channel_id: UUID
    phone: Annotated[str, Field(pattern=r"^\+\d{7,15}$")]
    text: Annotated[str, Field(min_length=1, max_length=1600)]
    name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
