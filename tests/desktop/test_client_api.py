"""The typed client against the real server, and against servers and lines that misbehave."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from pydantic import BaseModel
from sqlalchemy import func, select

from desktop.client.api import TRIES, Api
from desktop.client.errors import Refused, SignedOut, Unreachable, Untrusted, VersionMismatch
from embedded_server.contract.contacts import ContactIn, ContactOut, TagIn, TagOut
from embedded_server.contract.health import HealthOut
from embedded_server.contract.imports import ImportOut
from embedded_server.contract.session import MeOut, SignInIn
from engine.models import Contact, Role
from tests.engine.test_transport import _self_signed
from tests.fakes.api import PASSWORD
from tests.fakes.chaos_proxy import ChaosProxy, Trouble
from tests.fakes.faulty_server import FaultyServer, Hangup, Reply

TAGS = "/api/v1/tags"


@pytest.fixture
async def api(server, owner):
    made = Api(server.url, owner.token)
    yield made
    await made.close()


async def tags_of(api: Api) -> list[str]:
    return [tag.name async for tag in api.every(TAGS, TagOut)]


async def count_contacts(engine, company_id: UUID) -> int:
    async with engine.unit_of_work(company_id) as uow:
        return await uow.session.scalar(select(func.count()).select_from(Contact)) or 0


async def test_a_write_whose_answer_is_lost_is_asked_again_and_happens_once(server, shop, owner) -> None:
    async with ChaosProxy(server.url) as proxy:
        api = Api(proxy.url, owner.token)
        proxy.make(Trouble.SWALLOW, times=1)

        body = ContactIn(name="Caio", phone="11987654321")
        made = await api.send("POST", "/api/v1/contacts", ContactOut, body)

        await api.close()
    assert made.name == "Caio"
    assert proxy.connections == 2
    assert server.run(count_contacts, server.engine, shop) == 1


async def test_two_things_asked_for_are_two_things(api, server, shop) -> None:
    body = ContactIn(name="Caio")
    one = await api.send("POST", "/api/v1/contacts", ContactOut, body)
    two = await api.send("POST", "/api/v1/contacts", ContactOut, body)
    again = await api.send("POST", "/api/v1/contacts", ContactOut, body, key="the-same")
    repeated = await api.send("POST", "/api/v1/contacts", ContactOut, body, key="the-same")

    assert (one.id != two.id, again.id == repeated.id) == (True, True)
    assert server.run(count_contacts, server.engine, shop) == 3


async def test_every_try_of_one_write_carries_the_same_key() -> None:
    async with FaultyServer() as faulty:
        faulty.will(Hangup(), Hangup(reset=True), Reply(200))
        api = Api(faulty.url, "mia_x")
        await api.do("POST", "/api/v1/tags/attach")
        await api.do("POST", "/api/v1/tags/attach")
        await api.close()

    keys = [seen.headers["idempotency-key"] for seen in faulty.seen]
    assert (len(keys), len(set(keys[:3])), keys[3] not in keys[:3]) == (4, 1, True)


@pytest.mark.parametrize("behavior", [Hangup(), Hangup(reset=True), Reply(body=b"{}", cut=30)])
async def test_no_answer_is_unreachable_and_a_read_is_not_asked_twice(behavior) -> None:
    async with FaultyServer() as faulty:
        faulty.will(behavior)
        api = Api(faulty.url)
        with pytest.raises(Unreachable):
            await api.get("/health", HealthOut)
        with pytest.raises(Unreachable):
            await api.do("POST", TAGS)
        await api.close()

    assert [seen.method for seen in faulty.seen].count("POST") == TRIES


async def test_a_server_that_is_away_is_unreachable_until_it_comes_back(api, server) -> None:
    await api.send("POST", TAGS, TagOut, TagIn(name="vip"))
    server.go_away()
    with pytest.raises(Unreachable):
        await tags_of(api)
    with pytest.raises(Unreachable):
        await api.send("POST", TAGS, TagOut, TagIn(name="novo"))
    server.come_back()

    assert await tags_of(api) == ["vip"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>Welcome to the hotel</html>", {"Content-Type": "text/html"}),
        Reply(200, b'{"status": "fine"}', {"Content-Type": "application/json"}),
        Reply(200, b"[]"),
        Reply(404, b"Not Found"),
        Reply(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"}),
        Reply(400, b'{"code": "x"}', {"Content-Type": "application/problem+json"}),
    ],
)
async def test_what_is_no_appliance_of_ours_is_another_version(reply: Reply) -> None:
    async with FaultyServer() as faulty:
        faulty.will(reply)
        api = Api(faulty.url)
        with pytest.raises(VersionMismatch):
            await api.get("/health", HealthOut)
        await api.close()


async def test_who_does_not_speak_http_is_another_version() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as other:
        api = Api(f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}")
        with pytest.raises(VersionMismatch):
            await api.get("/health", HealthOut)
        await api.close()


async def test_a_certificate_nobody_vouches_for_is_not_believed(tmp_path) -> None:
    async with FaultyServer(tls=_self_signed(tmp_path)) as faulty:
        api = Api(faulty.url)
        with pytest.raises(Untrusted):
            await api.get("/health", HealthOut)
        await api.close()


async def test_a_refusal_says_what_is_wrong_and_where(api) -> None:
    with pytest.raises(Refused) as invalid:
        await api.send("POST", TAGS, TagOut, TagIn.model_construct(name="", color="green"))
    with pytest.raises(Refused) as missing:
        await api.get(f"/api/v1/contacts/{UUID(int=7)}", ContactOut)

    assert (invalid.value.status, invalid.value.code) == (422, "invalid_request")
    assert {wrong.field for wrong in invalid.value.errors} == {"name", "color"}
    assert (missing.value.status, missing.value.code) == (404, "contact_not_found")
    assert not isinstance(missing.value, SignedOut)


async def test_an_ended_session_is_told_once_per_try_and_only_to_who_had_one(api, server, owner) -> None:
    said: list[str] = []
    api.on_signed_out = lambda: said.append("out")
    await api.do("DELETE", "/api/v1/session")
    with pytest.raises(SignedOut):
        await api.get("/api/v1/session", MeOut)
    assert said == ["out"]

    stranger = Api(server.url)
    stranger.on_signed_out = api.on_signed_out
    wrong = SignInIn(email="ana@loja.example", password=PASSWORD, device="Tests")
    with pytest.raises(SignedOut) as refused:
        await stranger.do("POST", "/api/v1/session", wrong)
    await stranger.close()
    assert (refused.value.code, said) == ("sign_in_refused", ["out"])


async def test_what_a_role_may_not_do_is_refused_and_the_session_stays(server, shop) -> None:
    viewer = server.sign_in(shop, Role.VIEWER)
    api = Api(server.url, viewer.token)
    with pytest.raises(Refused) as refused:
        await api.send("POST", TAGS, TagOut, TagIn(name="vip"))
    me = await api.get("/api/v1/session", MeOut)
    await api.close()

    assert (refused.value.code, me.role.value) == ("not_permitted", "viewer")


async def test_a_list_is_read_to_its_end(api) -> None:
    for n in range(5):
        await api.send("POST", TAGS, TagOut, TagIn(name=f"t{n}"))

    first = await api.page(TAGS, TagOut, limit=2)
    rest = await api.page(TAGS, TagOut, limit=200, after=first.next)

    assert [tag.name for tag in (*first.items, *rest.items)] == [f"t{n}" for n in range(5)]
    assert (await tags_of(api), rest.next) == ([f"t{n}" for n in range(5)], None)


async def test_a_file_goes_up_as_it_comes(api) -> None:
    async def lines():
        yield b"nome;telefone\n"
        for n in range(1000):
            yield f"Ana {n};1198765{n:04}\n".encode()

    taken = await api.upload("/api/v1/imports", ImportOut, lines(), media_type="text/csv", name="a.csv")

    assert taken.total_bytes > 19_000


async def test_a_download_that_breaks_is_no_whole_file() -> None:
    async with FaultyServer() as faulty:
        faulty.will(Reply(body=b"x" * 1000, cut=500))
        api = Api(faulty.url)
        with pytest.raises(Unreachable):
            _ = [piece async for piece in api.download("/file")]
        await api.close()


async def test_a_refused_download_says_why(api) -> None:
    with pytest.raises(Refused) as refused:
        _ = [piece async for piece in api.download(f"/api/v1/media/{UUID(int=7)}")]

    assert refused.value.status == 404


async def test_secrets_travel_and_do_not_show(server) -> None:
    body = SignInIn(email="ana@loja.example", password=PASSWORD, device="Tests")
    assert PASSWORD not in repr(body)

    async with FaultyServer() as faulty:
        faulty.will(Reply(200))
        api = Api(faulty.url, "mia_secret")
        await api.do("POST", "/api/v1/session", body)
        await api.close()

    assert faulty.seen[0].json == {"email": "ana@loja.example", "password": PASSWORD, "device": "Tests"}
    assert faulty.seen[0].headers["authorization"] == "Bearer mia_secret"


class Nothing(BaseModel):
    """Any object will do."""


async def test_a_query_leaves_out_what_is_not_asked_for() -> None:
    async with FaultyServer() as faulty:
        api = Api(faulty.url)
        await api.get("/x", Nothing, q="é & +", none=None, yes=True, no=False, n=3)
        await api.close()

    assert faulty.seen[0].query == {"q": "é & +", "yes": "true", "no": "false", "n": "3"}
