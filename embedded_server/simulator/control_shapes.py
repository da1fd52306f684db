"""What the control API takes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from embedded_server.simulator import ladder, phones
from embedded_server.simulator.fates import Ending, Fate, Provider, UnknownFate, spelled

Id = Field(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NumberIn(_Shape):
    id: str = Id
    display: str | None = None
    verified_name: str | None = None
    quality: Literal["GREEN", "YELLOW", "RED", "UNKNOWN"] | None = None
    status: str | None = None
    throughput: Literal["STANDARD", "HIGH"] | None = None


class MetaAccountIn(_Shape):
    waba: str = Id
    name: str | None = None
    app_id: str | None = None
    app_secret: str | None = Field(default=None, repr=False)
    webhook_url: str | None = None
    numbers: list[NumberIn] = []


class TwilioAccountIn(_Shape):
    sid: str = Field(pattern=r"^AC[0-9a-zA-Z]+$")
    auth_token: str = Field(min_length=1, repr=False)
    inbound_url: str | None = None
    numbers: list[str] = []


class AccountsIn(_Shape):
    meta: list[MetaAccountIn] = []
    twilio: list[TwilioAccountIn] = []
    meta_webhook_url: str | None = None
    twilio_webhook_url: str | None = None
    #: Bearer tokens that count from now on; without any, every token does.
    tokens: list[str] = Field(default=[], repr=False)


class TemplateIn(_Shape):
    """``waba`` None means every account there is."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: str = "pt_BR"
    waba: str | None = None
    status: str = "APPROVED"
    category: Literal["MARKETING", "UTILITY", "AUTHENTICATION"] = "UTILITY"
    parameter_format: Literal["NAMED", "POSITIONAL"] = "POSITIONAL"
    components: list[dict[str, Any]] = []

    def fresh(self, template_id: str) -> dict[str, Any]:
        return {
            "id": template_id,
            **self.model_dump(exclude={"waba"}),
            "quality_score": {"score": "UNKNOWN"},
            "rejected_reason": "NONE",
        }


class ScriptIn(_Shape):
    """``outcome`` is spelled as in ``fates``; ``times`` None means every send from now on.

    ``statuses`` replaces the usual ladder, in the order given: ``["delivered", "sent", "failed"]``.
    """

    outcome: str = "deliver"
    provider: Provider | None = None
    to: str | None = None
    times: int | None = Field(default=1, ge=1)
    retry_after: int | None = Field(default=None, ge=0)
    late_after: float | None = Field(default=None, ge=0)
    error_code: int | None = None
    statuses: list[Literal["sent", "delivered", "read", "failed"]] | None = None

    def fate(self) -> Fate:
        """Raises: UnknownFate, when ``outcome`` spells none."""
        if self.provider is None and self.outcome.isdecimal():
            raise UnknownFate(self.outcome)
        base = spelled(self.provider or Provider.META, self.outcome)
        statuses = tuple(self.statuses) if self.statuses is not None else base.statuses
        return Fate(
            Ending(base.ending),
            self.error_code or base.code,
            base.retry_after if self.retry_after is None else self.retry_after,
            self.late_after,
            statuses,
        )


class InboundIn(_Shape):
    """One message from a person. ``message`` is a raw Meta message and wins over everything else."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    provider: Provider = Provider.META
    sender: str = Field(alias="from", min_length=1)
    #: Our phone number id, display number or, at Twilio, E.164 number; the first one known if left out.
    to: str | None = None
    kind: Literal[
        "text",
        "image",
        "audio",
        "video",
        "document",
        "sticker",
        "location",
        "button",
        "interactive",
        "reaction",
    ] = "text"
    text: str = ""
    name: str | None = None
    #: The message this one answers or reacts to.
    context: str | None = None
    payload: str | None = None
    #: The attachment, in base64; the smallest valid file of its kind if left out.
    content: str | None = Field(default=None, repr=False)
    mime_type: str | None = None
    filename: str | None = None
    message: dict[str, Any] | None = None

    @property
    def person_name(self) -> str:
        return self.name or ladder.name_of(phones.match_key(phones.digits_of(self.sender)))

    def plain_message(self) -> dict[str, Any]:
        """The block of a message without an attachment."""
        blocks: dict[str, Any] = {
            "text": {"body": self.text},
            "location": {"latitude": -23.5613, "longitude": -46.6565, "name": "MASP", "address": self.text},
            "button": {"payload": self.payload or self.text, "text": self.text},
            "interactive": {
                "type": "button_reply",
                "button_reply": {"id": self.payload or self.text, "title": self.text},
            },
            "reaction": {"message_id": self.context or "", **({"emoji": self.text} if self.text else {})},
        }
        return {"type": self.kind, self.kind: blocks[self.kind]}
