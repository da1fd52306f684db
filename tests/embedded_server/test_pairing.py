"""Pairing over HTTP: the code on the new device, the decision on the trusted one."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest

from embedded_server import app
from embedded_server.contract import pairing
from engine.accounts import rules
from engine.models import Role
from tests.fakes.api import Api, join
from tests.fakes.live import LiveClient
from tests.fakes.new_device import NewDevice

CODE = "/api/v1/pairing/code"
WINDOW = "/api/v1/pairing/window"


@pytest.fixture
async def own_url(own_engine, serve) -> str:
    """A machine of its own: whether a window is open anywhere is a question about all of its companies."""
    return await serve(app.private(own_engine))


@pytest.fixture
async def own_stranger(own_url):
    api = Api(own_url)
    yield api
    await api.close()


@pytest.fixture
async def trusted(own_engine, own_url, make_company):
    api = Api(own_url, await join(own_engine, await make_company(own_engine), Role.AGENT))
    yield api
    await api.close()


async def test_a_device_is_let_in_by_the_code_it_shows(trusted, own_stranger) -> None:
    window = await trusted.post(WINDOW)
    device = NewDevice("Notebook da Ana")
    asked = await device.ask(own_stranger)
    waits = await device.collect(own_stranger)

    shown = await trusted.post(CODE, {"code": device.code.lower().replace("-", " ")})
    approved = await trusted.post(f"/api/v1/pairing/{shown.json['id']}/approve")
    got = await device.collect(own_stranger)
    again = await device.collect(own_stranger)

    assert (window.status, window.json["seconds"], asked.json["seconds"]) == (201, 120, 120)
    assert waits.json == {"state": "waiting", "session": None}
    assert (shown.json["name"], shown.json["address"]) == ("Notebook da Ana", "127.0.0.1")
    assert (shown.json["words"], approved.status) == (device.words, 204)
    assert (again.status, again.code) == (404, "pairing_closed")
    bearer = {"Authorization": f"Bearer {got.json['session']['token']}"}
    me = await own_stranger.get("/api/v1/session", headers=bearer)
    who = trusted.session.principal
    assert (me.json["person_id"], me.json["role"]) == (str(who.person_id), "agent")


async def test_au_02_with_the_window_closed_there_is_nothing_here(trusted, own_stranger) -> None:
    closed = await NewDevice().ask(own_stranger)
    await trusted.post(WINDOW)
    device = NewDevice()
    await device.ask(own_stranger)
    await trusted.delete(WINDOW)

    late = await device.collect(own_stranger)
    random = await NewDevice(id=uuid4()).collect(own_stranger)

    assert [a.status for a in (closed, late, random)] == [404] * 3
    assert late.raw == random.raw


async def test_au_01_five_wrong_codes_burn_the_window(trusted, own_stranger) -> None:
    await trusted.post(WINDOW)
    device = NewDevice()
    await device.ask(own_stranger)

    wrong = ["", "AAAA-AAAA", "not a code", "ÀÀÀÀ-ÀÀÀÀ", "AAAAAAAAA", "UUUU-UUUU"]
    answers = [await trusted.post(CODE, {"code": code}) for code in wrong]
    right = await trusted.post(CODE, {"code": device.code})

    assert [a.code for a in answers] == ["invalid_request", *["pairing_code_wrong"] * 5]
    assert (right.status, right.code) == (404, "pairing_closed")
    assert (await device.collect(own_stranger)).status == 404


async def test_a_lost_answer_to_an_approval_is_asked_for_again(trusted, own_stranger) -> None:
    await trusted.post(WINDOW)
    device = NewDevice()
    await device.ask(own_stranger)
    shown = await trusted.post(CODE, {"code": device.code})

    key = {"headers": {"Idempotency-Key": "one"}}
    answers = [await trusted.post(f"/api/v1/pairing/{shown.json['id']}/approve", **key) for _ in range(2)]
    anew = await trusted.post(f"/api/v1/pairing/{shown.json['id']}/approve")

    assert [a.status for a in answers] == [204, 204]
    assert (anew.status, anew.code) == (404, "waiting_device_not_found")


async def test_a_refused_device_hears_so(trusted, own_stranger) -> None:
    await trusted.post(WINDOW)
    device = NewDevice()
    await device.ask(own_stranger)
    shown = await trusted.post(CODE, {"code": device.code})

    await trusted.post(f"/api/v1/pairing/{shown.json['id']}/refuse")
    told = await device.collect(own_stranger)

    assert (told.status, told.code) == (403, "pairing_refused")


async def test_nobody_decides_about_another_persons_device(trusted, own_engine, own_stranger) -> None:
    bia = Api(trusted.url, await join(own_engine, trusted.session.principal.company_id, Role.OWNER))
    await trusted.post(WINDOW)
    device = NewDevice()
    await device.ask(own_stranger)
    shown = await trusted.post(CODE, {"code": device.code})
    await bia.post(WINDOW)

    answers = [await bia.post(f"/api/v1/pairing/{shown.json['id']}/{verb}") for verb in ("approve", "refuse")]
    await bia.close()

    assert [a.code for a in answers] == ["waiting_device_not_found"] * 2


async def test_asking_is_slowed_down(trusted, own_stranger) -> None:
    await trusted.post(WINDOW)

    answers = [await NewDevice().ask(own_stranger) for _ in range(6)]

    assert [a.status for a in answers] == [201] * 5 + [429]


async def test_a_device_that_came_in_was_no_failure(trusted, own_stranger) -> None:
    await trusted.post(WINDOW)
    device, *others = [NewDevice() for _ in range(4)]
    for one in (device, *others):
        await one.ask(own_stranger)
    shown = await trusted.post(CODE, {"code": device.code})
    await trusted.post(f"/api/v1/pairing/{shown.json['id']}/approve")
    await device.collect(own_stranger)
    await trusted.post(WINDOW)

    answers = [await NewDevice().ask(own_stranger) for _ in range(5)]

    assert [a.status for a in answers] == [201] * 5


@pytest.mark.parametrize("name", ["", "a" * 61, "Ana\nAprove já", "Ana\u202eanA", "\u200b"])
async def test_a_name_that_could_pass_for_something_else_is_refused(own_stranger, name: str) -> None:
    assert (await NewDevice(name).ask(own_stranger)).status == 422


async def test_the_company_hears_of_it_and_the_audit_log_keeps_it(trusted, own_engine, own_stranger) -> None:
    company_id = trusted.session.principal.company_id
    owner = Api(trusted.url, await join(own_engine, company_id, Role.OWNER))
    live = await LiveClient.connect(trusted.url, owner.session.token)
    await trusted.post(WINDOW)
    device = NewDevice("Celular")
    await device.ask(own_stranger)
    shown = await trusted.post(CODE, {"code": device.code})
    await trusted.post(f"/api/v1/pairing/{shown.json['id']}/approve")
    got = await device.collect(own_stranger)

    await live.heard(1)
    log = (await owner.get("/api/v1/audit")).json["items"]
    await live.close()
    await owner.close()

    assert live.events[0]["topic"] == "device.paired"
    assert live.events[0]["payload"]["device"] == "Celular"
    assert [entry["action"] for entry in log] == ["session.pair", "pairing.approve", "pairing.open"]
    assert log[0]["subject"] == got.json["session"]["device_id"]
    assert log[1]["details"] == {"device": "Celular"}


def test_both_sides_compute_the_same_of_a_device() -> None:
    for _ in range(50):
        key, challenge, id_ = os.urandom(32), os.urandom(16), uuid4()
        fingerprint = pairing.fingerprint_of(key, challenge)
        assert fingerprint == rules.device_fingerprint(key, challenge)
        assert pairing.proof_of(id_, challenge) == rules.proof_of(id_, challenge)
        code = pairing.code_of(fingerprint)
        assert len(code.replace("-", "")) == pairing.CODE_LENGTH
        assert pairing.bytes_of(code) == fingerprint[: rules.CODE_BYTES]


def test_letters_that_look_alike_are_understood() -> None:
    assert pairing.bytes_of("oil0-il10") == pairing.bytes_of("0110 1110")
    assert pairing.bytes_of("0OIL-0OIL") is not None
