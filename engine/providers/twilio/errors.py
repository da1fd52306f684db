"""Twilio's error codes as one table, for answers to a send and for status callbacks alike.

The code decides, the HTTP status only where the code is unknown (https://www.twilio.com/docs/api/errors).
"""

from __future__ import annotations

from datetime import timedelta

from engine.providers.port import Action, Outcome
from engine.providers.verdict import Verdict, by_status

_UNCERTAIN = Verdict(Outcome.UNCERTAIN)
_PERMANENT = Verdict(Outcome.REJECTED, Action.PERMANENT)

_CODES: dict[Verdict, tuple[int, ...]] = {
    # 20429 requests, 10004/86008 concurrency, 30001 queue overflow, 30410 the carrier's own time-out.
    Verdict(Outcome.REJECTED, Action.RETRY): (20429, 10004, 86008, 30001, 30410),
    # Quiet hours where the person lives.
    Verdict(Outcome.REJECTED, Action.RETRY_RECIPIENT, timedelta(hours=1)): (30610,),
    Verdict(Outcome.REJECTED, Action.NEEDS_TEMPLATE): (63016,),
    Verdict(Outcome.REJECTED, Action.OPT_OUT): (21610,),
    # The carrier filtered the content.
    Verdict(Outcome.REJECTED, Action.STOP_CAMPAIGN): (30007,),
    Verdict(Outcome.REJECTED, Action.STOP_CHANNEL): (
        *(20003, 20404, 57012),  # credentials; 20404 on a send means the account is not there
        *(21212, 21603, 21606),  # our number is missing, unknown or cannot send
        *(30002, 30034, 30450),  # suspended, unregistered, blocked as pumping
    ),
    _PERMANENT: (
        *(21211, 21614, 21635, 21216, 30003, 30004, 30005, 30006, 30008),  # this phone
        *(21408, 21608, 21612),  # this country, an unverified phone on a trial, no route to it
        *(21602, 21617),  # no text, or too long
        *(35111, 35114, 35115, 35117, 35118, 35126),  # scheduling
        11200,
    ),
}
_TABLE = {code: verdict for verdict, codes in _CODES.items() for code in codes}
_IN_DOUBT = frozenset({20500, 20503})


def classify(code: int | None, http_status: int | None = None) -> Verdict:
    """What an error asks of us. Without ``http_status`` it came in a status callback, which is final."""
    if code in _IN_DOUBT:
        return _UNCERTAIN if http_status else _PERMANENT
    if code in _TABLE:
        return _TABLE[code]
    return by_status(http_status, parsed=code is not None)
