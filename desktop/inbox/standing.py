"""How far an own message came, as one label: the list, the bubbles and screen readers say the same."""

from __future__ import annotations

from typing import Final

from embedded_server.contract import labels
from embedded_server.contract.conversations import AttemptStateName, DirectionName, ReceiptName
from embedded_server.contract.labels import STANDINGS, Color, Label
from embedded_server.contract.words import mark

#: The appliance has not got it yet: the bubble stands, the request is under way.
SENDING: Final = Label(mark("Being sent"), icon="clock")
#: The appliance did not take it.
UNSENT: Final = Label(mark("Not sent"), Color.RED, "circle-alert")

#: Final failures: only a person sends again, as a new message.
FAILED: Final = frozenset({AttemptStateName.FAILED, AttemptStateName.REJECTED})


def standing(
    direction: DirectionName | None,
    *,
    waiting: bool,
    state: AttemptStateName | None,
    receipt: ReceiptName | None,
) -> Label | None:
    """None for what others wrote and for notes."""
    if direction is not DirectionName.OUTBOUND:
        return None
    if waiting:
        held_up = state is AttemptStateName.NOT_SENT
        return labels.label(AttemptStateName.NOT_SENT) if held_up else STANDINGS["pending"]
    if state in (None, AttemptStateName.ACCEPTED):
        return labels.label(receipt or ReceiptName.SENT)
    return labels.label(state)
