"""Twilio's codes, each with what it asks of us."""

from __future__ import annotations

import pytest

from engine.providers.port import Action, Outcome
from engine.providers.twilio.errors import classify

REFUSALS = {
    Action.RETRY: [20429, 10004, 86008, 30001, 30410],
    Action.RETRY_RECIPIENT: [30610],
    Action.NEEDS_TEMPLATE: [63016],
    Action.OPT_OUT: [21610],
    Action.STOP_CAMPAIGN: [30007],
    Action.STOP_CHANNEL: [20003, 20404, 57012, 21212, 21603, 21606, 30002, 30034, 30450],
    Action.PERMANENT: [
        *(21211, 21614, 21635, 21216, 30003, 30004, 30005, 30006, 30008, 21408, 21608, 21612),
        *(21602, 21617, 35111, 35114, 35115, 35117, 35118, 35126, 11200),
    ],
}


@pytest.mark.parametrize(
    ("code", "action"), [(code, action) for action, codes in REFUSALS.items() for code in codes]
)
@pytest.mark.parametrize("status", [None, 400, 429, 500])
def test_cr_16_a_known_refusal_is_one_whatever_the_status(
    code: int, action: Action, status: int | None
) -> None:
    verdict = classify(code, status)

    assert (verdict.outcome, verdict.action) == (Outcome.REJECTED, action)


@pytest.mark.parametrize(
    ("code", "status", "outcome", "action"),
    [
        (20500, 500, Outcome.UNCERTAIN, None),
        (20503, 503, Outcome.UNCERTAIN, None),
        (None, 500, Outcome.UNCERTAIN, None),
        (None, 400, Outcome.UNCERTAIN, None),
        (None, 429, Outcome.REJECTED, Action.RETRY),
        (99999, 400, Outcome.REJECTED, Action.PERMANENT),
        (99999, 401, Outcome.REJECTED, Action.STOP_CHANNEL),
        (99999, 500, Outcome.UNCERTAIN, None),
        (20500, None, Outcome.REJECTED, Action.PERMANENT),
        (99999, None, Outcome.REJECTED, Action.PERMANENT),
        (None, None, Outcome.REJECTED, Action.PERMANENT),
    ],
)
def test_cr_05_the_rest(
    code: int | None, status: int | None, outcome: Outcome, action: Action | None
) -> None:
    verdict = classify(code, status)

    assert (verdict.outcome, verdict.action) == (outcome, action)
