"""Meta's codes, each with what it asks of us."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.providers.meta.errors import classify
from engine.providers.port import Action, Outcome

REFUSALS = {
    Action.RETRY: [4, 17, 32, 613, 80007, 130429, 131057, 134101],
    Action.RETRY_RECIPIENT: [131056],
    Action.NEEDS_TEMPLATE: [131047],
    Action.OPT_OUT: [131050],
    Action.STOP_CAMPAIGN: [132001, 132015, 132016, 132068, 132069],
    Action.STOP_CHANNEL: [
        *(0, 190, 3, 10, 200, 219, 299, 131005, 33, 803, 131048, 131064, 133016, 368, 131031),
        *(131037, 131045, 133010, 131042, 134011),
    ],
    Action.PERMANENT: [
        *(100, 131008, 131009, 131021, 135000, 131026, 131030, 130403, 130472, 130497, 131062, 137000),
        *(131049, 131051, 131052, 131053, 132000, 132005, 132007, 132008, 132012, 132018, 134102),
        *(133000, 133005, 133006, 133008, 133009, 133015, 2388019, 2388039, 2388040, 2388047, 2388072),
        *(2388073, 2388293, 2388299),
    ],
}


@pytest.mark.parametrize(
    ("code", "action"), [(code, action) for action, codes in REFUSALS.items() for code in codes]
)
@pytest.mark.parametrize("status", [None, 400, 429, 500])
def test_cr_16_a_known_refusal_is_one_whatever_the_status(
    code: int, action: Action, status: int | None
) -> None:
    verdict = classify(code, None, status)

    assert (verdict.outcome, verdict.action) == (Outcome.REJECTED, action)


@pytest.mark.parametrize("code", [1, 2, 131000, 131016, 133004])
@pytest.mark.parametrize("status", [400, 500, 503])
def test_cr_05_a_code_that_may_follow_acceptance_is_in_doubt(code: int, status: int) -> None:
    assert classify(code, None, status).outcome is Outcome.UNCERTAIN


@pytest.mark.parametrize(
    ("code", "action"),
    [
        (1, Action.PERMANENT),
        (131000, Action.PERMANENT),
        (2, Action.RETRY),
        (131016, Action.RETRY),
        (133004, Action.RETRY),
        (999_999, Action.PERMANENT),
        (None, Action.PERMANENT),
    ],
)
def test_a_failed_status_settles_the_matter(code: int | None, action: Action) -> None:
    verdict = classify(code)

    assert (verdict.outcome, verdict.action) == (Outcome.REJECTED, action)


@pytest.mark.parametrize(
    ("code", "status", "outcome", "action"),
    [
        (999_999, 400, Outcome.REJECTED, Action.PERMANENT),
        (999_999, 401, Outcome.REJECTED, Action.STOP_CHANNEL),
        (999_999, 429, Outcome.REJECTED, Action.RETRY),
        (999_999, 500, Outcome.UNCERTAIN, None),
        (None, 429, Outcome.REJECTED, Action.RETRY),
        (None, 400, Outcome.UNCERTAIN, None),
        (None, 404, Outcome.UNCERTAIN, None),
        (None, 502, Outcome.UNCERTAIN, None),
        (None, 302, Outcome.UNCERTAIN, None),
        (None, 200, Outcome.UNCERTAIN, None),
    ],
)
def test_the_status_decides_where_the_code_is_unknown(
    code: int | None, status: int, outcome: Outcome, action: Action | None
) -> None:
    verdict = classify(code, None, status)

    assert (verdict.outcome, verdict.action) == (outcome, action)


def test_a_number_unknown_to_meta_stops_the_channel() -> None:
    assert classify(100, 33, 400).action is Action.STOP_CHANNEL


def test_known_waits() -> None:
    waits = {code: classify(code).wait for code in (131057, 134101, 133016, 131049, 130429)}

    assert waits == {
        131057: timedelta(minutes=1),
        134101: timedelta(minutes=10),
        133016: timedelta(hours=72),
        131049: timedelta(hours=24),
        130429: None,
    }
