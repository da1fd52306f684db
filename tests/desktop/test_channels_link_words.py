"""What is said of a link, and which of a number's links counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from desktop.channels import link_words, reasons, troubles
from desktop.channels.link_view import Remedy, remedy_of
from desktop.channels.link_words import Move, halves, is_given_up_by_leaving, outcome
from desktop.channels.links_presenter import newest
from embedded_server.contract.channels import ProviderName
from embedded_server.contract.labels import Color
from embedded_server.contract.linked import LinkOut, LinkStateName
from engine.linked import rules
from tests.desktop.test_channels_words import a_channel

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
JID = "5531988881234@s.whatsapp.net"


def a_link(**values: Any) -> LinkOut:
    given: dict[str, Any] = dict.fromkeys(LinkOut.model_fields)
    given |= {"id": uuid4(), "engine": "whatsmeow", "simulated": False, "state": "open", "wish": "run"}
    given |= {"changed_at": NOW, "created_at": NOW}
    return LinkOut.model_validate(given | values)


@pytest.mark.parametrize("state", LinkStateName)
def test_every_state_shows_a_code_or_says_what_came_of_it(state) -> None:
    said = outcome(a_link(state=state))

    assert (said is None) is (state in link_words.SHOWING_CODE)
    assert said is None or (said.title and said.said and bool(said.verb) is bool(said.move))


@pytest.mark.parametrize("phase", rules.STOP_REASONS)
def test_every_word_that_stops_a_linked_number_has_its_sentence(phase) -> None:
    word = rules.STOP_REASONS[phase]

    assert reasons.of_code(ProviderName.LINKED, word) is not None
    assert word == f"linked_{phase.value}"
    (said,) = troubles.of_channel(a_channel(provider="linked", state="stopped", stop_reason=word))
    assert said.color is Color.RED
    assert "linked_" not in said.what


def test_what_stopped_a_number_is_said_once_and_by_the_link() -> None:
    channel = a_channel(provider="linked", state="stopped", stop_reason="linked_banned", health={})
    link = a_link(state="banned", jid=JID, until=NOW + timedelta(days=1000))

    (said,) = troubles.of_channel(channel, link)

    assert "acaba em" in said.help
    assert troubles.of_channel(channel, a_link(state="starting", jid=JID)) == []


def test_a_stop_for_another_reason_is_said_beside_the_link() -> None:
    channel = a_channel(provider="linked", state="stopped", stop_reason="refused", health={})

    assert [one.color for one in troubles.of_channel(channel, a_link(state="backoff", jid=JID))] == [
        Color.RED,
        Color.YELLOW,
    ]


@pytest.mark.parametrize(
    ("values", "given_up"),
    [
        ({"state": "starting"}, True),
        ({"state": "waiting"}, True),
        ({"state": "failed"}, True),
        ({"state": "scanned"}, False),
        ({"state": "connecting"}, False),
        ({"state": "expired", "ended_at": NOW}, False),
        ({"state": "banned", "jid": JID}, False),
    ],
)
def test_only_a_linking_that_nobody_waits_for_is_given_up(values, given_up) -> None:
    assert is_given_up_by_leaving(a_link(**values)) is given_up


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({"state": "open", "jid": JID}, None),
        ({"state": "backoff", "jid": JID}, None),
        ({"state": "replaced", "jid": JID}, Remedy.USE_HERE),
        ({"state": "failed", "jid": JID}, Remedy.RETRY),
        ({"state": "banned", "jid": JID, "until": NOW + timedelta(minutes=1)}, None),
        ({"state": "banned", "jid": JID, "until": NOW - timedelta(minutes=1)}, Remedy.RETRY),
        ({"state": "open", "jid": JID, "ended_at": NOW}, Remedy.LINK_AGAIN),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_each_state_has_its_remedy(values, remedy) -> None:
    assert remedy_of(a_link(**values)) is remedy


def test_a_number_without_a_link_is_linked_again() -> None:
    assert remedy_of(None) is Remedy.LINK_AGAIN


def test_a_live_link_counts_before_a_newer_one_that_is_over() -> None:
    first, second = uuid4(), uuid4()
    live = a_link(channel_id=first)
    over, older = a_link(channel_id=first, ended_at=NOW), a_link(channel_id=first, ended_at=NOW)
    last, before = a_link(channel_id=second, ended_at=NOW), a_link(channel_id=second, ended_at=NOW)

    found = newest([over, a_link(), live, older, last, before])

    assert found == {first: live, second: last}


@pytest.mark.parametrize("code", ["ABCD-EFGH", "abcdefgh", "ABCD EFGH"])
def test_a_code_to_type_stands_in_two_groups_of_four(code) -> None:
    assert halves(code) == ("ABCD", "EFGH")


@time_machine.travel(NOW, tick=False)
def test_the_time_that_is_left_is_counted_down() -> None:
    assert link_words.renewal(NOW + timedelta(seconds=17)) == "Novo código em 0:17"
    assert link_words.renewal(NOW) == "Um novo código está chegando…"
    assert link_words.validity(NOW + timedelta(seconds=150)) == "O código vale por mais 2:30"
    assert link_words.validity(NOW - timedelta(seconds=1)) == "O código está acabando…"


def test_a_linked_number_that_begins_again_needs_no_code() -> None:
    said = outcome(a_link(state="starting", jid=JID))

    assert said
    assert said.title == "Celular encontrado. Conectando…"


def test_a_number_whatsapp_gave_a_reason_for_is_told_its_code() -> None:
    failed = outcome(a_link(state="failed", code_of_state="515"))
    fallen = outcome(a_link(state="failed", code_of_state="crashes"))

    assert failed
    assert "Código do WhatsApp: 515." in failed.said
    assert fallen
    assert "crashes" not in fallen.said
    assert fallen.move is Move.AGAIN
