"""Which conversations the list shows, and what it says when there are none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from desktop.inbox.rows import Row
from embedded_server.contract.conversations import ConversationStateName
from embedded_server.contract.words import mark, t, tp


class Segment(StrEnum):
    """``ALL`` is everything that was not resolved: a campaign to thousands stays out until they answer."""

    ALL = "all"
    MINE = "mine"
    UNREAD = "unread"
    RESOLVED = "resolved"


def segment_title(segment: Segment) -> str:
    match segment:
        case Segment.ALL:
            return tp("conversations", "All")
        case Segment.MINE:
            return tp("conversations", "Mine")
        case Segment.UNREAD:
            return tp("conversations", "Unread")
    return tp("conversations", "Resolved")


class Step(StrEnum):
    """What the button of an empty list does."""

    NONE = ""
    CONNECT = "connect"
    SHOW_ALL = "show_all"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Emptiness:
    """What stands in the place of an empty list, and the step that helps."""

    title: str
    hint: str = ""
    action: str = ""
    step: Step = Step.NONE


@dataclass(frozen=True, slots=True)
class Choice:
    """A segment and the words searched for in it, as ``me`` sees them."""

    me: UUID
    segment: Segment = Segment.ALL
    words: str = ""

    def query(self) -> dict[str, Any]:
        """As the appliance is asked."""
        asked: dict[str, Any] = {"q": self.words or None}
        match self.segment:
            case Segment.ALL:
                asked["state"] = ConversationStateName.OPEN.value
            case Segment.MINE:
                asked |= {"state": ConversationStateName.OPEN.value, "assignee_id": self.me}
            case Segment.UNREAD:
                asked["unread"] = True
            case Segment.RESOLVED:
                asked["state"] = ConversationStateName.CLOSED.value
        return asked

    def holds(self, row: Row) -> bool:
        """Whether a row belongs here, words aside: those only the appliance can judge."""
        is_open = row.state is ConversationStateName.OPEN
        match self.segment:
            case Segment.ALL:
                return is_open
            case Segment.MINE:
                return is_open and row.assignee_id == self.me
            case Segment.UNREAD:
                return row.unread > 0
        return not is_open

    def emptiness(self, *, has_channel: bool) -> Emptiness:
        if self.words:
            return Emptiness(
                t("Nobody found for “{words}”", words=self.words),
                t("Search by name or by digits of the phone number."),
                t("Clear the search"),
                Step.CLEAR,
            )
        if not has_channel:
            return Emptiness(
                t("No channel connected yet"),
                t("Connect WhatsApp or SMS, and what people write to you appears here."),
                t("Connect WhatsApp"),
                Step.CONNECT,
            )
        title, hint = _NOTHING[self.segment]
        action = "" if self.segment is Segment.ALL else t("See all of them")
        return Emptiness(t(title), t(hint), action, Step.SHOW_ALL if action else Step.NONE)


_NOTHING = {
    Segment.ALL: (mark("No open conversation"), mark("Whoever writes to you appears here by itself.")),
    Segment.MINE: (
        mark("Nothing assigned to you"),
        mark("Assign a conversation to yourself to see it here."),
    ),
    Segment.UNREAD: (mark("Nothing unread"), mark("Every message has been seen.")),
    Segment.RESOLVED: (mark("Nothing resolved yet"), mark("What you resolve is kept here.")),
}
