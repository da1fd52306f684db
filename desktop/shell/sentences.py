"""Failures as sentences that say what happened and what to do."""

from __future__ import annotations

from desktop.client.errors import Refused, Unreachable, VersionMismatch
from embedded_server.contract.words import t


def sentence(error: BaseException) -> str:
    """For a person. What the appliance said is a message id of the same catalogue: it is translated here."""
    if isinstance(error, Unreachable):
        return t("The engine does not answer. It is tried again by itself; what you typed is kept.")
    if isinstance(error, VersionMismatch):
        return t("This window and the engine are of different versions. Update both and start again.")
    if isinstance(error, Refused):
        return _refused(error)
    return t("Something went wrong here. The log has the details; try again.")


def _refused(error: Refused) -> str:
    if error.errors:
        return " ".join(f"{wrong.field}: {t(wrong.message)}." for wrong in error.errors)
    return t(str(error))
