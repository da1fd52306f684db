"""The list's rows: in order whatever comes, told to views one by one, and in words for those who listen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from desktop.inbox.inbox_model import InboxModel
from desktop.inbox.row_words import count_text, spoken_row, when
from desktop.inbox.rows import mark_of, name_of
from desktop.inbox.segments import Choice, Segment, Step
from desktop.inbox.standing import standing
from embedded_server.contract import labels
from embedded_server.contract.conversations import (
    AttemptStateName,
    ConversationStateName,
    DirectionName,
    ReceiptName,
)
from embedded_server.contract.labels import Color
from tests.fakes.chats import NOON, row


@pytest.fixture
def model(qapp) -> InboxModel:
    made = InboxModel()
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    made.replace_all([row(n) for n in range(20)], has_more=True)
    return made


def names(model: InboxModel) -> list[str]:
    return [model.row_at(n).name for n in range(model.rowCount())]


def test_the_model_obeys_qt_whatever_happens(model) -> None:
    model.upsert(replace(row(7), at=NOON.timestamp() + 1))
    model.upsert(replace(row(3), at=row(9).at - 1))
    model.upsert(replace(row(5), unread=2))
    model.upsert(row(0, id=UUID(int=5), at=NOON.timestamp() + 2))
    model.remove(row(4).id)
    model.remove(UUID(int=99))
    model.append([row(n) for n in range(18, 25)], has_more=False)
    model.take([replace(row(n), at=NOON.timestamp() + n) for n in range(10, 20)], [row(2).id])

    at = [model.row_at(n).at for n in range(model.rowCount())]
    assert at == sorted(at, reverse=True)
    assert all(model.place(model.row_at(n).id) == n for n in range(model.rowCount()))


def test_point_4_a_new_message_lifts_its_row_to_the_top(model) -> None:
    model.upsert(replace(row(7), at=NOON.timestamp() + 1, preview="Voltei", unread=1))

    assert names(model)[:3] == ["Ana 7", "Ana 0", "Ana 1"]
    assert model.row_at(0).preview == "Voltei"
    assert model.rowCount() == 20


def test_a_row_older_than_what_is_loaded_comes_with_its_page(model) -> None:
    model.upsert(row(30))
    assert model.rowCount() == 20

    model.append([row(n) for n in range(20, 31)], has_more=False)
    assert names(model)[-1] == "Ana 30"
    assert not model.canFetchMore()


def test_many_changes_at_once_are_told_as_one(model, qtbot) -> None:
    changed = [replace(row(n), at=NOON.timestamp() + n) for n in range(12)]
    with qtbot.waitSignal(model.modelReset), qtbot.assertNotEmitted(model.rowsMoved):
        model.take(changed)

    assert names(model)[:2] == ["Ana 11", "Ana 10"]


def test_asking_for_more_is_passed_on_while_there_is_more(model, qtbot) -> None:
    with qtbot.waitSignal(model.more_wanted):
        model.fetchMore()
    model.append([], has_more=False)
    with qtbot.assertNotEmitted(model.more_wanted):
        model.fetchMore()


def test_point_3_a_row_says_in_words_everything_it_shows(model) -> None:
    read = standing(DirectionName.OUTBOUND, waiting=False, state=None, receipt=ReceiptName.READ)
    told = row(0, unread=120, standing=read, marks=[("VIP", "#eab308"), ("Orçamento", None)])
    model.upsert(told)
    index = model.index(0, 0)

    said = index.data(Qt.ItemDataRole.AccessibleTextRole)
    model.show_draft(told.id, "Segue o boleto")
    with_draft = index.data(Qt.ItemDataRole.AccessibleTextRole)

    for part in ("Ana 0", "120 não lidas", "Lida", "Oi 0", "WhatsApp", "VIP", "Orçamento"):
        assert part in said
    assert "Rascunho: Segue o boleto" in with_draft
    assert "Oi 0" not in with_draft
    assert count_text(99) == "99"
    assert count_text(100) == "99+"


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (timedelta(minutes=5), "14:55"),
        (timedelta(days=1), "ontem"),
        (timedelta(days=2), "seg"),
        (timedelta(days=30), "16/02"),
        (timedelta(days=400), "11/02/2025"),
    ],
)
def test_point_3_times_are_as_short_as_can_be_said(ago, shown) -> None:
    with time_machine.travel(datetime(2026, 3, 18, 15, 0, tzinfo=ZoneInfo("UTC")), tick=False):
        assert when(row(0, at=(NOON - ago).timestamp())) == shown


def test_a_closed_conversation_says_so(qapp) -> None:
    assert spoken_row(row(0, state=ConversationStateName.CLOSED), "").endswith("Resolvida")


@pytest.mark.parametrize(
    ("waiting", "state", "receipt", "expected"),
    [
        (True, None, None, labels.STANDINGS["pending"]),
        (True, AttemptStateName.NOT_SENT, None, labels.label(AttemptStateName.NOT_SENT)),
        (False, AttemptStateName.DISPATCHING, None, labels.label(AttemptStateName.DISPATCHING)),
        (False, AttemptStateName.ACCEPTED, None, labels.label(ReceiptName.SENT)),
        (False, AttemptStateName.ACCEPTED, ReceiptName.DELIVERED, labels.label(ReceiptName.DELIVERED)),
        (False, AttemptStateName.UNCERTAIN, ReceiptName.SENT, labels.label(AttemptStateName.UNCERTAIN)),
        (False, AttemptStateName.FAILED, ReceiptName.READ, labels.label(AttemptStateName.FAILED)),
    ],
)
def test_point_13_every_state_of_an_own_message_has_its_label(waiting, state, receipt, expected) -> None:
    told = {"waiting": waiting, "state": state, "receipt": receipt}

    assert standing(DirectionName.OUTBOUND, **told) == expected
    assert standing(DirectionName.INBOUND, **told) is None


def test_tags_take_the_nearest_color_whose_contrast_is_known() -> None:
    assert mark_of("VIP", "#eab308").color is Color.YELLOW
    assert mark_of("Orçamento", "#2563eb").color is Color.BLUE
    assert mark_of("Cinza", "#808080").color is Color.NEUTRAL
    assert mark_of("Sem cor", None).color is Color.NEUTRAL


def test_who_has_no_name_is_known_by_the_number() -> None:
    assert name_of("", "5531988881234") == "+55 31 98888-1234"
    assert name_of("", None) == "Sem nome"
    assert name_of("Ana", "5531988881234") == "Ana"


def test_each_segment_holds_what_it_says() -> None:
    me = UUID(int=1)
    mine, unread = row(0, assignee_id=me), row(1, unread=1)
    closed = row(2, state=ConversationStateName.CLOSED)

    held = {s: [n for n, r in enumerate((mine, unread, closed)) if Choice(me, s).holds(r)] for s in Segment}

    assert held == {Segment.ALL: [0, 1], Segment.MINE: [0], Segment.UNREAD: [1], Segment.RESOLVED: [2]}


def test_point_11_an_empty_list_names_the_next_step() -> None:
    me = UUID(int=1)

    fresh = Choice(me).emptiness(has_channel=False)
    unread = Choice(me, Segment.UNREAD).emptiness(has_channel=True)
    searched = Choice(me, words="zé").emptiness(has_channel=True)

    assert (fresh.action, fresh.step) == ("Conectar WhatsApp", Step.CONNECT)
    assert (unread.title, unread.action, unread.step) == ("Nenhuma não lida", "Ver todas", Step.SHOW_ALL)
    assert (searched.title, searched.step) == ("Ninguém encontrado para “zé”", Step.CLEAR)
    assert Choice(me).emptiness(has_channel=True).step is Step.NONE
