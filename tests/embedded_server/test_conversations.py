"""The inbox over REST: lists, timelines, answers, and what people hand over or put aside."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import event

from engine import inbox
from engine.events import LaneDue
from engine.models import ChannelState, Role
from engine.providers.inbound import MessageKind
from tests.fakes.inbound import ANA, BIA, make_channel, make_contact, one, receive, rows, written
from tests.fakes.linked_words import GROUP, hear, in_group, make_number

HOME = "/api/v1/conversations"
TEXT = {"type": "text", "body": "Olá!"}


@pytest.fixture
async def channel_id(engine, company_id):
    return await make_channel(engine, company_id)


@pytest.fixture
async def place(engine, company_id, channel_id):
    """The address of a conversation in which Ana just wrote."""
    (received,) = await receive(engine, company_id, channel_id, written("Oi"))
    return f"{HOME}/{received.conversation_id}"


@pytest.fixture
def lanes(engine):
    """Channels the worker was rung for."""
    rung = []

    async def note(event: LaneDue) -> None:
        rung.append(event.channel_id)

    engine.bus.subscribe(LaneDue, note)
    return rung


async def test_the_list_shows_who_wrote_last_first(owner, engine, company_id, channel_id) -> None:
    for n in range(3):
        message = written(f"Oi {n}", wamid=f"w{n}", wa_id=f"551199999000{n}", after=n - 10)
        await receive(engine, company_id, channel_id, message)

    first = (await owner.get(f"{HOME}?limit=2")).json
    rest = (await owner.get(f"{HOME}?limit=2&after={first['next']}")).json

    assert [item["preview"] for item in first["items"] + rest["items"]] == ["Oi 2", "Oi 1", "Oi 0"]
    assert rest["next"] is None
    assert (first["items"][0]["contact_name"], first["items"][0]["unread"]) == ("Ana Souza", 1)


async def test_the_list_is_filtered_by_what_waits_for_whom(owner, place, engine, company_id) -> None:
    me = str(owner.session.principal.person_id)
    await owner.put(f"{place}/assignee", {"person_id": me})
    await owner.post(f"{place}/read")

    async def count(query: str) -> int:
        return len((await owner.get(f"{HOME}?{query}")).json["items"])

    assert [await count(f"assignee_id={me}"), await count(f"assignee_id={uuid4()}")] == [1, 0]
    assert [await count("unassigned=true"), await count("unread=true")] == [0, 0]
    assert [await count("state=open"), await count("state=closed")] == [1, 0]
    assert (await owner.get(f"{HOME}?assignee_id={me}&unassigned=true")).status == 422
    assert (await owner.get(f"{HOME}/unread")).json == {"conversations": 0}


async def test_the_list_is_searched_by_name_and_number_whatever_the_accents(
    owner, engine, company_id, channel_id
) -> None:
    people = [("João D'Ávila", ANA), ("Bia Conceição", BIA), ("Zé", "5511988880000")]
    for n, (name, wa_id) in enumerate(people):
        message = written("Oi", wamid=f"w{n}", wa_id=wa_id, profile_name=name)
        await receive(engine, company_id, channel_id, message)

    async def found(q: str) -> list[str]:
        items = (await owner.get(HOME, params={"q": q})).json["items"]
        return sorted(item["contact_name"] for item in items)

    assert await found("joao avila") == ["João D'Ávila"]
    assert await found("CONCEICAO") == ["Bia Conceição"]
    assert await found("31 98888-7777") == await found("8888-7777") == ["Bia Conceição"]
    assert await found("100%") == []
    assert len(await found("  ")) == 3


async def test_a_row_tells_tags_channel_and_how_far_the_last_answer_came(
    owner, place, engine, company_id, channel_id
) -> None:
    heard = (await owner.get(HOME)).json["items"][0]
    tag = (await owner.post("/api/v1/tags", {"name": "VIP"})).json
    await owner.put(f"/api/v1/contacts/{heard['contact_id']}/tags/{tag['id']}")
    await owner.post(f"{place}/messages", {"channel_id": str(channel_id), "content": TEXT})
    waiting = (await owner.get(HOME)).json["items"][0]
    await settle(engine, company_id, "accepted", "read")
    await owner.post(f"{place}/notes", {"text": "Nada muda"})

    row = (await owner.get(place)).json
    assert (heard["last_direction"], heard["last_waiting"], heard["last_state"]) == ("inbound", False, None)
    assert (waiting["last_direction"], waiting["last_waiting"]) == ("outbound", True)
    assert (row["last_direction"], row["last_state"], row["last_receipt"]) == ("outbound", "accepted", "read")
    assert (row["channel_kind"], row["address"]) == ("whatsapp", ANA)
    assert [tag["name"] for tag in row["tags"]] == ["VIP"]
    sent = (await owner.get(f"{place}/messages")).json["items"][1]
    assert (sent["waiting"], sent["state"], sent["receipt"]) == (False, "accepted", "read")


async def settle(engine, company_id, state: str, receipt: str | None = None) -> None:
    """Give the answers that wait a send of their own."""
    statement = """
        WITH sent AS (
            INSERT INTO attempt (company_id, id, channel_id, message_id, address_kind, address, state,
                                 receipt, epoch)
            SELECT company_id, gen_random_uuid(), channel_id, id, 'wa_id', '1', :state, :receipt, 1
            FROM message WHERE due_at IS NOT NULL RETURNING id, message_id
        ) UPDATE message m SET due_at = NULL, attempt_id = s.id FROM sent s WHERE m.id = s.message_id
        RETURNING m.id"""
    assert await rows(engine, company_id, statement, state=state, receipt=receipt)


async def test_a_page_of_the_list_costs_three_statements_however_long_it_is(
    owner, engine, company_id, channel_id
) -> None:
    for n in range(12):
        message = written(f"Oi {n}", wamid=f"w{n}", wa_id=f"55119999900{n:02}", after=n)
        await receive(engine, company_id, channel_id, message)
    asked = []
    async with engine.unit_of_work(company_id) as uow:
        connection = (await uow.session.connection()).sync_connection
        event.listen(connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
        found = await inbox.list_conversations(uow, inbox.Filter())

    assert len(found.items) == 12
    assert len(asked) == 3


async def test_one_conversation_says_how_it_can_go_on(owner, place, channel_id) -> None:
    found = (await owner.get(place)).json

    (way,) = found["ways"]
    assert (way["channel_id"], way["kind"]) == (str(channel_id), "whatsapp")
    assert way["window_expires_at"]
    assert (await owner.get(f"{HOME}/{uuid4()}")).code == "conversation_not_found"


async def test_a_group_of_a_linked_number_says_who_wrote_and_knows_no_window(
    owner, engine, company_id
) -> None:
    number = await make_number(engine, company_id)
    (received,) = await hear(engine, company_id, number, in_group("Oi", name="Bia"))
    at = f"{HOME}/{received.conversation_id}"

    (item,) = (await owner.get(f"{at}/messages")).json["items"]
    assert (item["author_name"], item["text"]) == ("Bia", "Oi")
    detail = (await owner.get(at)).json
    assert (detail["contact_name"], detail["ways"][0]["has_window"]) == ("Clientes", False)
    contact = (await owner.get(f"/api/v1/contacts/{received.contact_id}")).json
    assert contact["addresses"] == [{"kind": "group", "value": GROUP}]
    assert (await owner.get("/api/v1/contacts")).json["items"] == []


async def test_an_answer_waits_for_its_lane_and_the_lane_is_rung(owner, place, channel_id, lanes) -> None:
    answer = await owner.post(f"{place}/messages", {"channel_id": str(channel_id), "content": TEXT})

    (sent, heard) = (await owner.get(f"{place}/messages")).json["items"]
    assert (answer.status, sent["id"]) == (201, answer.json["id"])
    assert (sent["direction"], sent["text"], sent["waiting"], sent["state"]) == (
        "outbound",
        "Olá!",
        True,
        None,
    )
    assert sent["author_id"] == str(owner.session.principal.person_id)
    assert (heard["direction"], heard["text"], heard["waiting"]) == ("inbound", "Oi", False)
    assert lanes == [channel_id]


@pytest.mark.parametrize("by", ["client_id", "header"])
async def test_the_same_answer_is_put_in_the_queue_once(
    owner, place, engine, company_id, channel_id, by
) -> None:
    body = {"channel_id": str(channel_id), "content": TEXT}
    headers = {"Idempotency-Key": "k"} if by == "header" else {}
    if by == "client_id":
        body["client_id"] = "k"

    first = await owner.post(f"{place}/messages", body, headers=headers)
    second = await owner.post(f"{place}/messages", body, headers=headers)

    assert first.json["id"] == second.json["id"]
    assert await one(engine, company_id, "SELECT count(*) FROM message WHERE due_at IS NOT NULL") == 1


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ({"type": "template", "name": "oi", "language": "pt_BR", "text": "Oi!"}, "template", "Oi!"),
        ({"type": "interactive", "payload": {"type": "button"}, "text": "Sim?"}, "interactive", "Sim?"),
        ({"type": "media", "kind": "image", "media_id": "1037", "caption": "Foto"}, "image", "Foto"),
    ],
)
async def test_every_kind_of_content_finds_its_way(owner, place, channel_id, content, kind, text) -> None:
    answer = await owner.post(f"{place}/messages", {"channel_id": str(channel_id), "content": content})

    assert (answer.json["kind"], answer.json["text"]) == (kind, text)


async def test_an_answer_may_quote_what_was_said_here_and_nothing_else(
    owner, place, engine, company_id, channel_id
) -> None:
    await receive(engine, company_id, channel_id, written("Oi", wamid="wamid.2", wa_id=BIA))
    by_vendor = {
        row.provider_message_id: str(row.id)
        for row in await rows(engine, company_id, "SELECT * FROM message")
    }
    body = {"channel_id": str(channel_id), "content": TEXT}

    quoting = await owner.post(f"{place}/messages", body | {"reply_to": by_vendor["wamid.1"]})
    elsewhere = await owner.post(f"{place}/messages", body | {"reply_to": by_vendor["wamid.2"]})
    unsent = await owner.post(f"{place}/messages", body | {"reply_to": quoting.json["id"]})

    assert quoting.json["reply_to"] == "wamid.1"
    assert (elsewhere.status, elsewhere.code) == (404, "message_not_found")
    assert (unsent.status, unsent.code) == (409, "not_quotable")


async def test_a_timeline_shows_what_an_answer_quotes(owner, place, channel_id) -> None:
    (heard,) = (await owner.get(f"{place}/messages")).json["items"]
    body = {"channel_id": str(channel_id), "content": TEXT, "reply_to": heard["id"]}
    sent = (await owner.post(f"{place}/messages", body)).json

    one = (await owner.get(f"{place}/messages/{sent['id']}")).json

    quoted = {"id": heard["id"], "direction": "inbound", "kind": "text", "text": "Oi", "author_id": None}
    assert one["quoted"] == quoted
    assert (await owner.get(f"{place}/messages")).json["items"][0] == one
    assert (await owner.get(f"{place}/messages/{uuid4()}")).code == "message_not_found"


async def test_point_5_what_is_marked_as_unread_waits_again(owner, place) -> None:
    await owner.post(f"{place}/read")

    await owner.post(f"{place}/unread")
    await owner.post(f"{place}/unread")

    assert (await owner.get(place)).json["unread"] == 1
    assert (await owner.get(f"{HOME}/unread")).json == {"conversations": 1}


async def test_what_may_not_be_sent_is_refused_by_name(owner, place, engine, company_id) -> None:
    stopped = await make_channel(engine, company_id, state=ChannelState.STOPPED)
    active = await make_channel(engine, company_id)

    async def send(channel_id, content=TEXT) -> str | None:
        return (
            await owner.post(f"{place}/messages", {"channel_id": str(channel_id), "content": content})
        ).code

    assert await send(uuid4()) == "channel_missing"
    assert await send(stopped) == "channel_not_active"
    assert await send(active) == "window_closed"
    assert await send(active, {"type": "text", "body": " "}) == "invalid_request"
    assert await send(active, {"type": "smoke", "body": "x"}) == "invalid_request"


async def test_a_note_stays_in_the_house(owner, place, lanes) -> None:
    note = await owner.post(f"{place}/notes", {"text": "Ligar amanhã"})

    assert (note.json["direction"], note.json["channel_id"], lanes) == ("note", None, [])


async def test_a_conversation_is_handed_over_closed_and_brought_back(
    owner, place, make_api, company_id
) -> None:
    agent = await make_api(company_id, Role.AGENT)
    them = str(agent.session.principal.person_id)

    assert (await agent.put(f"{place}/assignee", {"person_id": them})).json["assignee_id"] == them
    assert (await agent.put(f"{place}/assignee", {"person_id": None})).json["assignee_id"] is None
    assert (await agent.put(f"{place}/assignee", {"person_id": str(uuid4())})).status == 404
    assert (await agent.post(f"{place}/close")).json["state"] == "closed"
    assert (await agent.post(f"{place}/reopen")).json["state"] == "open"
    actions = [entry["action"] for entry in (await owner.get("/api/v1/audit")).json["items"]]
    assert sorted(set(actions)) == ["conversation.assign", "conversation.close", "conversation.reopen"]


async def test_a_conversation_begins_with_a_contact_and_only_once(owner, engine, company_id) -> None:
    contact_id = str(await make_contact(engine, company_id, "+5511988887777"))

    first = await owner.post(HOME, {"contact_id": contact_id})
    second = await owner.post(HOME, {"contact_id": contact_id})

    assert first.json["id"] == second.json["id"]
    assert (first.json["contact_name"], first.json["unread"]) == ("Ana", 0)
    assert (await owner.post(HOME, {"contact_id": str(uuid4())})).status == 404


async def test_a_timeline_has_pages(owner, engine, company_id, channel_id, place) -> None:
    for n in range(4):
        await receive(engine, company_id, channel_id, written(f"{n}", wamid=f"w{n}", after=n + 1))

    first = (await owner.get(f"{place}/messages?limit=3")).json
    rest = (await owner.get(f"{place}/messages?limit=3&after={first['next']}")).json

    assert [item["text"] for item in first["items"] + rest["items"]] == ["3", "2", "1", "0", "Oi"]
    assert (await owner.get(f"{HOME}/{uuid4()}/messages")).status == 404


async def test_a_timeline_goes_on_from_a_message_in_both_directions(
    owner, engine, company_id, channel_id, place
) -> None:
    for n in range(5):
        await receive(engine, company_id, channel_id, written(f"{n}", wamid=f"w{n}", after=n + 1))
    ids = {item["text"]: item["id"] for item in (await owner.get(f"{place}/messages")).json["items"]}

    async def page(way: str, text: str) -> tuple[list[str], bool]:
        found = (await owner.get(f"{place}/messages?limit=2&{way}_than={ids[text]}")).json
        return [item["text"] for item in found["items"]], found["next"] is not None

    assert await page("newer", "0") == (["2", "1"], True)
    assert await page("newer", "2") == (["4", "3"], False)
    assert await page("newer", "4") == ([], False)
    assert await page("older", "2") == (["1", "0"], True)
    assert await page("older", "0") == (["Oi"], False)
    assert (await owner.get(f"{place}/messages?newer_than={uuid4()}")).code == "message_not_found"
    assert (await owner.get(f"{place}/messages?newer_than={uuid4()}&after=x")).status == 422


async def test_a_message_of_a_kind_we_show_carries_its_payload(
    owner, place, engine, company_id, channel_id
) -> None:
    payload = {"latitude": -23.5, "longitude": -46.6}
    message = written("", wamid="w9", kind=MessageKind.LOCATION, payload=payload, after=1)
    await receive(engine, company_id, channel_id, message)

    newest = (await owner.get(f"{place}/messages")).json["items"][0]

    assert (newest["kind"], newest["payload"]) == ("location", payload)
