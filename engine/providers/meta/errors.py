"""Meta's error codes as one table, for answers to a send and for failed statuses alike.

The code decides, the HTTP status only where the code is unknown: published statuses and those seen in the
field differ (https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes).
"""

from __future__ import annotations

from datetime import timedelta

from engine.providers.port import Action, Outcome
from engine.providers.verdict import Verdict, by_status

_UNCERTAIN = Verdict(Outcome.UNCERTAIN)
_PERMANENT = Verdict(Outcome.REJECTED, Action.PERMANENT)
_RETRY = Verdict(Outcome.REJECTED, Action.RETRY)
_STOP_CHANNEL = Verdict(Outcome.REJECTED, Action.STOP_CHANNEL)
_STOP_CAMPAIGN = Verdict(Outcome.REJECTED, Action.STOP_CAMPAIGN)

#: 100 with this subcode, and 803: the number itself is unknown to Meta or out of the token's reach.
_UNKNOWN_OBJECT = 33

_CODES: dict[Verdict, tuple[int, ...]] = {
    # 4 app calls, 17/32/613 user, page and custom limits, 80007 account, 130429 throughput.
    _RETRY: (4, 17, 32, 613, 80007, 130429),
    # The account or its template is still being synchronised.
    Verdict(Outcome.REJECTED, Action.RETRY, timedelta(minutes=10)): (134101,),
    # A throughput upgrade refuses everything for up to a minute.
    Verdict(Outcome.REJECTED, Action.RETRY, timedelta(minutes=1)): (131057,),
    # Too many messages to this one person.
    Verdict(Outcome.REJECTED, Action.RETRY_RECIPIENT): (131056,),
    Verdict(Outcome.REJECTED, Action.NEEDS_TEMPLATE): (131047,),
    Verdict(Outcome.REJECTED, Action.OPT_OUT): (131050,),
    # Template missing, paused or disabled; flow blocked or throttled.
    _STOP_CAMPAIGN: (132001, 132015, 132016, 132068, 132069),
    _STOP_CHANNEL: (
        *(0, 190),  # token
        *(3, 10, 131005, *range(200, 300)),  # capability or permission
        *(33, 803),  # the number was deleted or is out of reach
        *(131048, 131064, 368, 131031),  # spam, misclassified templates, policy, locked
        *(131037, 131045, 133010),  # display name, certificate, number not registered
        *(131042, 134011),  # payment
    ),
    # Too many registrations: ten in 72 hours.
    Verdict(Outcome.REJECTED, Action.STOP_CHANNEL, timedelta(hours=72)): (133016,),
    # Meta keeps the person's engagement healthy: another try within a day only lengthens the block.
    Verdict(Outcome.REJECTED, Action.PERMANENT, timedelta(hours=24)): (131049,),
    Verdict(Outcome.REJECTED, Action.PERMANENT, timedelta(minutes=5)): (133015,),
    _PERMANENT: (
        *(100, 131008, 131009, 131021, 135000),  # our request is wrong, or the recipient is the sender
        *(131026, 131030, 130403, 130472, 130497, 131062, 137000),  # this person cannot be reached this way
        *(131051, 131052, 131053),  # message type or media
        *(132000, 132005, 132007, 132008, 132012, 132018, 134102),  # template parameters
        *(133000, 133005, 133006, 133008, 133009),  # registration and PIN
        *(2388019, 2388039, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299),  # template creation
    ),
}
_TABLE = {code: verdict for verdict, codes in _CODES.items() for code in codes}

#: An answer with one of these may come after the message was taken. In a failed status the matter is settled,
#: and the value says whether the same message may go again by itself.
_IN_DOUBT = {1: _PERMANENT, 131000: _PERMANENT, 2: _RETRY, 131016: _RETRY, 133004: _RETRY}


def classify(code: int | None, subcode: int | None = None, http_status: int | None = None) -> Verdict:
    """What an error asks of us. Without ``http_status`` the error came in a failed status, which is final."""
    if code in _IN_DOUBT:
        return _UNCERTAIN if http_status else _IN_DOUBT[code]
    if code == 100 and subcode == _UNKNOWN_OBJECT:
        return _STOP_CHANNEL
    if code in _TABLE:
        return _TABLE[code]
    return by_status(http_status, parsed=code is not None)
