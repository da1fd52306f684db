"""Message templates as the vendor last reported them."""

from engine.templates.events import TemplatesSynced
from engine.templates.service import (
    NoTemplatesHere,
    Synced,
    TemplateNotFound,
    Wanted,
    find,
    page,
    sync,
)

__all__ = [
    "NoTemplatesHere",
    "Synced",
    "TemplateNotFound",
    "TemplatesSynced",
    "Wanted",
    "find",
    "page",
    "sync",
]
