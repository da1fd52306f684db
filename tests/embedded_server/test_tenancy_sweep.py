"""Every route, tried with everything of another company and as every role. Made from the route table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from embedded_server import app
from embedded_server.routing import WRITES, Public, Route
from engine.accounts import Permission
from engine.models import Role
from tests.fakes.api import Answer, Api, join
from tests.fakes.samples import SAMPLES, Ids, body_of
from tests.fakes.tenant import Tenant, make_tenant

ROUTES = app.all_routes()
SIGNED_IN = [route for route in ROUTES if not isinstance(route.permission, Public)]
#: Open to strangers. A new one has to be added here, in the open.
PUBLIC = {
    "claim.claim",
    "session.sign_in",
    "pairing.ask",
    "pairing.collect",
    "health.health",
    "health.ready",
}
AUDITED_BY_THE_VERB = {
    "claim.claim",
    "session.sign_in",
    "session.change_password",
    "company.found",
    "channels.register",
}
#: Drafts and questions: they change nothing anybody would ask about later.
NOT_AUDITED = {
    # What comes of it is audited: the approval, and the session that begins.
    "pairing.ask",
    "pairing.find",
    "channels.check",
    "channels.test",
    # What arrives is in the timeline, as any other message.
    "simulator.receive",
    # A pretend phone does it; that the linking was begun is audited.
    "linked.scan",
    "campaigns.create",
    "campaigns.edit",
    "imports.upload",
    "segments.count",
    "templates.sync",
    # The timeline itself says who wrote what.
    "conversations.begin",
    "conversations.send",
    "conversations.note",
    "conversations.mark_read",
    "conversations.mark_unread",
}
#: Which roles hold each permission, written down once more on purpose.
EVERYBODY = {Role.OWNER, Role.ADMIN, Role.AGENT, Role.VIEWER}
TEAM = {Role.OWNER, Role.ADMIN, Role.AGENT}
LEADS = {Role.OWNER, Role.ADMIN}
HOLDERS = {
    Permission.OWN_ACCOUNT: EVERYBODY,
    Permission.COMPANY_READ: EVERYBODY,
    Permission.COMPANY_MANAGE: LEADS,
    Permission.COMPANY_FOUND: {Role.OWNER},
    Permission.USERS_READ: TEAM,
    Permission.USERS_MANAGE: LEADS,
    Permission.AUDIT_READ: LEADS,
    Permission.CHANNELS_READ: EVERYBODY,
    Permission.CHANNELS_MANAGE: LEADS,
    Permission.TEMPLATES_READ: EVERYBODY,
    Permission.TEMPLATES_MANAGE: LEADS,
    Permission.CONTACTS_READ: EVERYBODY,
    Permission.CONTACTS_WRITE: TEAM,
    Permission.CONTACTS_IMPORT: LEADS,
    Permission.CONTACTS_EXPORT: LEADS,
    Permission.CAMPAIGNS_READ: EVERYBODY,
    Permission.CAMPAIGNS_WRITE: LEADS,
    Permission.CAMPAIGNS_SEND: LEADS,
    Permission.INBOX_READ: EVERYBODY,
    Permission.INBOX_REPLY: TEAM,
    Permission.WEBHOOKS_READ: LEADS,
    Permission.WEBHOOKS_REPLAY: LEADS,
}


@dataclass(slots=True)
class Intruder:
    """An owner of company A who holds every id of company B."""

    api: Api
    own: Ids
    foreign: Ids

    def own_path(self, route: Route) -> Ids:
        return {name: self.own[noun] for name, noun in nouns(route).items()}

    async def try_with(
        self, route: Route, path_ids: Ids, body_ids: Ids, query: dict[str, str] | None = None
    ) -> Answer:
        body = body_of(route.name, body_ids)
        options: dict[str, Any] = {"params": query or {}}
        if route.accepts:
            options |= {"data": b"x", "headers": {"Content-Type": route.accepts[0]}}
        return await self.api.call(route.method, fill(route, path_ids), body, **options)


def nouns(route: Route) -> dict[str, str]:
    """The noun of each parameter: the part of the path before it."""
    return {name: noun for noun, name in re.findall(r"([\w-]+)/\{(\w+)\}", route.path)}


def fill(route: Route, ids: Ids) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], route.path)


def query_ids(route: Route) -> list[str]:
    fields = route.query.model_fields if route.query else {}
    return [name for name, field in fields.items() if "UUID" in str(field.annotation)]


@pytest.fixture
async def intruder(engine, url, company_id, make_company):
    mine: Tenant = await make_tenant(engine, company_id)
    theirs: Tenant = await make_tenant(engine, await make_company(engine, "Outra"))
    api = Api(url, await join(engine, company_id, Role.OWNER))
    yield Intruder(api, mine.ids, theirs.ids)
    await api.close()


def test_tn_01_no_route_is_missing_from_the_sweep() -> None:
    missing = [route.name for route in ROUTES if route.body and route.name not in SAMPLES]

    assert missing == [], "add a valid body to tests/fakes/samples.py"
    assert {route.name for route in ROUTES if isinstance(route.permission, Public)} == PUBLIC
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_every_write_is_audited_or_said_not_to_be() -> None:
    unaudited = {route.name for route in ROUTES if route.method in WRITES and not route.audits}

    assert unaudited == AUDITED_BY_THE_VERB | NOT_AUDITED


@pytest.mark.parametrize("route", [r for r in ROUTES if r.body], ids=lambda r: r.name)
def test_tn_01_every_sample_is_a_body_the_route_would_take(route: Route) -> None:
    assert route.body
    route.body.model_validate(body_of(route.name, _AnyNoun()))


async def test_tn_01_a_foreign_id_in_a_path_is_as_good_as_none(intruder: Intruder) -> None:
    tried = [(route, name) for route in SIGNED_IN for name in route.parameters]
    for route, name in tried:
        own = intruder.own_path(route)
        random = await intruder.try_with(route, own | {name: str(uuid4())}, intruder.own)
        assert random.status in (403, 404), (route.name, random.raw)
        for noun, foreign in intruder.foreign.items():
            answer = await intruder.try_with(route, own | {name: foreign}, intruder.own)
            assert (answer.status, answer.raw) == (random.status, random.raw), (route.name, noun)


async def test_tn_01_a_foreign_id_in_a_body_is_as_good_as_none(intruder: Intruder) -> None:
    for route in [route for route in SIGNED_IN if route.body]:
        own, wanted = intruder.own_path(route), str(body_of(route.name, intruder.own))
        for noun in [noun for noun, id_ in intruder.own.items() if id_ in wanted]:
            random = await intruder.try_with(route, own, intruder.own | {noun: str(uuid4())})
            foreign = intruder.own | {noun: intruder.foreign[noun]}
            answer = await intruder.try_with(route, own, foreign)
            assert (answer.status, answer.code) == (random.status, random.code), (route.name, noun)
            leaves_no_foreign_trace(intruder, route, answer, besides=foreign[noun])


async def test_tn_01_no_answer_names_anything_foreign(intruder: Intruder) -> None:
    for route in [route for route in SIGNED_IN if route.method == "GET"]:
        own = intruder.own_path(route)
        leaves_no_foreign_trace(intruder, route, await intruder.try_with(route, own, intruder.own))
        for name in query_ids(route):
            random = await intruder.try_with(route, own, intruder.own, {name: str(uuid4())})
            for foreign in intruder.foreign.values():
                answer = await intruder.try_with(route, own, intruder.own, {name: foreign})
                assert (answer.status, answer.raw) == (random.status, random.raw), (route.name, name)


def leaves_no_foreign_trace(intruder: Intruder, route: Route, answer: Answer, besides: str = "") -> None:
    assert answer.status < 500, (route.name, answer.raw)
    text = answer.raw.decode(errors="replace")
    named = [noun for noun, id_ in intruder.foreign.items() if id_ in text and id_ != besides]
    assert named == [], route.name


@pytest.mark.parametrize("role", list(Role))
async def test_tn_12_every_route_lets_in_exactly_the_roles_of_the_table(
    url, engine, company_id, role: Role
) -> None:
    for route in SIGNED_IN:
        # A session for each, because some routes end it.
        api = Api(url, await join(engine, company_id, role))
        path = fill(route, {name: str(uuid4()) for name in route.parameters})
        answer = await api.call(route.method, path, body_of(route.name, _AnyNoun()))
        await api.close()
        assert (answer.code == "not_permitted") == (role not in HOLDERS[route.permission]), route.name
        assert answer.status < 500, (route.name, answer.raw)


class _AnyNoun(dict[str, str]):
    """An id nobody has, for every noun."""

    def __missing__(self, _noun: str) -> str:
        return str(uuid4())


async def test_every_route_refuses_strangers_before_it_looks_at_anything(stranger) -> None:
    for route in SIGNED_IN:
        path = fill(route, {name: str(uuid4()) for name in route.parameters})
        answer = await stranger.call(route.method, path)
        assert (answer.status, answer.code) == (401, "not_signed_in"), route.name
