"""Claiming, signing in, people, devices and the audit log over HTTP."""

from __future__ import annotations

import os
import stat

import pytest

from embedded_server import app, first_run
from embedded_server.contract import accounts as accounts_wire
from embedded_server.contract import channels as channels_wire
from engine import models
from engine.accounts import sessions
from engine.models import Role
from tests.fakes.api import PASSWORD, Api, join
from tests.fakes.samples import body_of

CLAIM = body_of("claim.claim", {})


@pytest.fixture
async def own_url(own_engine, serve) -> str:
    return await serve(app.private(own_engine))


async def test_au_06_a_claim_without_the_console_secret_is_refused(own_engine, own_url) -> None:
    api = Api(own_url)
    secret = await first_run.show(own_engine)

    refused = await api.post("/api/v1/claim", CLAIM)
    claimed = await api.post("/api/v1/claim", CLAIM | {"secret": secret})
    again = await api.post("/api/v1/claim", CLAIM | {"secret": secret})
    me = await api.get("/api/v1/session", headers={"Authorization": f"Bearer {claimed.json['token']}"})
    await api.close()

    assert (refused.status, refused.code) == (403, "claim_refused")
    assert (claimed.status, claimed.json["role"]) == (201, "owner")
    assert (again.status, again.code) == (409, "already_claimed")
    assert (me.json["email"], me.json["role"]) == ("ana@loja.example", "owner")


async def test_the_first_run_secret_is_the_users_alone_and_goes_with_the_claim(own_engine, own_url) -> None:
    path = own_engine.settings.run_dir / first_run.FILE
    secret = await first_run.show(own_engine)
    mode = stat.S_IMODE(path.stat().st_mode)
    assert path.read_text("utf-8").strip() == secret == await first_run.show(own_engine)
    assert os.name == "nt" or mode == 0o600

    api = Api(own_url)
    await api.post("/api/v1/claim", CLAIM | {"secret": secret})
    await api.close()

    assert not path.exists()
    assert await first_run.show(own_engine) is None


async def test_guessing_is_slowed_down(own_engine, own_url) -> None:
    api = Api(own_url)

    answers = [await api.post("/api/v1/claim", CLAIM) for _ in range(6)]
    await api.close()

    assert [answer.status for answer in answers] == [403] * 5 + [429]
    assert 50 <= int(answers[-1].headers["Retry-After"]) <= 60


async def test_signing_in_and_out(owner, engine, stranger) -> None:
    added = await owner.post(
        "/api/v1/users", body_of("users.add", {}) | {"email": f"{owner.url[-5:]}@x.example"}
    )
    credentials = {"email": added.json["email"], "password": PASSWORD, "device": "Phone"}
    signed = await stranger.post("/api/v1/session", credentials)
    bearer = {"headers": {"Authorization": f"Bearer {signed.json['token']}"}}

    before = await stranger.get("/api/v1/session", **bearer)
    out = await stranger.delete("/api/v1/session", **bearer)
    after = await stranger.get("/api/v1/session", **bearer)

    assert (signed.status, signed.json["role"]) == (201, "agent")
    assert signed.json["permissions"] == before.json["permissions"]
    assert (before.status, out.status, after.status, after.code) == (200, 204, 401, "session_ended")


async def test_a_password_never_comes_back(owner, stranger) -> None:
    body = body_of("users.add", {}) | {"password": "aaaaaaaaaaaa"}

    weak = await owner.post("/api/v1/users", body)
    malformed = await stranger.post("/api/v1/session", {"email": "x", "password": "hunter22hunter22"})

    assert (weak.status, weak.code) == (422, "password_too_weak")
    assert malformed.status == 422
    assert b"aaaaaaaaaaaa" not in weak.raw
    assert b"hunter22" not in malformed.raw


