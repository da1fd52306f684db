"""The simulator's webhooks: signed, at least once, in no order, and never forgotten before a 200."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator

import orjson
import pytest

from tests.fakes.simulated import Receiver, Simulated, simulated


@pytest.fixture
async def network() -> AsyncIterator[Simulated]:
    async with simulated() as network:
        yield network


async def test_statuses_climb_to_read_and_echo_our_token(network: Simulated) -> None:
    await network.send("+5511999998888", biz_opaque_callback_data='ação "1"')
    counts = await network.quiet()

    statuses = [value["statuses"][0] for value in network.receiver.values()]
    assert sorted(status["status"] for status in statuses) == ["delivered", "read", "sent"]
    assert {status["biz_opaque_callback_data"] for status in statuses} == {'ação "1"'}
    assert {status["recipient_id"] for status in statuses} == {"5511999998888"}
    assert (counts["posted"], counts["acknowledged"], counts["failures"]) == (3, 3, 0)


async def test_wh_02_the_signature_covers_the_raw_escaped_bytes(network: Simulated) -> None:
    await network.control("inbound", {"from": "+5511999998888", "text": "é 😀", "name": "Célia"})
    await network.quiet()

    [(path, headers, body)] = network.receiver.posts
    expected = hmac.new(b"simulated-app-secret", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert b"\\u00e9 \\ud83d\\ude00" in body
    assert path == "/hooks/meta"


async def test_the_accounts_own_secret_signs(network: Simulated) -> None:
    told = {"waba": "77", "app_secret": "own", "numbers": [{"id": "573542517421694"}]}
    await network.control("accounts", {"meta": [told]})
    await network.send()
    await network.quiet()

    _, headers, body = network.receiver.posts[0]
    assert headers["X-Hub-Signature-256"] == f"sha256={hmac.new(b'own', body, hashlib.sha256).hexdigest()}"
    assert orjson.loads(body)["entry"][0]["id"] == "77"


@pytest.mark.parametrize(("digits", "code"), [("0002", 131026), ("0003", 131049)])
async def test_a_failure_may_come_after_the_acceptance(network: Simulated, digits: str, code: int) -> None:
    response = await network.send(f"+551199999{digits}")
    await network.quiet()

    last = network.receiver.values()[-1]["statuses"][0]
    assert response.status == 200
    assert (last["status"], last["errors"][0]["code"]) == ("failed", code)
    assert "type" not in last["errors"][0]


async def test_a_silent_number_never_reports(network: Simulated) -> None:
    await network.send("+5511999990013")

    assert (await network.quiet())["posted"] == 0


async def test_cr_05_an_accepted_500_still_reports(network: Simulated) -> None:
    assert (await network.send("+5511999990007", biz_opaque_callback_data="t")).status == 500
    await network.quiet()

    assert sorted(network.receiver.statuses()) == ["delivered", "read", "sent"]


async def test_cr_07_a_script_sets_the_order_and_answers_after_the_statuses(network: Simulated) -> None:
    script = {"outcome": "accept_then_late", "late_after": 0.3, "statuses": ["delivered", "sent", "failed"]}
    await network.control("config", {"sent_after": [0.01, 0.01]})
    await network.control("scripts", {**script, "to": "+5511999998888"})

    response = await network.send("+5511999998888")

    assert response.status == 200
    assert network.receiver.statuses() == ["delivered", "sent", "failed"]


async def test_a_refused_webhook_comes_again_until_it_is_taken(network: Simulated) -> None:
    network.receiver.answers = [500, 503, 401]
    await network.control("inbound", {"from": "+5511999998888", "text": "oi"})
    counts = await network.quiet()

    bodies = {body for _, _, body in network.receiver.posts}
    assert (len(network.receiver.posts), len(bodies)) == (4, 1)
    assert (counts["failures"], counts["retries"], counts["acknowledged"], counts["dropped"]) == (3, 3, 1, 0)


async def test_a_receiver_that_stays_down_is_given_up_in_the_end(network: Simulated) -> None:
    nowhere = "http://127.0.0.1:9/hooks/meta"
    await network.control("config", {"meta_webhook_url": nowhere, "retry_for": 0.1})
    await network.send()

    counts = await network.quiet()

    assert (counts["acknowledged"], counts["dropped"]) == (0, 3)
    assert counts["failed_by"]["ct"] >= 3


async def test_a_receiver_that_comes_back_gets_everything(network: Simulated) -> None:
    late = Receiver()
    runner = await late.listen()
    await runner.cleanup()
    await network.control("config", {"meta_webhook_url": f"{late.url}/meta"})
    await network.send()
    while (await network.control("webhooks", method="GET"))["failures"] < 4:
        await asyncio.sleep(0.01)

    runner = await late.listen(int(late.url.split(":")[2].partition("/")[0]))
    counts = await network.quiet()
    await runner.cleanup()

    assert sorted(late.statuses()) == ["delivered", "read", "sent"]
    assert (counts["acknowledged"], counts["dropped"]) == (3, 0)


async def test_wh_04_duplicates_and_reordering_can_be_asked_for(network: Simulated) -> None:
    await network.control("config", {"duplicate": 1, "reorder": 0.5})
    for _ in range(5):
        await network.send()
    counts = await network.quiet()

    assert (counts["posted"], counts["duplicated"]) == (30, 15)
    acknowledged = await network.control("webhooks/acknowledged", method="GET")
    assert (len(acknowledged), set(acknowledged.values())) == (15, {2})


async def test_statuses_can_share_a_post(network: Simulated) -> None:
    await network.control("config", {"statuses_per_post": 50, "throughput": "HIGH"})
    for _ in range(40):
        await network.send()
    counts = await network.quiet()

    assert len(network.receiver.statuses()) == 120
    assert counts["posted"] < 40


async def test_people_answer_and_some_opt_out(network: Simulated) -> None:
    await network.control("config", {"reply": 1, "opt_out": 1})
    sent = await (await network.send()).json()
    await network.quiet()

    [answer] = [value["messages"][0] for value in network.receiver.values() if "messages" in value]
    assert answer["text"]["body"] == "SAIR"
    assert answer["context"]["id"] == sent["messages"][0]["id"]


@pytest.mark.parametrize("kind", ["image", "audio", "video", "document", "sticker"])
async def test_people_send_attachments_that_can_be_fetched(network: Simulated, kind: str) -> None:
    await network.control("inbound", {"from": "+5511999998888", "kind": kind, "text": "olha"})
    await network.quiet()

    block = network.receiver.values()[0]["messages"][0][kind]
    status, node = await network.graph(block["id"])
    async with network.http.get(node["url"], headers={"Authorization": "Bearer x"}) as file:
        content = await file.read()
    assert (status, file.content_type) == (200, block["mime_type"].partition(";")[0])
    assert len(content) == node["file_size"]


async def test_a_paused_template_is_announced(network: Simulated) -> None:
    await network.graph("2155/message_templates")
    await network.control("templates", {"name": "boas_vindas", "status": "PAUSED", "category": "MARKETING"})
    await network.quiet()
    template = {"name": "boas_vindas", "language": {"code": "pt_BR"}}
    refused = await network.send(type="template", template=template)

    [value] = network.receiver.values()
    assert (value["event"], value["message_template_name"]) == ("PAUSED", "boas_vindas")
    assert (await refused.json())["error"]["code"] == 132015


async def test_hundreds_of_messages_report_every_step(network: Simulated) -> None:
    await network.control("config", {"throughput_limit": False})
    for n in range(300):
        await network.send(f"+55119888{n + 21000:05d}")
    counts = await network.quiet()

    assert (counts["acknowledged"], len(network.receiver.posts)) == (900, 900)
