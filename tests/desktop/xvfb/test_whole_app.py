"""The desktop as a whole, on a real display, against a real appliance with its simulator."""

from __future__ import annotations

import pytest

from tests.desktop.xvfb.run import Outcome, whole_life
from tests.desktop.xvfb.stories import PEOPLE

#: Seconds from the start of the process to the list; 3 are promised, the tests' machine has other work.
AGAIN = 6.0


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return whole_life()


@pytest.mark.timeout(240)
def test_somebody_founds_sends_answers_and_leaves(outcome: Outcome) -> None:
    told = outcome.told

    assert told["founded"]
    assert told["imported"] == PEOPLE
    assert told["answered"]
    assert told["whole"]
    assert outcome.engine_is_gone


def test_cr_21_the_engine_goes_on_when_the_window_is_killed_and_the_next_one_shows_the_truth(
    outcome: Outcome,
) -> None:
    told = outcome.told

    assert outcome.engine_outlived_the_window
    assert told["list_shown_after"] - told["withheld"] <= AGAIN
    assert told["shown"], f"The list does not say {told['truth']['state']}"
    assert told["truth"]["ledger"]["planned"] == PEOPLE


def test_nobody_was_written_to_twice_and_nobody_was_lost(outcome: Outcome) -> None:
    ledger = outcome.told["ended"]["ledger"]

    assert ledger["planned"] == PEOPLE
    assert ledger["accepted"] + sum(ledger["failed"].values()) + ledger["uncertain"] == PEOPLE


def test_nothing_went_wrong_unseen(outcome: Outcome) -> None:
    assert [line for line in outcome.log.splitlines() if " ERROR " in line] == []
