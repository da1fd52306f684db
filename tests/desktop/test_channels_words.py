"""What is said of a number: its facts, what stopped it, and when its token ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from PySide6.QtTest import QAbstractItemModelTester

from desktop.channels import facts, reasons, troubles, vendors
from desktop.channels.channels_model import ChannelsModel, TemplatesModel
from desktop.channels.pretend_view import e164
from desktop.channels.settings_view import plain, read_number
from desktop.channels.webhook_view import is_at_home
from embedded_server.contract.channels import ChannelOut, InspectionOut, ProviderName
from embedded_server.contract.labels import Color
from embedded_server.contract.templates import TemplateOut
from engine.providers.meta import errors as meta
from engine.providers.port import Action
from engine.providers.twilio import errors as twilio

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HEALTHY = {"quality": "GREEN", "messaging_limit": "TIER_2K", "checked_at": NOW.isoformat()}


def a_channel(**values: Any) -> ChannelOut:
    given = {
        "id": uuid4(),
        "kind": "whatsapp",
        "provider": "meta",
        "mode": "live",
        "name": "Loja",
        "sender": "573542517421694",
        "account": "215589313241560883",
        "display": "+55 31 3333-0000",
        "state": "active",
        "stop_reason": None,
        "rate": 80,
        "rate_limit": 80,
        "health": HEALTHY,
        "settings": {},
        "hints": {"access_token": "9f2c"},
        "token_expires_at": None,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return ChannelOut.model_validate(given | values)


def a_template(**values: Any) -> TemplateOut:
    given = {
        "id": uuid4(),
        "channel_id": uuid4(),
        "provider_template_id": "1",
        "name": "pedido_enviado",
        "language": "pt_BR",
        "category": "UTILITY",
        "status": "APPROVED",
        "components": [],
        "parameter_format": None,
        "quality": None,
        "rejected_reason": None,
        "synced_at": NOW,
    }
    return TemplateOut.model_validate(given | values)


def test_the_models_obey_qt(qapp) -> None:
    for model, make in ((ChannelsModel(), a_channel), (TemplatesModel(), a_template)):
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
        first = make()
        model.replace_all([first])
        model.upsert(first.model_copy(update={"name": "outro"}))
        model.upsert(make())
        model.remove(first.id)
        assert model.rowCount() == 1


@time_machine.travel(NOW, tick=False)
def test_point_47_a_cards_line_masks_the_token() -> None:
    line = facts.line(a_channel()).replace("\N{NO-BREAK SPACE}", " ")

    assert line.startswith("+55 31 3333-0000 · Token ••••9f2c · qualidade alta · 2.000 novas pessoas por dia")
    assert "Token guardado" in facts.line(a_channel(hints={}))


def test_a_twilio_account_is_masked_too() -> None:
    channel = a_channel(
        kind="sms",
        provider="twilio",
        sender="+551150000000",
        account="AC11111111111111111111111111111141",
        display="",
        health={"balance": 18.2, "currency": "USD"},
    )

    line = facts.line(channel).replace("\N{NO-BREAK SPACE}", " ")

    assert line == "+55 11 5000-0000 · AC••••41 · saldo US$ 18,20"
    assert dict(facts.rows(channel))["Saldo"].replace("\N{NO-BREAK SPACE}", " ") == "US$ 18,20"


@pytest.mark.parametrize(
    ("days", "color", "said"),
    [
        (14.5, None, ""),
        (13.9, Color.YELLOW, "vence em 14 dias"),
        (7.0, Color.ORANGE, "vence em 7 dias"),
        (1.0, Color.RED, "vence em 1 dia,"),
        (-0.1, Color.RED, "venceu em"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_a_tokens_end_is_announced_14_7_and_1_days_before(days, color, said) -> None:
    found = troubles.of_channel(a_channel(token_expires_at=NOW + timedelta(days=days)))

    assert [trouble.color for trouble in found] == ([color] if color else [])
    assert not found or (said in found[0].what and "Meta" in found[0].help)


def test_the_warning_grows_while_time_passes() -> None:
    channel = a_channel(token_expires_at=NOW + timedelta(days=20))
    seen = []
    for day in (0, 7, 14, 19.5):
        with time_machine.travel(NOW + timedelta(days=day), tick=False):
            seen.append(troubles.announced(channel.token_expires_at))

    assert seen == [None, (14, Color.YELLOW), (7, Color.ORANGE), (1, Color.RED)]


@pytest.mark.parametrize(
    ("provider", "classify", "most"),
    [(ProviderName.META, meta.classify, 140_000), (ProviderName.TWILIO, twilio.classify, 65_000)],
)
def test_every_code_that_stops_a_number_has_its_sentence(provider, classify, most) -> None:
    stopping = [code for code in range(most) if classify(code, None).action is Action.STOP_CHANNEL]

    assert len(stopping) > 5
    assert [code for code in stopping if reasons.of_code(provider, str(code)) is None] == []


def test_a_stop_says_why_and_what_to_do() -> None:
    (trouble,) = troubles.of_channel(a_channel(state="stopped", stop_reason="131042"))

    assert trouble == troubles.Trouble(
        Color.RED,
        "A Meta não consegue cobrar pelas mensagens.",
        "Confira a forma de pagamento da conta na Meta e depois retome.",
    )


def test_an_unknown_code_is_told_in_the_vendors_own_words() -> None:
    health = {"problems": ["refused"], "reason": "The moon is in the wrong house", "code": "999999"}
    found = troubles.of_channel(a_channel(state="stopped", stop_reason="999999", health=health))

    assert "999999" in found[0].what
    assert {trouble.said for trouble in found} == {"The moon is in the wrong house"}


@time_machine.travel(NOW, tick=False)
def test_the_worst_comes_first() -> None:
    health = {"problems": ["webhook_missing", "account_unusable"]}
    found = troubles.of_channel(a_channel(health=health, token_expires_at=NOW + timedelta(days=5)))

    assert [trouble.color for trouble in found] == [Color.RED, Color.ORANGE, Color.YELLOW]


def test_one_reason_is_told_once() -> None:
    health = {"problems": ["token_invalid"], "reason": "Session has expired", "code": "190"}
    found = troubles.of_channel(a_channel(state="stopped", stop_reason="190", health=health))

    assert [(trouble.what, trouble.said) for trouble in found] == [
        ("A Meta não aceita o token de acesso.", "Session has expired")
    ]


@pytest.mark.parametrize(
    ("problems", "hopeless"),
    [
        ([], False),
        (["unreachable"], False),
        (["webhook_missing"], False),
        (["number_unusable", "permission_missing"], False),
        (["token_invalid"], True),
        (["refused"], True),
        (["number_missing"], True),
    ],
)
def test_what_could_never_send_is_not_kept(problems, hopeless) -> None:
    told = InspectionOut(problems=problems)

    assert troubles.is_hopeless(told) is hopeless
    assert all(trouble.what for trouble in troubles.of_inspection(ProviderName.META, told))


@pytest.mark.parametrize(
    ("url", "at_home"),
    [
        ("http://127.0.0.1:8461/hooks/meta/1", True),
        ("http://192.168.0.10/hooks", True),
        ("http://loja.local/hooks", True),
        ("https://loja.example/hooks/meta/1", False),
        ("https://200.147.35.149/hooks", False),
    ],
)
def test_an_address_only_this_house_reaches_is_noticed(url, at_home) -> None:
    assert is_at_home(url) is at_home


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("+55 11 99999-8888", "+5511999998888"),
        ("(11) 99999-8888", "+5511999998888"),
        ("11 3333-4444", "+551133334444"),
        ("+1 415 555 2671", "+14155552671"),
        ("Ana", ""),
        ("123", ""),
    ],
)
def test_a_customers_number_is_read_as_people_write_it(typed, phone) -> None:
    assert e164(typed) == phone


def test_numbers_are_read_and_written_in_the_language() -> None:
    assert [read_number(text) for text in ("0,35", "0.35", " 80 ", "x", "-1", "nan")] == [
        *(0.35, 0.35, 80.0),
        *(None, None, None),
    ]
    assert [plain(value) for value in (80.0, 0.35, 0)] == ["80", "0,35", "0"]


def test_every_ask_of_a_vendor_becomes_part_of_the_number() -> None:
    said = {ask.key: ask.key for ask in vendors.META.asks}
    number = vendors.META.number(said | {"app_id": ""})

    assert (number.sender, number.account, set(number.secrets)) == (
        "sender",
        "account",
        {"access_token", "app_secret"},
    )
    assert "access_token'" not in repr(number.secrets["access_token"])
