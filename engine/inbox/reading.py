"""What a person of the team opens: a conversation, a quoted message, a file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from engine.context import Engine
from engine.db.unit_of_work import UnitOfWork
from engine.errors import EngineError, Kind
from engine.inbox import queries
from engine.inbox.service import ConversationNotFound
from engine.inbox.timeline import Entry, Listed, find_conversation, find_entry
from engine.media import LocalStore
from engine.models import MediaState

_LONGEST_NAME = 150


class MessageNotFound(EngineError):
    """No message of this conversation has this id."""

    kind = Kind.NOT_FOUND


class NotQuotable(EngineError):
    """The vendor has not taken this message, so it cannot be quoted."""


class FileNotFound(EngineError):
    """No file has this id."""

    kind = Kind.NOT_FOUND


class FileNotHere(EngineError):
    """The file has not arrived from the vendor. Its message says whether it still may."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file on our disk. ``name`` is the sender's, made harmless; ``fallback`` is plain ASCII of ours."""

    path: Path
    mime: str
    name: str = field(repr=False)
    fallback: str = "file"


async def get_conversation(uow: UnitOfWork, conversation_id: UUID) -> Listed:
    """Raises:
    ConversationNotFound
    """
    listed = await find_conversation(uow, conversation_id)
    if listed is None:
        raise ConversationNotFound
    return listed


async def get_message(uow: UnitOfWork, conversation_id: UUID, message_id: UUID) -> Entry:
    """Raises:
    MessageNotFound: it is not of this conversation.
    """
    entry = await find_entry(uow, conversation_id, message_id)
    if entry is None:
        raise MessageNotFound
    return entry


async def quoted(uow: UnitOfWork, conversation_id: UUID, message_id: UUID) -> str:
    """The vendor's id of a message that an answer quotes.

    Raises:
        MessageNotFound: it is not of this conversation.
        NotQuotable: the vendor does not know it.
    """
    message = await queries.message(uow.session, message_id)
    if message is None or message.conversation_id != conversation_id:
        raise MessageNotFound
    if message.provider_message_id is None:
        raise NotQuotable
    return message.provider_message_id


async def open_file(engine: Engine, uow: UnitOfWork, media_id: UUID) -> Opened:
    """Where a file of a message lies.

    Raises:
        FileNotFound: no such file in this company.
        FileNotHere: it was not fetched yet, or never will be.
        MediaMissing: it is gone from the disk.
    """
    media = await queries.file_of(uow.session, media_id)
    if media is None:
        raise FileNotFound
    if media.state is not MediaState.STORED or media.path is None:
        raise FileNotHere
    store = LocalStore(engine.settings.media_dir)
    path = await asyncio.to_thread(store.path, uow.company_id, media.path)
    fallback = f"{media.id}{path.suffix}"
    return Opened(path, media.mime, _harmless(media.file_name, path.suffix) or fallback, fallback)


def _harmless(name: str | None, suffix: str) -> str:
    """A name that leads nowhere and ends as what the file is, whatever its sender called it."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(character for character in last if character.isprintable() and character not in _RESERVED)
    stem = kept.strip(" .")[:_LONGEST_NAME]
    return stem if not stem or stem.lower().endswith(suffix) else f"{stem}{suffix}"


#: What file systems of some machine give a meaning of their own.
_RESERVED = frozenset('<>:"|?*%;')
