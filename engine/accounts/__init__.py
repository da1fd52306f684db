"""Who may come in, for which company, and what they did."""

from __future__ import annotations

from engine.accounts import console
from engine.accounts.auditing import audit, audit_entries
from engine.accounts.members import (
    AlreadyMember,
    LastOwner,
    PersonNotFound,
    RoleOutOfReach,
    add_member,
    change_member,
    member,
    members,
)
from engine.accounts.passwords import PasswordTooWeak, token_hash
from engine.accounts.queries import CompanyChoice, Member
from engine.accounts.rules import PERMISSIONS, Permission, Principal
from engine.accounts.service import (
    AlreadyClaimed,
    ClaimRefused,
    Founder,
    TimezoneUnknown,
    claim,
    company,
    ensure_claim_secret,
    found_company,
    update_company,
)
from engine.accounts.sessions import (
    Credentials,
    DeviceNotFound,
    PasswordWrong,
    SessionEnded,
    SignedIn,
    SignInRefused,
    authenticate,
    change_password,
    companies_of,
    devices,
    living,
    note_device,
    revoke_device,
    sign_in,
    sign_out,
)
from engine.accounts.throttle import Throttle, TooManyAttempts

__all__ = [
    "PERMISSIONS",
    "AlreadyClaimed",
    "AlreadyMember",
    "ClaimRefused",
    "CompanyChoice",
    "Credentials",
    "DeviceNotFound",
    "Founder",
    "LastOwner",
    "Member",
    "PasswordTooWeak",
    "PasswordWrong",
    "Permission",
    "PersonNotFound",
    "Principal",
    "RoleOutOfReach",
    "SessionEnded",
    "SignInRefused",
    "SignedIn",
    "Throttle",
    "TimezoneUnknown",
    "TooManyAttempts",
    "add_member",
    "audit",
    "audit_entries",
    "authenticate",
    "change_member",
    "change_password",
    "claim",
    "companies_of",
    "company",
    "console",
    "devices",
    "ensure_claim_secret",
    "found_company",
    "living",
    "member",
    "members",
    "note_device",
    "revoke_device",
    "sign_in",
    "sign_out",
    "token_hash",
    "update_company",
]
