"""Channels and the simulator over HTTP: what is asked before it is kept, and what is shown of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from embedded_server import app
from tests.fakes.api import Api
from tests.fakes.samples import body_of
from tests.fakes.simulated import Simulated, simulated

TOKEN, SECRET = "EAAGm0PX4ZCpsBO9f2c", "0123456789abcdef0123456789abcdef"
META: dict[str, Any] = {
    "kind": "whatsapp",
    "provider": "meta",
    "name": "Loja",
    "sender": "573542517421694",
    "account": "215589313241560883",
    "secrets": {"access_token": TOKEN, "app_secret": SECRET, "app_id": "684200000000001"},
}


@pytest.fixture
async def network() -> AsyncIterator[Simulated]:
    async with simulated() as running:
        yield running


@pytest.fixture
async def boss(engine, serve, owner, network) -> AsyncIterator[Api]:
    """The owner, on a server for which the simulator is Meta and Twilio themselves."""
    port = int(network.url.rsplit(":", 1)[1])
    more = {"meta_base_url": network.url, "twilio_base_url": network.url}
    more["public_url"] = network.receiver.url.removesuffix("/hooks")
    settings = engine.settings.model_copy(update={"simulator": True, "simulator_port": port, **more})
    api = Api(await serve(app.private(replace(engine, settings=settings))), owner.session)
    yield api
    await api.close()


async def test_a_number_is_tried_out_before_it_is_kept(boss) -> None:
    tried = await boss.post("/api/v1/channels/check", META)
    refused = await boss.post(
        "/api/v1/channels/check", META | {"secrets": META["secrets"] | {"access_token": "EXPIRED"}}
    )
    listed = await boss.get("/api/v1/channels")

    assert (tried.json["problems"], tried.json["verified_name"]) == ([], "Loja Ipê")
    assert refused.json["problems"] == ["token_invalid"]
    assert "expired" in refused.json["reason"]
    assert listed.json["items"] == []


async def test_the_end_of_a_token_is_shown_and_nothing_more(boss) -> None:
    created = await boss.post("/api/v1/channels", META)
    path = f"/api/v1/channels/{created.json['id']}"

    changed = await boss.patch(path, {"settings": {"price": {"amount": 0.06, "currency": "USD"}}})
    replaced = await boss.patch(path, {"secrets": {"access_token": "EAAG-a-newer-token-77aa"}})

    assert created.json["hints"] == changed.json["hints"] == {"access_token": "9f2c"}
    assert replaced.json["hints"] == {"access_token": "77aa"}
    assert replaced.json["settings"] == {"price": {"amount": 0.06, "currency": "USD"}}
    assert TOKEN.encode() not in created.raw + changed.raw


async def test_a_short_secret_gives_no_hint(boss) -> None:
    secrets = META["secrets"] | {"access_token": "short-one"}

    assert (await boss.post("/api/v1/channels", META | {"secrets": secrets})).json["hints"] == {}


async def test_the_pace_is_bounded_by_what_the_vendor_gives_the_number(boss, network) -> None:
    created = await boss.post("/api/v1/channels", META)
    await network.control("config", {"throughput": "HIGH"})
    tested = await boss.post(f"/api/v1/channels/{created.json['id']}/test")

    assert (created.json["rate_limit"], tested.json["rate_limit"]) == (80, 1000)


@pytest.mark.parametrize(("token", "accepted"), [("our-token", True), ("another", False)])
async def test_meta_is_told_of_our_address_and_tries_it(boss, network, token, accepted) -> None:
    secrets = META["secrets"] | {"verify_token": token}
    created = await boss.post("/api/v1/channels", META | {"secrets": secrets})

    answer = await boss.post(f"/api/v1/channels/{created.json['id']}/webhook")
    audit = await boss.get("/api/v1/audit")

    done = "channel.register" in [entry["action"] for entry in audit.json["items"]]
    assert (answer.status, done) == ((200, True) if accepted else (422, False))
    if accepted:
        assert answer.json["health"]["webhook"] == "here"
    else:
        assert "Callback verification failed" in answer.json["detail"]


async def test_one_click_makes_two_simulated_numbers(boss, owner) -> None:
    assert (await boss.get("/api/v1/simulator")).json == {"is_on": True}
    assert (await owner.get("/api/v1/simulator")).json == {"is_on": False}

    made = await boss.post("/api/v1/simulator/channels")
    refused = await owner.post("/api/v1/simulator/channels")

    assert [one["kind"] for one in made.json["channels"]] == ["whatsapp", "sms"]
    assert (refused.status, refused.code) == (409, "simulator_off")


async def test_a_customer_is_pretended(boss, network) -> None:
    made = await boss.post("/api/v1/simulator/channels")
    body = body_of("simulator.receive", {"channels": made.json["channels"][0]["id"]})

    answer = await boss.post("/api/v1/simulator/messages", body)
    malformed = await boss.post("/api/v1/simulator/messages", body | {"phone": "11 99999-8888"})
    await network.quiet()

    assert (answer.status, malformed.status) == (204, 422)
    assert network.receiver.values()[0]["messages"][0]["text"]["body"] == body["text"]
