"""Who may do what: one table of roles and permissions, and the few rules about roles themselves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from engine.models import Role

MIN_PASSWORD = 10
#: Argon2 hashes any length; this only bounds the work a stranger can ask for.
MAX_PASSWORD = 256

#: How long a new device is expected, and how long it may wait.
PAIRING_TAKES = timedelta(seconds=120)
#: With so many wrong codes a window is burnt.
MOST_WRONG_CODES = 5
#: Bytes of a device's fingerprint that its code spells: 40 bits, eight letters.
CODE_BYTES = 5


class Permission(StrEnum):
    """Something a route may ask for. Every member of a company has ``OWN_ACCOUNT``."""

    OWN_ACCOUNT = "account.own"
    COMPANY_READ = "company.read"
    COMPANY_MANAGE = "company.manage"
    COMPANY_FOUND = "company.found"
    USERS_READ = "users.read"
    USERS_MANAGE = "users.manage"
    AUDIT_READ = "audit.read"
    CHANNELS_READ = "channels.read"
    CHANNELS_MANAGE = "channels.manage"
    TEMPLATES_READ = "templates.read"
    TEMPLATES_MANAGE = "templates.manage"
    CONTACTS_READ = "contacts.read"
    CONTACTS_WRITE = "contacts.write"
    CONTACTS_IMPORT = "contacts.import"
    CONTACTS_EXPORT = "contacts.export"
    CAMPAIGNS_READ = "campaigns.read"
    CAMPAIGNS_WRITE = "campaigns.write"
    #: Start, pause, resume, cancel, and decide about messages in doubt.
    CAMPAIGNS_SEND = "campaigns.send"
    INBOX_READ = "inbox.read"
    INBOX_REPLY = "inbox.reply"
    WEBHOOKS_READ = "webhooks.read"
    WEBHOOKS_REPLAY = "webhooks.replay"


_VIEWER = frozenset(
    {
        Permission.OWN_ACCOUNT,
        Permission.COMPANY_READ,
        Permission.CHANNELS_READ,
        Permission.TEMPLATES_READ,
        Permission.CONTACTS_READ,
        Permission.CAMPAIGNS_READ,
        Permission.INBOX_READ,
    }
)
_AGENT = _VIEWER | {Permission.USERS_READ, Permission.CONTACTS_WRITE, Permission.INBOX_REPLY}
_OWNER = frozenset(Permission)
_ADMIN = _OWNER - {Permission.COMPANY_FOUND}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.AGENT: _AGENT,
    Role.ADMIN: _ADMIN,
    Role.OWNER: _OWNER,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: one device of one person, acting for one company."""

    company_id: UUID
    person_id: UUID
    device_id: UUID
    role: Role

    @property
    def permissions(self) -> frozenset[Permission]:
        return PERMISSIONS[self.role]

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


def may_hand_out(actor: Role, role: Role) -> bool:
    """Only an owner makes owners."""
    return actor is Role.OWNER or role is not Role.OWNER


def may_touch(actor: Role, member: Role) -> bool:
    """An owner is changed by owners alone."""
    return actor is Role.OWNER or member is not Role.OWNER


def normalize_email(text: str) -> str:
    """One spelling for one mailbox, as far as a stranger can know."""
    return text.strip().casefold()


def device_fingerprint(public_key: bytes, challenge: bytes) -> bytes:
    """What a new device shows of itself; clients compute the same (``contract/pairing.py``).

    The device named its key before it knew the challenge, so nobody can search for a key whose code is
    already on somebody's screen.
    """
    return hashlib.sha256(b"master-ia pairing code" + public_key + challenge).digest()


def proof_of(request_id: UUID, challenge: bytes) -> bytes:
    """What a device signs to show that it is the one that asked."""
    return b"master-ia pairing proof" + request_id.bytes + challenge
