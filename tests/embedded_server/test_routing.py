"""The route table and the one way from a request to an answer."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from embedded_server import app, idempotency
from embedded_server.contract.base import Input, Output, Page, PageQuery
from embedded_server.routing import Call, Public, RouteRefused, RouteTable
from embedded_server.wire import page, window
from engine.accounts import Permission
from engine.models import AuditEntry, IdempotencyKey, Role, Tag
from tests.fakes.api import Api, join


class TagIn(Input):
    name: str


class TagOut(Output):
    name: str


route = RouteTable()


@route("POST", "/tags", permission=Permission.CONTACTS_WRITE, body=TagIn, returns=TagOut, audits="tag.create")
async def create(call: Call[TagIn]) -> Tag:
    tag = Tag(company_id=call.uow.company_id, name=call.body.name)
    call.uow.session.add(tag)
    await call.uow.session.flush()
    if call.body.name == "slow":
        await asyncio.sleep(0.3)
    if call.body.name == "bug":
        raise ZeroDivisionError("secret detail")
    return tag


@route("GET", "/tags", permission=Permission.CONTACTS_READ, query=PageQuery, returns=Page[TagOut])
async def tags(call: Call[None, PageQuery]) -> Page[Tag]:
    """Deliberately without a WHERE: row-level security is all there is."""
    asked = window(call.query, str)
    statement = select(Tag).order_by(Tag.name).limit(asked.fetch)
    if asked.after is not None:
        statement = statement.where(Tag.name > asked.after)
    return page((await call.uow.session.scalars(statement)).all(), asked, key=lambda tag: tag.name)


@route("GET", "/open", permission=Public.ANYONE, returns=TagOut)
async def open_to_all(_call: Call) -> TagOut:
    return TagOut(name="open")


@route("GET", "/things/{id}", permission=Permission.CONTACTS_READ, returns=TagOut)
async def thing(call: Call) -> TagOut:
    return TagOut(name=str(call.id))


@pytest.fixture
async def api(engine, serve, company_id):
    url = await serve(app.build(engine, routes=list(route)))
    api = Api(url, await join(engine, company_id, Role.OWNER))
    yield api
    await api.close()


def test_a_route_without_a_permission_cannot_be_registered() -> None:
    table = RouteTable()

    with pytest.raises(RouteRefused, match="GET /leak declares no permission"):
        table("GET", "/leak")


def test_an_answer_is_only_kept_by_the_transaction_that_made_it_true() -> None:
    table = RouteTable()

    with pytest.raises(RouteRefused, match="only be kept"):
        table("POST", "/x", permission=Permission.AUDIT_READ, idempotent=True, transaction=False)(create)


async def test_a_row_comes_back_in_the_declared_shape_and_is_audited(api, engine, company_id) -> None:
    answer = await api.post("/tags", {"name": "vip"})

    assert (answer.status, answer.json) == (200, {"name": "vip"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    async with engine.unit_of_work(company_id) as uow:
        entry = (await uow.session.scalars(select(AuditEntry))).one()
    assert (entry.action, entry.person_id) == ("tag.create", api.session.principal.person_id)


async def test_a_bug_stays_in_the_log_and_leaves_nothing_behind(api, engine, company_id, caplog) -> None:
    answer = await api.post("/tags", {"name": "bug"})

    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"secret" not in answer.raw
    assert answer.json["instance"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    async with engine.unit_of_work(company_id) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(Tag)) == 0


@pytest.mark.parametrize(
    ("raw", "kind", "status", "code"),
    [
        (b"6", "application/json", 422, "not_json"),
        (b'{"name": NaN}', "application/json", 422, "not_json"),
        (b'{"name": "\\ud800"}', "application/json", 422, "not_json"),
        (b"[" * 3000, "application/json", 422, "not_json"),
        (b'{"name": "a\\u0000b"}', "application/json", 422, "invalid_request"),
        (b'{"name": "x", "role": "owner"}', "application/json", 422, "invalid_request"),
        (b'{"name": "x"}', "text/plain", 415, "media_type_refused"),
        (b"name=x", "application/x-www-form-urlencoded", 415, "media_type_refused"),
        (b'{"name": "' + b"x" * 300_000 + b'"}', "application/json", 413, "request_entity_too_large"),
    ],
)
async def test_a_malformed_body_is_refused_with_a_stable_code(api, raw, kind, status, code) -> None:
    answer = await api.post("/tags", data=raw, headers={"Content-Type": kind})

    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_refused_body_names_the_field_and_never_repeats_the_input(api) -> None:
    answer = await api.post("/tags", {"name": 7_777_777})

    assert answer.json["errors"] == [
        {"field": "name", "code": "string_type", "message": "Input should be a valid string"}
    ]
    assert b"7777777" not in answer.raw


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer mia_wrong", "Basic bWlhOng="])
async def test_without_a_good_token_nobody_gets_in(api, header) -> None:
    anonymous = Api(api.url)

    answer = await anonymous.get("/tags", headers={"Authorization": header} if header else {})
    await anonymous.close()

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_what_does_not_exist_is_a_problem_too(api) -> None:
    missing = await api.get("/nothing")
    wrong_method = await api.put("/tags", {})
    not_an_id = await api.get(f"/things/{'-' * 36}")

    assert (missing.status, missing.code) == (404, "not_found")
    assert (wrong_method.status, wrong_method.headers["Allow"]) == (405, "GET,POST")
    assert (not_an_id.status, not_an_id.code) == (404, "not_found")


async def test_pages_follow_one_another_without_gaps(api) -> None:
    for name in "edcba":
        await api.post("/tags", {"name": name})

    first = (await api.get("/tags?limit=2")).json
    second = (await api.get(f"/tags?limit=2&after={first['next']}")).json
    third = (await api.get(f"/tags?limit=2&after={second['next']}")).json

    seen = [item["name"] for part in (first, second, third) for item in part["items"]]
    assert (seen, third["next"]) == (list("abcde"), None)


@pytest.mark.parametrize("cursor", ["zz", "%00", "bnVsbA", "W10", "💥", "=" * 99])
async def test_an_invented_cursor_is_refused(api, cursor) -> None:
    answer = await api.get("/tags", params={"after": cursor})

    assert answer.status == 422


async def test_a_repeated_write_gets_the_first_answer_and_no_second_effect(api, engine, company_id) -> None:
    headers = {"Idempotency-Key": "k1"}

    first = await api.post("/tags", {"name": "one"}, headers=headers)
    second = await api.post("/tags", {"name": "one"}, headers=headers)

    assert "Idempotency-Replayed" not in first.headers
    assert (second.status, second.raw) == (first.status, first.raw)
    assert second.headers["Idempotency-Replayed"] == "true"
    async with engine.unit_of_work(company_id) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(Tag)) == 1


async def test_a_key_stands_for_one_request_only(api) -> None:
    headers = {"Idempotency-Key": "k2"}
    await api.post("/tags", {"name": "one"}, headers=headers)

    other = await api.post("/tags", {"name": "two"}, headers=headers)
    unusable = await api.post("/tags", {"name": "two"}, headers={"Idempotency-Key": "a b"})

    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert (unusable.status, unusable.code) == (422, "idempotency_key_invalid")


async def test_the_same_write_at_the_same_time_happens_once(api, engine, company_id) -> None:
    headers = {"Idempotency-Key": "k3"}

    answers = await asyncio.gather(*(api.post("/tags", {"name": "slow"}, headers=headers) for _ in range(4)))

    assert {answer.raw for answer in answers} == {b'{"name":"slow"}'}
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 3
    async with engine.unit_of_work(company_id) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(Tag)) == 1


async def test_a_failed_write_frees_its_key(api, engine, company_id) -> None:
    headers = {"Idempotency-Key": "k4"}

    failed = await api.post("/tags", {"name": "bug"}, headers=headers)

    assert failed.status == 500
    async with engine.unit_of_work(company_id) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


async def test_tn_05_a_forgotten_where_shows_no_foreign_row(api, engine, make_company) -> None:
    other = await make_company(engine, "Outra")
    async with engine.unit_of_work(other) as uow:
        uow.session.add(Tag(company_id=other, name="theirs"))
    await api.post("/tags", {"name": "mine"})

    answer = await api.get("/tags")

    assert answer.json["items"] == [{"name": "mine"}]


async def test_tn_06_a_connection_that_saw_a_failure_forgets_its_company(engine, company_id) -> None:
    async def fail() -> None:
        async with engine.unit_of_work(company_id) as uow:
            uow.session.add(Tag(company_id=company_id, name="x"))
            await uow.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    for _ in range(8):
        async with engine.machine_work() as uow:
            left = await uow.session.scalar(text("SELECT current_setting('app.company_id', true)"))
            assert left in ("", None)
            assert await uow.session.scalar(select(func.count()).select_from(Tag)) == 0


async def test_a_public_route_has_no_principal_and_no_transaction(api) -> None:
    anonymous = Api(api.url)

    answer = await anonymous.get("/open")
    await anonymous.close()

    assert answer.json == {"name": "open"}
    assert (await api.get(f"/things/{uuid4()}")).status == 200


async def test_a_repeat_that_waits_too_long_is_told_to_come_back(api, monkeypatch) -> None:
    monkeypatch.setattr(idempotency, "WAIT", "50ms")
    headers = {"Idempotency-Key": "k5"}

    answers = await asyncio.gather(*(api.post("/tags", {"name": "slow"}, headers=headers) for _ in range(2)))
    later = await api.post("/tags", {"name": "slow"}, headers=headers)

    assert sorted((answer.status, answer.code) for answer in answers) == [
        (200, None),
        (409, "request_in_progress"),
    ]
    assert (later.status, later.headers["Idempotency-Replayed"]) == (200, "true")
