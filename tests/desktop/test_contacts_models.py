"""What the screen of contacts says and holds, without a server: rows, colors, filters, faults, estimates."""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from desktop.client.errors import Refused
from desktop.contacts import wording
from desktop.contacts.contacts_model import ContactsModel
from desktop.contacts.groups import conditions
from desktop.contacts.groups.conditions import Condition
from desktop.contacts.groups.groups_model import GroupsModel, Kind
from desktop.contacts.importing.estimate import Estimate
from desktop.contacts.importing.problems_model import ProblemsModel, csv_of
from desktop.contacts.rows import Person, name_of, person_of, phone_of
from desktop.contacts.tag_colors import PALETTE, Mark, badge_color
from embedded_server.contract.base import FieldError, Problem
from embedded_server.contract.channels import ChannelKindName
from embedded_server.contract.contacts import ContactOut, CountedTagOut, SegmentOut
from embedded_server.contract.imports import ImportProblemOut
from embedded_server.contract.labels import Color
from embedded_server.contract.words import t

STRICT = QAbstractItemModelTester.FailureReportingMode.Fatal


def contact(**values: object) -> ContactOut:
    told = {
        "id": uuid4(),
        "name": "Ana Silva",
        "email": None,
        "custom": {},
        "source": "manual",
        "addresses": [{"kind": "phone", "value": "+5531988881234"}],
        "tags": [],
        "opted_out": [],
        "created_at": datetime(2025, 11, 21, 12, tzinfo=UTC),
        "updated_at": datetime(2025, 11, 21, 12, tzinfo=UTC),
        "archived_at": None,
    }
    return ContactOut.model_validate({**told, **values})


def person(number: int, **values: object) -> Person:
    return person_of(contact(id=UUID(int=number), name=f"Ana {number}", **values))


def numbers(model: ContactsModel) -> list[int]:
    return [row.id.int for row in model.rows]


def test_a_row_reads_as_a_person_would_write_it() -> None:
    tags = [{"id": uuid4(), "name": "VIP", "color": "#ca8a04"}]
    row = person_of(contact(tags=tags, opted_out=["whatsapp", "sms"]))
    model = ContactsModel()
    model.append([row])

    said = [model.index(0, column).data(Qt.ItemDataRole.AccessibleTextRole) for column in range(6)]

    assert row.phone == "+55 31 98888-1234"
    assert row.tags == (Mark("VIP", Color.YELLOW),)
    assert said[0] == "Nome: Ana Silva"
    assert said[3:5] == ["Etiquetas: VIP", "Não escrever: WhatsApp, SMS"]
    assert "21/11/2025" in said[5]


@pytest.mark.parametrize(
    ("addresses", "name", "phone"),
    [
        ([("wa_id", "553188881234")], "+55 31 8888-1234", "+553188881234"),
        ([("username", "ana.silva")], "@ana.silva", ""),
        ([("lid", "123@lid"), ("phone", "+14155550100")], "123@lid", "+14155550100"),
        ([], "Sem nome", ""),
    ],
)
def test_who_has_no_name_is_known_by_an_address(addresses, name, phone) -> None:
    one = contact(name="", addresses=[{"kind": kind, "value": value} for kind, value in addresses])

    assert (name_of(one), phone_of(one)) == (name, phone)


def test_the_list_stays_true_through_every_change(qapp) -> None:
    model = ContactsModel()
    QAbstractItemModelTester(model, STRICT)

    model.replace_all([person(9), person(7), person(5)])
    model.append([person(3)])
    model.merge([person(8), person(7, email="a@b.example")], [UUID(int=8), UUID(int=7), UUID(int=5)])
    model.drop([UUID(int=3), UUID(int=99)])

    assert numbers(model) == [9, 8, 7]
    assert model.row_at(2).email == "a@b.example"


def test_somebody_beyond_the_loaded_part_waits_for_the_next_page() -> None:
    model = ContactsModel()
    model.replace_all([person(9), person(7)])
    model.has_more = True

    model.merge([person(8), person(3)], [UUID(int=8), UUID(int=3)])
    assert numbers(model) == [9, 8, 7]
    model.has_more = False
    model.merge([person(3)], [UUID(int=3)])
    assert numbers(model) == [9, 8, 7, 3]


def test_many_leave_in_one_step(qapp) -> None:
    model = ContactsModel()
    QAbstractItemModelTester(model, STRICT)
    model.replace_all([person(n) for n in range(200, 0, -1)])

    model.drop([UUID(int=n) for n in range(1, 200)])

    assert numbers(model) == [200]


def test_a_hundred_thousand_rows_are_changed_in_a_blink(qapp) -> None:
    model, shared = ContactsModel(), person(1)
    rows = [
        Person(UUID(int=n), *(getattr(shared, f) for f in Person.__slots__[1:])) for n in range(10**5, 0, -1)
    ]
    model.has_more = True
    for at in range(0, len(rows), 20_000):
        model.append(rows[at : at + 20_000])

    began = time.thread_time()
    model.merge([person(10**5 + 1), person(50_000)], [UUID(int=n) for n in (10**5 + 1, 50_000, 7, 8)])
    took = time.thread_time() - began

    assert (model.rowCount(), numbers(model)[0]) == (99_999, 100_001)
    assert took < 0.1


def test_more_is_asked_for_only_where_there_is_more() -> None:
    model, asked = ContactsModel(), []
    model.more_wanted.connect(lambda: asked.append(1))
    root = model.index(-1, -1)

    assert not model.canFetchMore(root)
    model.has_more = True
    assert model.canFetchMore(root)
    model.fetchMore(root)
    assert asked == [1]


