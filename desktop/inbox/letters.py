"""What was written here and the appliance does not have yet: kept on the disk until it does."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from desktop.shell.preferences import Preferences
from embedded_server.contract.conversations import DirectionName, QuoteOut, TemplateIn, TextIn

_GROUP = "letters"


class Letter(BaseModel):
    """``client_id`` is our name for it, under which the appliance never takes it twice."""

    model_config = ConfigDict(frozen=True)

    client_id: str
    conversation_id: UUID
    direction: DirectionName
    at: datetime
    author_id: UUID
    channel_id: UUID | None = None
    content: TextIn | TemplateIn | None = Field(None, discriminator="type", repr=False)
    #: Of a note.
    text: str = Field("", repr=False)
    quoted: QuoteOut | None = Field(None, repr=False)

    @property
    def words(self) -> str:
        match self.content:
            case TextIn():
                return self.content.body
            case TemplateIn():
                return self.content.text
        return self.text


class Tray:
    """Letters that were not taken yet; a window that is closed in the meantime loses none."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    def keep(self, letter: Letter) -> None:
        self._preferences.keep(f"{_GROUP}/{letter.client_id}", letter.model_dump_json())

    def drop(self, client_id: str) -> None:
        self._preferences.drop(f"{_GROUP}/{client_id}")

    def letters(self) -> list[Letter]:
        """In the order in which they were written; what cannot be read any more is let go."""
        found = []
        for name in self._preferences.names(_GROUP):
            try:
                found.append(Letter.model_validate_json(self._preferences.text(f"{_GROUP}/{name}")))
            except ValidationError:
                self.drop(name)
        return sorted(found, key=lambda letter: letter.at)