async def test_a_device_is_revoked_from_another(make_api, engine, company_id) -> None:
    one = await make_api(company_id)
    who = one.session.principal
    async with engine.unit_of_work(company_id, who.person_id) as uow:
        second = await sessions.open_session(uow, who.person_id, Role.OWNER, device="Old phone")
    listed = await one.get("/api/v1/devices")

    revoked = await one.delete(f"/api/v1/devices/{second.principal.device_id}")
    again = await one.delete(f"/api/v1/devices/{second.principal.device_id}")

    assert [item["name"] for item in listed.json["items"]] == ["Old phone", "Tests"]
    assert listed.json["current"] == str(who.device_id)
    assert (revoked.status, again.status, again.code) == (204, 404, "device_not_found")


async def test_what_was_done_is_in_the_audit_log_newest_first(owner, company_id) -> None:
    await owner.patch("/api/v1/company", {"timezone": "America/Recife"})
    await owner.patch("/api/v1/company", {"name": "Loja Nova"})

    first = (await owner.get("/api/v1/audit?limit=1")).json
    second = (await owner.get(f"/api/v1/audit?limit=1&after={first['next']}")).json

    entries = [*first["items"], *second["items"]]
    assert [entry["details"] for entry in entries] == [{"fields": ["name"]}, {"fields": ["timezone"]}]
    assert {entry["action"] for entry in entries} == {"company.update"}
    assert second["next"] is None


async def test_an_unknown_time_zone_is_refused(owner) -> None:
    answer = await owner.patch("/api/v1/company", {"timezone": "Mars/Olympus"})

    assert (answer.status, answer.code) == (422, "timezone_unknown")


async def test_a_channels_secrets_go_in_and_never_come_out(owner) -> None:
    secrets = {"auth_token": "very-secret-token"}
    body = body_of("channels.create", {}) | {"mode": "live", "secrets": secrets}
    created = await owner.post("/api/v1/channels", body, headers={"Idempotency-Key": "c1"})
    path = f"/api/v1/channels/{created.json['id']}"

    changed = await owner.patch(path, {"secrets": {"auth_token": "newer-secret-token"}, "rate": 3})
    listed = await owner.get("/api/v1/channels")
    audit = await owner.get("/api/v1/audit")
    webhook = await owner.get(f"{path}/webhook")

    assert (created.status, changed.json["rate"], len(listed.json["items"])) == (201, 3, 1)
    assert b"secret-token" not in created.raw + changed.raw + listed.raw + audit.raw + webhook.raw
    assert webhook.json["url"].endswith(f"/hooks/twilio/{created.json['id']}")


async def test_a_channel_that_cannot_reach_its_vendor_says_so(owner) -> None:
    created = await owner.post("/api/v1/channels", body_of("channels.create", {}))

    tested = await owner.post(f"/api/v1/channels/{created.json['id']}/test")
    await owner.delete(f"/api/v1/channels/{created.json['id']}")
    resumed = await owner.post(f"/api/v1/channels/{created.json['id']}/resume")

    assert tested.json["health"]["problems"] == ["unreachable"]
    assert resumed.json["state"] == "active"


async def test_an_owner_of_nothing_here_sees_nothing_there(engine, url, make_company) -> None:
    session = await join(engine, await make_company(engine), Role.OWNER)
    api = Api(url, session)

    users = (await api.get("/api/v1/users")).json["items"]
    await api.close()

    assert [user["id"] for user in users] == [str(session.principal.person_id)]


@pytest.mark.parametrize(
    ("wire", "engine_names"),
    [
        (accounts_wire.RoleName, models.Role),
        (accounts_wire.MemberState, models.MembershipState),
        (channels_wire.ChannelKindName, models.ChannelKind),
        (channels_wire.ProviderName, models.Provider),
        (channels_wire.ChannelModeName, models.ChannelMode),
        (channels_wire.ChannelStateName, models.ChannelState),
    ],
)
def test_the_wire_names_every_word_of_the_engine(wire, engine_names) -> None:
    assert [word.value for word in wire] == [word.value for word in engine_names]