def test_groups_are_listed_with_what_they_count(qapp) -> None:
    model = GroupsModel()
    QAbstractItemModelTester(model, STRICT)
    vip = CountedTagOut(id=uuid4(), name="VIP", color="#ca8a04", contacts=1234)
    rich = SegmentOut(id=uuid4(), name="Ricos", filter={}, created_at=datetime.now(UTC))

    model.show_groups([vip], [rich])
    model.show_everybody(2000)
    model.show_count(rich, 7)
    said = [model.index(row, 0).data() for row in range(model.rowCount())]

    assert said == ["Todos os contatos: 2.000", "Etiquetas", "VIP: 1.234", "Segmentos", "Ricos: 7"]
    assert not model.flags(model.index(1, 0)) & Qt.ItemFlag.ItemIsSelectable
    assert model.find((Kind.TAG, vip.id)).color is Color.YELLOW


@pytest.mark.parametrize("color", list(PALETTE))
def test_a_color_that_was_chosen_is_shown(color: Color) -> None:
    assert badge_color(PALETTE[color][1]) is color


def test_other_colors_become_the_nearest_badge() -> None:
    assert [badge_color(told) for told in ("#2a9d8f", "#ff0000", "#ffffff", "no color", None)] == [
        Color.GREEN,
        Color.RED,
        Color.NEUTRAL,
        Color.NEUTRAL,
        Color.NEUTRAL,
    ]


@pytest.mark.parametrize("name", [*conditions.SUBJECTS, "custom:cidade"])
def test_every_comparison_comes_back_as_it_was_written(name: str) -> None:
    about = conditions.subject(name)
    assert about is not None
    told = [Condition(name, test, "" if test in conditions.BARE else "x") for test in about.tests]

    assert conditions.read(conditions.write(conditions.ANY, told)) == (conditions.ANY, told)
    assert conditions.is_complete(told)


@pytest.mark.parametrize(
    "told",
    [
        {"not": {"field": "name", "is": "empty"}},
        {"all": [{"any": [{"field": "name", "is": "empty"}]}]},
        {"field": "name", "is": "resembles", "value": "x"},
        {"field": "shoe", "is": "equals", "value": "42"},
        {"all": "x"},
    ],
)
def test_a_filter_the_builder_cannot_show_is_left_as_it_is(told) -> None:
    assert conditions.read(told) is None


def test_a_single_condition_is_shown_as_a_list_of_one() -> None:
    told = {"field": "email", "is": "empty"}

    assert conditions.read(told) == (conditions.ALL, [Condition("email", "empty")])
    assert not conditions.is_complete([])
    assert not conditions.is_complete([Condition("name", "contains")])


def problem(code: str, message: str, line: int = 7, excerpt: str = "123") -> ImportProblemOut:
    return ImportProblemOut(line=line, code=code, message=message, excerpt=excerpt)


def test_rows_with_errors_say_what_is_wrong_in_portuguese(qapp) -> None:
    model = ProblemsModel()
    QAbstractItemModelTester(model, STRICT)
    model.replace_all(
        [
            problem("phone_too_short", "Celular: The number has too few digits."),
            problem("row_unbalanced_quote", "A quotation mark on this line is never closed.", 8),
            problem("new_fault", "Something new.", 9),
        ]
    )

    said = [model.index(row, 1).data() for row in range(3)]

    assert said == [
        "Celular: O número tem dígitos de menos.",
        "As aspas abertas nesta linha nunca são fechadas.",
        "Something new.",
    ]


def test_in_09_the_file_of_errors_runs_nothing_in_a_spreadsheet() -> None:
    raw = csv_of([problem("phone_not_a_number", "=x: This is not a phone number.", 2, "=cmd|' /C calc'!A0")])

    header, row = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";")

    assert header == ["Linha", "O que está errado", "O que está no arquivo"]
    assert row == ["2", "'=x: Isto não é um número de telefone.", "'=cmd|' /C calc'!A0"]


def refused(code: str, *errors: FieldError) -> Refused:
    detail = "Another contact has this phone number."
    return Refused(
        Problem(type="x", title="x", status=422, detail=detail, code=code, errors=list(errors) or None)
    )


def test_a_refusal_is_told_below_the_field_it_is_about() -> None:
    shape = FieldError(field="email", code="string_pattern_mismatch", message="String should match")
    deep = FieldError(field="custom.cidade", code="string_too_long", message="String should have at most")

    taken = {"phone": t("Another contact has this phone number.")}
    assert wording.faults_by_field(refused("phone_taken")) == taken
    assert wording.faults_by_field(refused("invalid_request", shape, deep)) == {
        "email": "Isto não é um endereço de e-mail.",
        "custom": "Isto é longo demais.",
    }
    assert wording.faults_by_field(refused("something_else")) == {}


def test_the_rest_of_an_import_is_estimated_from_its_pace() -> None:
    estimate = Estimate()

    assert estimate.rest(0, 1000, now=10.0) is None
    assert estimate.rest(50, 1000, now=10.5) is None
    assert estimate.rest(250, 1000, now=15.0) == pytest.approx(15.0)
    assert estimate.rest(0, 1000, now=16.0) is None, "it began anew"


def test_where_somebody_must_not_be_written_to_is_said_by_channel() -> None:
    kinds = person_of(contact(opted_out=["voice"])).opted_out

    assert kinds == (ChannelKindName.VOICE,)
