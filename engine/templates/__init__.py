"""Message templates as the vendor last reported them."""

from engine.templates.events import TemplatesSynced
from engine.templates.service import (
    APPROVED,
    NoTemplatesHere,
    Synced,
    TemplateNotFound,
    Wanted,
    find,
    named,
    page,
    sync,
)

__all__ = [
    "APPROVED",
    "NoTemplatesHere",
    "Synced",
    "TemplateNotFound",
    "TemplatesSynced",
    "Wanted",
    "find",
    "named",
    "page",
    "sync",
]
