"""Contacts over REST: kept by hand, found, tagged, annotated, and left alone when they ask for it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from engine.models import Role
from tests.fakes.inbound import one, rows

HOME = "/api/v1/contacts"
ANA = {
    "name": "Ana Conceição",
    "phone": "(11) 98765-4321",
    "email": "ana@x.example",
    "custom": {"cidade": "Belém"},
}


@pytest.fixture
async def ana(owner):
    answer = await owner.post(HOME, ANA)
    assert answer.status == 201, answer.raw
    return answer.json


@pytest.fixture
async def vip(owner):
    return (await owner.post("/api/v1/tags", {"name": "vip", "color": "#2a9d8f"})).json


async def names(api, query: str = "") -> list[str]:
    answer = await api.get(f"{HOME}?{query}")
    assert answer.status == 200, answer.raw
    return [contact["name"] for contact in answer.json["items"]]


async def test_a_contact_is_kept_with_its_number_in_the_one_form(owner, ana) -> None:
    found = (await owner.get(f"{HOME}/{ana['id']}")).json

    assert found == ana
    assert (ana["name"], ana["email"], ana["custom"]) == (
        "Ana Conceição",
        "ana@x.example",
        {"cidade": "Belém"},
    )
    assert ana["addresses"] == [{"kind": "phone", "value": "+5511987654321"}]
    assert (await owner.get(f"{HOME}/{uuid4()}")).code == "contact_not_found"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"phone": "123"}, 422, "phone_refused"),
        ({"phone": "11 8765-4321"}, 409, "phone_taken"),
        ({"tag_ids": [str(uuid4())]}, 404, "tag_not_found"),
        ({"custom": {"x" * 65: "y"}}, 422, "invalid_request"),
        ({"telefone": "1"}, 422, "invalid_request"),
    ],
)
async def test_what_makes_no_contact_is_refused(owner, ana, body, status, code) -> None:
    answer = await owner.post(HOME, body)

    assert (answer.status, answer.code) == (status, code)
    assert await names(owner) == ["Ana Conceição"]


async def test_a_change_touches_only_what_it_names(owner, ana, vip) -> None:
    place = f"{HOME}/{ana['id']}"

    renamed = (await owner.patch(place, {"name": "Ana", "tag_ids": [vip["id"]]})).json
    moved = (await owner.patch(place, {"custom": {"cidade": "", "bairro": "Centro"}})).json
    unnumbered = (await owner.patch(place, {"phone": None})).json

    assert (renamed["name"], renamed["email"]) == ("Ana", "ana@x.example")
    assert [tag["name"] for tag in moved["tags"]] == ["vip"]
    assert (moved["name"], moved["custom"]) == ("Ana", {"bairro": "Centro"})
    assert (unnumbered["addresses"], unnumbered["name"]) == ([], "Ana")


async def test_contacts_are_found_by_name_number_and_tag(owner, ana, vip) -> None:
    await owner.post(HOME, {"name": "Bia", "tag_ids": [vip["id"]]})

    assert await names(owner) == ["Bia", "Ana Conceição"]
    assert await names(owner, "q=conceicao") == ["Ana Conceição"]
    assert await names(owner, "q=98765-4321") == ["Ana Conceição"]
    assert await names(owner, f"tag_id={vip['id']}") == ["Bia"]
    assert await names(owner, f"tag_id={uuid4()}") == []
    assert await names(owner, "q=%25%27%22--;") == []


async def test_the_list_has_pages(owner) -> None:
    for n in range(5):
        await owner.post(HOME, {"name": f"{n}"})

    first = (await owner.get(f"{HOME}?limit=3")).json
    rest = (await owner.get(f"{HOME}?limit=3&after={first['next']}")).json

    assert [contact["name"] for contact in first["items"] + rest["items"]] == list("43210")


async def test_an_archived_contact_is_out_of_the_way_and_comes_back(owner, ana) -> None:
    place = f"{HOME}/{ana['id']}"

    assert (await owner.post(f"{place}/archive")).json["archived_at"]
    assert (await names(owner), await names(owner, "archived=true")) == ([], ["Ana Conceição"])
    assert (await owner.post(f"{place}/restore")).json["archived_at"] is None
    assert await names(owner) == ["Ana Conceição"]


async def test_a_tag_is_put_on_and_taken_off(owner, ana, vip) -> None:
    place = f"{HOME}/{ana['id']}/tags/{vip['id']}"

    tagged = await owner.put(place)
    (counted,) = (await owner.get("/api/v1/tags")).json["items"]
    bare = await owner.delete(place)

    assert [tag["id"] for tag in tagged.json["tags"]] == [vip["id"]]
    assert (counted["name"], counted["color"], counted["contacts"]) == ("vip", "#2a9d8f", 1)
    assert bare.json["tags"] == []


async def test_many_contacts_are_tagged_at_once(owner, ana, vip) -> None:
    bia = (await owner.post(HOME, {"name": "Bia"})).json
    both = {"contact_ids": [ana["id"], bia["id"]]}

    assert (await owner.post(f"/api/v1/tags/{vip['id']}/attach", both)).status == 204
    assert len(await names(owner, f"tag_id={vip['id']}")) == 2
    assert (await owner.post(f"/api/v1/tags/{vip['id']}/detach", both)).status == 204
    assert await names(owner, f"tag_id={vip['id']}") == []
    missing = await owner.post(f"/api/v1/tags/{vip['id']}/attach", {"contact_ids": [str(uuid4())]})
    assert (missing.status, missing.code) == (404, "somebody_missing")


async def test_tags_are_renamed_listed_by_name_and_removed(owner, vip) -> None:
    for name in ("b", "a"):
        await owner.post("/api/v1/tags", {"name": name})
    await owner.put(f"/api/v1/tags/{vip['id']}", {"name": "c"})

    first = (await owner.get("/api/v1/tags?limit=2")).json
    rest = (await owner.get(f"/api/v1/tags?limit=2&after={first['next']}")).json
    again = await owner.post("/api/v1/tags", {"name": "c"})
    await owner.delete(f"/api/v1/tags/{vip['id']}")

    assert [tag["name"] for tag in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert (again.status, again.code) == (409, "tag_exists")
    assert [tag["name"] for tag in (await owner.get("/api/v1/tags")).json["items"]] == ["a", "b"]


async def test_notes_are_sealed_in_the_database(owner, ana, engine, company_id) -> None:
    place = f"{HOME}/{ana['id']}/notes"

    assert (await owner.get(place)).json == {"text": ""}
    assert (await owner.put(place, {"text": "Prefere à tarde"})).json == {"text": "Prefere à tarde"}
    assert (await owner.get(place)).json == {"text": "Prefere à tarde"}
    assert b"tarde" not in await one(engine, company_id, "SELECT notes FROM contact")
    assert "tarde" not in str(await rows(engine, company_id, "SELECT details FROM audit_entry"))
    await owner.put(place, {"text": ""})
    assert await one(engine, company_id, "SELECT notes FROM contact") is None


async def test_the_team_records_a_stop_and_a_new_start_with_their_proof(owner, ana) -> None:
    place = f"{HOME}/{ana['id']}"
    said = {"channel_kind": "whatsapp", "said": "Pediu ao telefone"}

    stopped = (await owner.post(f"{place}/opt-out", said)).json
    started = (await owner.post(f"{place}/opt-in", said | {"said": "Voltou à loja"})).json

    assert (stopped["opted_out"], started["opted_out"]) == (["whatsapp"], [])
    assert (await owner.get(f"{place}/consent")).json == started
    assert [(one["granted"], one["method"]) for one in started["history"]] == [
        (False, "team"),
        (True, "team"),
    ]
    assert started["history"][0]["evidence"] == {
        "said": "Pediu ao telefone",
        "recorded_by": str(owner.session.principal.person_id),
    }


async def test_nobody_is_stopped_who_cannot_be_reached(owner) -> None:
    bia = (await owner.post(HOME, {"name": "Bia"})).json

    answer = await owner.post(f"{HOME}/{bia['id']}/opt-out", {"channel_kind": "sms", "said": "x"})

    assert (answer.status, answer.code) == (409, "not_reachable")


async def test_a_segment_narrows_the_list_and_is_counted(owner, ana) -> None:
    await owner.post(HOME, {"name": "Bia", "custom": {"cidade": "Rio"}})
    belem = {"field": "custom:cidade", "is": "equals", "value": "belém"}

    counted = await owner.post("/api/v1/segments/count", {"filter": belem})
    segment = (await owner.post("/api/v1/segments", {"name": "Belém", "filter": belem})).json
    by_segment = await names(owner, f"segment_id={segment['id']}")
    await owner.put(f"/api/v1/segments/{segment['id']}", {"filter": {"not": belem}})

    assert counted.json == {"contacts": 1}
    assert by_segment == ["Ana Conceição"]
    assert await names(owner, f"segment_id={segment['id']}") == ["Bia"]
    assert [kept["name"] for kept in (await owner.get("/api/v1/segments")).json["items"]] == ["Belém"]
    assert (await owner.delete(f"/api/v1/segments/{segment['id']}")).status == 204
    assert (await owner.get(f"{HOME}?segment_id={segment['id']}")).code == "segment_not_found"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"field": "company_id", "is": "equals", "value": "1"},
        {"field": "name", "is": "matches", "value": "(a+)+$"},
        {"all": [{"field": "name", "is": "equals", "value": "x"}] * 101},
        {"field": "custom:x')--", "is": "equals", "value": {"a": 1}},
    ],
)
async def test_in_10_a_filter_nobody_knows_is_refused(owner, told) -> None:
    answer = await owner.post("/api/v1/segments/count", {"filter": told})

    assert (answer.status, answer.code) == (422, "filter_refused")


async def test_a_viewer_reads_and_changes_nothing(make_api, company_id, ana, vip) -> None:
    viewer = await make_api(company_id, Role.VIEWER)

    assert await names(viewer) == ["Ana Conceição"]
    for refused in (
        await viewer.post(HOME, {"name": "x"}),
        await viewer.patch(f"{HOME}/{ana['id']}", {"name": "x"}),
        await viewer.put(f"{HOME}/{ana['id']}/tags/{vip['id']}"),
        await viewer.put(f"{HOME}/{ana['id']}/notes", {"text": "x"}),
        await viewer.post("/api/v1/segments", {"name": "x", "filter": {}}),
    ):
        assert (refused.status, refused.code) == (403, "not_permitted")


async def test_many_are_archived_and_restored_at_once_or_not_at_all(owner, ana) -> None:
    bia = (await owner.post(HOME, {"name": "Bia"})).json
    both = {"contact_ids": [ana["id"], bia["id"]]}

    missing = await owner.post(f"{HOME}/archive", {"contact_ids": [ana["id"], str(uuid4())]})
    kept = await names(owner)
    assert (await owner.post(f"{HOME}/archive", both)).status == 204

    assert (missing.status, missing.code, len(kept)) == (404, "somebody_missing", 2)
    assert (await names(owner), len(await names(owner, "archived=true"))) == ([], 2)
    assert (await owner.post(f"{HOME}/restore", both)).status == 204
    assert len(await names(owner)) == 2


async def test_who_must_not_be_written_to_is_marked_in_the_list(owner, ana) -> None:
    said = {"channel_kind": "whatsapp", "said": "Pediu ao telefone"}

    await owner.post(f"{HOME}/{ana['id']}/opt-out", said)
    (listed,) = (await owner.get(HOME)).json["items"]
    await owner.post(f"{HOME}/{ana['id']}/opt-in", said)

    assert (ana["opted_out"], listed["opted_out"]) == ([], ["whatsapp"])
    assert (await owner.get(f"{HOME}/{ana['id']}")).json["opted_out"] == []


async def test_a_list_is_counted_and_narrowed_to_some(owner, ana, vip) -> None:
    bia = (await owner.post(HOME, {"name": "Bia", "tag_ids": [vip["id"]]})).json
    both = f"ids={ana['id']}&ids={bia['id']}&ids={uuid4()}"

    assert (await owner.get(f"{HOME}/count")).json == {"contacts": 2}
    assert (await owner.get(f"{HOME}/count?q=ana")).json == {"contacts": 1}
    assert await names(owner, both) == ["Bia", "Ana Conceição"]
    assert await names(owner, f"{both}&tag_id={vip['id']}") == ["Bia"]
    assert await names(owner, f"ids={uuid4()}") == []


async def test_as_many_ids_as_are_allowed_fit_into_a_request(owner, ana) -> None:
    most = [uuid4().hex for _ in range(199)] + [ana["id"].replace("-", "")]
    asked = "&".join(f"ids={one}" for one in most)

    assert await names(owner, asked) == ["Ana Conceição"]
    assert (await owner.get(f"{HOME}?{asked}&ids={uuid4().hex}")).status in (400, 422)


async def test_names_of_custom_fields_are_offered(owner, ana) -> None:
    await owner.post(HOME, {"name": "Bia", "custom": {"bairro": "Centro", "cidade": "Rio"}})

    assert (await owner.get(f"{HOME}/fields")).json == {"names": ["bairro", "cidade"]}


async def test_an_address_that_is_none_is_named_as_the_field_at_fault(owner, ana) -> None:
    answer = await owner.patch(f"{HOME}/{ana['id']}", {"email": "ana"})

    assert (answer.status, answer.code) == (422, "invalid_request")
    assert [wrong["field"] for wrong in answer.json["errors"]] == ["email"]


async def test_a_segment_is_renamed_with_its_filter(owner, vip) -> None:
    has = {"field": "tag", "is": "has", "value": vip["id"]}
    segment = (await owner.post("/api/v1/segments", {"name": "Vips", "filter": has})).json
    await owner.post("/api/v1/segments", {"name": "Outros", "filter": has})
    place = f"/api/v1/segments/{segment['id']}"

    renamed = await owner.put(place, {"filter": {"not": has}, "name": "Não vips"})
    taken = await owner.put(place, {"filter": has, "name": "Outros"})

    assert (renamed.json["name"], renamed.json["filter"]) == ("Não vips", {"not": has})
    assert (taken.status, taken.code) == (409, "segment_exists")
