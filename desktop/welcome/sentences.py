"""Failures on the way in as sentences: here nothing is tried again by itself, and the place has a name."""

from __future__ import annotations

from desktop.client.errors import ClientError, Unreachable, Untrusted
from desktop.shell.sentences import sentence
from desktop.welcome.welcome_model import Place
from embedded_server.contract.words import t


def sentence_at(place: Place | None, error: ClientError) -> str:
    """What happened at this place, and what to do."""
    if isinstance(error, Untrusted):
        return t("This server cannot prove who it is: its certificate is not valid.")
    if not isinstance(error, Unreachable) or place is None:
        return sentence(error)
    if place.is_local:
        return t("The engine on this computer does not answer. Try again in a moment.")
    return t("{server} does not answer. Check your network, then try again.", server=place.name)
