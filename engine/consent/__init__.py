"""Consent: who asked to be left alone, who agreed, and what proves it."""

from engine.consent.queries import in_force
from engine.consent.rules import Intent, intent
from engine.consent.service import (
    Evidence,
    Method,
    Wish,
    history,
    opt_out_many,
    opted_out,
    record_consent,
    record_opt_in,
    record_opt_out,
)

__all__ = [
    "Evidence",
    "Intent",
    "Method",
    "Wish",
    "history",
    "in_force",
    "intent",
    "opt_out_many",
    "opted_out",
    "record_consent",
    "record_opt_in",
    "record_opt_out",
]
