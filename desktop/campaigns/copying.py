"""A campaign once more, as a draft: the same people, the same message, at a time still to be chosen."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from embedded_server.contract.campaigns import Audience, CampaignIn, CampaignOut, TemplateContent, TextContent
from embedded_server.contract.words import t

_LONGEST_NAME = 200
_CONTENT: TypeAdapter[TextContent | TemplateContent] = TypeAdapter(TextContent | TemplateContent)


def content_of(campaign: CampaignOut) -> TextContent | TemplateContent | None:
    """The message as it was written; None while there is none."""
    return _CONTENT.validate_python(campaign.content) if campaign.content else None


def copy_of(campaign: CampaignOut) -> CampaignIn:
    kept: dict[str, Any] = {
        name: getattr(campaign, name)
        for name in ("channel_id", "pace", "timezone", "quiet_from", "quiet_until", "misfire")
    }
    name = t("{name} (copy)", name=campaign.name)[:_LONGEST_NAME]
    audience = Audience.model_validate(campaign.audience)
    return CampaignIn(name=name, content=content_of(campaign), audience=audience, **kept)
