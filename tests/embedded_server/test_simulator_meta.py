"""The Meta stand-in answers as Meta does."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.simulated import Simulated, simulated

TEMPLATE = {"name": "pedido_enviado", "language": {"code": "pt_BR"}}


@pytest.fixture
async def network() -> AsyncIterator[Simulated]:
    async with simulated(webhooks=False) as network:
        yield network


def parameters(**named: str) -> list[dict[str, Any]]:
    listed = [{"type": "text", "parameter_name": name, "text": value} for name, value in named.items()]
    return [{"type": "body", "parameters": listed}]


async def test_an_accepted_message_is_answered_and_recorded(network: Simulated) -> None:
    response = await network.send("+5531988887777", biz_opaque_callback_data="camp:1")

    answer = await response.json()
    assert response.status == 200
    assert answer["contacts"][0] == {
        "input": "+5531988887777",
        "wa_id": "553188887777",
        "user_id": answer["contacts"][0]["user_id"],
    }
    [entry] = await network.ledger()
    assert entry["id"] == answer["messages"][0]["id"]
    assert (entry["to"], entry["number"], entry["token"]) == ("+5531988887777", "553188887777", "camp:1")


async def test_a_template_is_held_against_its_variables(network: Simulated) -> None:
    good = {**TEMPLATE, "components": parameters(nome="Ana", pedido="481")}
    short = {**TEMPLATE, "components": parameters(nome="Ana")}
    misnamed = {**TEMPLATE, "components": parameters(nome="Ana", numero="481")}

    assert (await network.send(type="template", template=good)).status == 200
    assert await code_of(network, template=short) == (400, 132000)
    assert await code_of(network, template=misnamed) == (400, 132012)
    assert await code_of(network, template={**TEMPLATE, "name": "nada"}) == (404, 132001)
    paused = {**TEMPLATE, "name": "oferta_relampago", "components": parameters(x="Ana")}
    assert await code_of(network, template=paused) == (400, 132015)
    [entry] = await network.ledger()
    assert entry["body"] == "Oi Ana, o pedido 481 foi enviado hoje."


async def code_of(network: Simulated, **message: Any) -> tuple[int, int]:
    kind = next(iter(message))
    response = await network.send(type=kind, **message)
    return response.status, (await response.json())["error"]["code"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"text": {"body": ""}}, 131008),
        ({"text": {"body": "x" * 4097}}, 131009),
        ({"image": {"id": "1", "link": "https://x"}}, 131008),
        ({"image": {"id": "404404"}}, 131053),
        ({"audio": {"link": "https://x", "caption": "c"}}, 100),
        ({"reaction": {"emoji": "x"}}, 131008),
        ({"poll": {}}, 100),
        ({"interactive": {"type": "button", "body": {"text": "?"}, "action": {"buttons": []}}}, 131008),
        ({"location": {"latitude": "here", "longitude": 1}}, 131008),
        ({"contacts": [{"name": {}}]}, 131008),
    ],
)
async def test_a_broken_message_is_refused_with_metas_code(
    network: Simulated, message: dict[str, Any], code: int
) -> None:
    assert await code_of(network, **message) == (400, code)
    assert await network.ledger() == []


@pytest.mark.parametrize(
    ("digits", "status", "code", "subcode"),
    [
        ("0001", 400, 131026, None),
        ("0009", 400, 131050, None),
        ("0010", 400, 132015, None),
        ("0011", 401, 190, 463),
    ],
)
async def test_the_last_digits_choose_a_refusal(
    network: Simulated, digits: str, status: int, code: int, subcode: int | None
) -> None:
    response = await network.send(f"+551199999{digits}")

    error = (await response.json())["error"]
    assert (response.status, error["code"], error.get("error_subcode")) == (status, code, subcode)
    assert error["type"] == "OAuthException"
    assert await network.ledger() == []


async def test_cr_16_limits_refuse_once_and_then_let_through(network: Simulated) -> None:
    pair, pair_again = await network.send("+5511999990004"), await network.send("+5511999990004")
    rate, rate_again = await network.send("+5511999990005"), await network.send("+5511999990005")

    assert [pair.status, pair_again.status, rate.status, rate_again.status] == [400, 200, 429, 200]
    assert "Retry-After" not in pair.headers
    assert rate.headers["Retry-After"] == "1"
    assert "estimated_time_to_regain_access" in rate.headers["X-Business-Use-Case-Usage"]
    assert (await rate.json())["error"]["code"] == 130429


async def test_throughput_is_limited_per_number(network: Simulated) -> None:
    answers = [(await network.send(f"+55119888{n:05d}")).status for n in range(100, 200)]

    assert answers.count(429) > 0
    assert answers.count(200) == len(await network.ledger()) >= 80


async def test_ambiguous_answers_still_count_as_accepted(network: Simulated) -> None:
    with pytest.raises(aiohttp.ClientError):
        await network.send("+5511999990006")
    assert (await network.send("+5511999990007")).status == 500
    assert (await network.send("+5511999990012")).status == 500
    with pytest.raises(aiohttp.ClientError):
        await network.send("+5511999990014")

    assert [entry["to"][-4:] for entry in await network.ledger()] == ["0006", "0007"]


async def test_cr_06_a_late_answer_is_accepted_at_once(network: Simulated) -> None:
    await network.control("config", {"late_after": 5})
    with pytest.raises(TimeoutError):
        await impatient(network)

    assert len(await network.ledger()) == 1


async def impatient(network: Simulated) -> None:
    timeout = aiohttp.ClientTimeout(total=0.2)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        await Simulated(network.url, network.receiver, http).send("+5511999990008")


async def test_the_header_spells_a_fate(network: Simulated) -> None:
    refused = await network.send(headers={"X-Simulate": "reject:131048"})
    unknown = await network.send(headers={"X-Simulate": "dance"})

    assert (await refused.json())["error"]["code"] == 131048
    assert (await unknown.json())["error"]["code"] == 100


async def test_a_token_is_asked_for(network: Simulated) -> None:
    missing = await network.send(headers={"Authorization": ""})
    expired = await network.send(headers={"Authorization": "Bearer EXPIRED"})
    await network.control("accounts", {"tokens": ["the-only-one"]})
    wrong = await network.send()

    assert [missing.status, expired.status, wrong.status] == [401, 401, 401]
    assert (await expired.json())["error"]["error_subcode"] == 463


async def test_templates_come_in_pages(network: Simulated) -> None:
    names, after = [], ""
    while True:
        _, page = await network.graph(f"2155/message_templates?limit=4&after={after}")
        names += [template["name"] for template in page["data"]]
        if "next" not in page["paging"]:
            break
        after = page["paging"]["cursors"]["after"]
    _, paused = await network.graph("2155/message_templates?status=PAUSED&fields=name,status")

    assert len(names) == len(set(names)) == 9
    assert [(t["name"], t["status"]) for t in paused["data"]] == [("oferta_relampago", "PAUSED")]


async def test_a_number_tells_its_throughput(network: Simulated) -> None:
    told = {"waba": "77", "numbers": [{"id": "88", "display": "+55 11 3333-4444", "throughput": "HIGH"}]}
    await network.control("accounts", {"meta": [told]})

    _, node = await network.graph("88?fields=display_phone_number,throughput,status")
    _, numbers = await network.graph("77/phone_numbers")

    assert node == {
        "id": "88",
        "display_phone_number": "+55 11 3333-4444",
        "throughput": {"level": "HIGH"},
        "status": "CONNECTED",
    }
    assert [number["id"] for number in numbers["data"]] == ["88"]


async def test_an_unknown_object_is_a_400_and_not_a_404(network: Simulated) -> None:
    status, body = await network.graph("123456?phone_number_id=1")

    assert (status, body["error"]["code"], body["error"]["error_subcode"]) == (400, 100, 33)


async def test_a_token_can_be_examined(network: Simulated) -> None:
    _, good = await network.graph("debug_token?input_token=x")
    _, bad = await network.graph("debug_token?input_token=EXPIRED")

    assert good["data"]["is_valid"]
    assert (bad["data"]["is_valid"], bad["data"]["error"]["subcode"]) == (False, 463)


async def test_media_goes_up_and_comes_down(network: Simulated) -> None:
    form = aiohttp.FormData({"messaging_product": "whatsapp", "type": "application/pdf"})
    form.add_field("file", b"%PDF-1.4 hello", filename="a.pdf", content_type="application/pdf")
    _, uploaded = await network.graph("573542517421694/media", "POST", data=form)
    _, node = await network.graph(uploaded["id"])

    headers = {"Authorization": "Bearer x", "Range": "bytes=5-7"}
    async with network.http.get(node["url"], headers=headers) as part:
        assert (part.status, await part.read()) == (206, b"1.4")
    assert node["sha256"] == hashlib.sha256(b"%PDF-1.4 hello").hexdigest()
    assert (await network.send(type="document", document={"id": uploaded["id"]})).status == 200


async def test_a_subscription_shakes_hands_first(network: Simulated) -> None:
    wish = {
        "object": "whatsapp_business_account",
        "callback_url": f"{network.receiver.url}/new",
        "fields": "messages",
    }

    refused, body = await network.graph("684/subscriptions", "POST", data={**wish, "verify_token": "wrong"})
    agreed, _ = await network.graph("684/subscriptions", "POST", data={**wish, "verify_token": "our-token"})

    assert (refused, body["error"]["code"], agreed) == (400, 2200, 200)
    assert (await network.control("config", method="GET"))["meta_webhook_url"].endswith("/hooks/new")


async def test_a_read_mark_needs_a_received_message(network: Simulated) -> None:
    read = {"status": "read", "message_id": "wamid.x", "typing_indicator": {"type": "text"}}

    assert await (await network.send(**read)).json() == {"success": True}
    assert (await network.send(status="read", message_id="x")).status == 400


async def test_free_text_needs_an_open_window_when_asked(network: Simulated) -> None:
    await network.control("config", {"window": True})
    closed = await network.send("+5531988887777")
    await network.control("inbound", {"from": "553188887777", "text": "oi"})
    opened = await network.send("+5531988887777")

    assert ((await closed.json())["error"]["code"], opened.status) == (131047, 200)
