"""What can be chosen on the way to a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from embedded_server.contract.channels import ChannelKindName, ChannelOut
from embedded_server.contract.contacts import CountedTagOut, SegmentOut
from embedded_server.contract.templates import TemplateOut
from embedded_server.contract.words import mark, t

#: Channels a campaign can be written on.
WRITTEN = frozenset({ChannelKindName.WHATSAPP, ChannelKindName.SMS})

#: What is known of everybody, and the variable it stands for; whoever has no name is called a customer.
_KNOWN = (
    (mark("Name"), mark("{{name|customer}}")),
    (mark("First name"), mark("{{first_name|customer}}")),
    (mark("E-mail"), mark("{{email}}")),
)


@dataclass(slots=True)
class Choices:
    """``fields`` are the custom fields in use; ``templates`` those of the chosen channel."""

    #: How many variables everybody has; the custom fields follow.
    KNOWN: ClassVar[int] = len(_KNOWN)

    channels: Sequence[ChannelOut] = ()
    tags: Sequence[CountedTagOut] = ()
    segments: Sequence[SegmentOut] = ()
    fields: Sequence[str] = ()
    timezone: str = "America/Sao_Paulo"
    templates: list[TemplateOut] = field(default_factory=list)

    def variables(self) -> list[tuple[str, str]]:
        """What a person reads, and what is written into the text."""
        known = [(t(name), t(variable)) for name, variable in _KNOWN]
        return known + [(name, f"{{{{{name}}}}}") for name in self.fields]
