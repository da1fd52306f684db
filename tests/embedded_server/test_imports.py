"""Files of contacts over REST: uploaded, looked at, checked, started and given up."""

from __future__ import annotations

import io
import stat
from pathlib import Path
from uuid import uuid4

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from engine.contacts import importing
from engine.events import ImportDue
from engine.models import AuditEntry, Contact

HOME = "/api/v1/imports"
CSV = b"Nome;Celular;Cidade\nAna;11 98765-4321;Santos\nBia;123;Rio\nCaio;(21) 99876-5432;Rio\n"


async def upload(api, data=CSV, *, name="lista.csv", kind="text/csv"):
    return await api.post(HOME, data=data, params={"name": name}, headers={"Content-Type": kind})


@pytest.fixture
async def job(owner):
    answer = await upload(owner)
    assert answer.status == 201, answer.raw
    return answer.json


@pytest.fixture
def due(engine):
    """What the worker was rung for."""
    rung: list[ImportDue] = []

    async def note(event: ImportDue) -> None:
        rung.append(event)

    engine.bus.subscribe(ImportDue, note)
    return rung


def files(engine) -> list[Path]:
    return [path for path in (engine.settings.data_dir / "imports").rglob("*") if path.is_file()]


async def test_an_upload_is_kept_for_us_alone_and_its_columns_are_guessed(owner, job, engine) -> None:
    (file,) = files(engine)
    columns = (await owner.get(f"{HOME}/{job['id']}/columns")).json

    assert (job["state"], job["file_name"], job["total_bytes"]) == ("uploaded", "lista.csv", len(CSV))
    assert (file.name, file.read_bytes()) == (job["id"], CSV)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (columns["format"], columns["delimiter"], columns["has_header"]) == ("csv", ";", True)
    assert [(c["name"], c["target"], c["sample"][0]) for c in columns["columns"]] == [
        ("Nome", "name", "Ana"),
        ("Celular", "phone", "11 98765-4321"),
        ("Cidade", "custom:Cidade", "Santos"),
    ]


async def test_an_xlsx_is_an_upload_too(owner) -> None:
    book, data = Workbook(), io.BytesIO()
    book.active.append(["Telefone"])
    book.active.append([11987654321])
    book.save(data)

    answer = await upload(owner, data.getvalue(), kind="application/octet-stream")

    assert answer.status == 201, answer.raw
    assert answer.json["mapping"] == {"0": "phone"}


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"", "text/csv", 422, "nothing_inside"),
        (b"\0\x01\x02\x03\x04\x05\x06" * 3000, "text/csv", 422, "not_text"),
        (b"PK\x03\x04nonsense", "application/octet-stream", 422, "not_a_spreadsheet"),
        (CSV, "application/json", 415, "media_type_refused"),
    ],
)
async def test_in_08_what_is_no_list_is_refused_and_leaves_no_file(
    owner, engine, data, kind, status, code
) -> None:
    answer = await upload(owner, data, kind=kind)

    assert (answer.status, answer.code) == (status, code)
    assert files(engine) == []


async def test_in_08_more_than_fits_is_refused_and_leaves_no_file(engine, company_id) -> None:
    async def pieces():
        for _ in range(importing.LARGEST // 10_000_000 + 2):
            yield bytes(10_000_000)

    with pytest.raises(importing.FileRefused, match="too large"):
        await importing.take_in(engine, company_id, importing.Upload("a.csv", pieces()))

    assert files(engine) == []


async def test_a_path_in_the_file_name_leads_nowhere(owner, engine) -> None:
    answer = await upload(owner, name="../../../etc/cron.d/x")

    assert answer.json["file_name"] == "../../../etc/cron.d/x"
    assert [path.name for path in files(engine)] == [answer.json["id"]]


async def test_a_check_rings_the_worker_and_keeps_what_was_told(owner, job, due, company_id) -> None:
    told = {
        "mapping": {"0": "name", "1": "phone", "2": "ignore"},
        "options": {"region": "PT", "tags": ["vip"], "existing": "keep"},
    }

    answer = await owner.post(f"{HOME}/{job['id']}/check", told)

    assert (answer.status, answer.json["state"]) == (202, "checking")
    assert answer.json["mapping"] == told["mapping"]
    assert answer.json["options"] == told["options"] | {"agreement": None}
    assert [(str(event.company_id), str(event.job_id)) for event in due] == [(str(company_id), job["id"])]


async def test_a_mapping_without_a_phone_is_refused(owner, job) -> None:
    nobody = await owner.post(f"{HOME}/{job['id']}/check", {"mapping": {"0": "name"}})
    unknown = await owner.post(f"{HOME}/{job['id']}/check", {"mapping": {"7": "phone"}})

    assert (nobody.status, nobody.code) == (422, "no_phone_column")
    assert (unknown.status, unknown.code) == (422, "unknown_target")
    assert (await owner.get(f"{HOME}/{job['id']}")).json["state"] == "uploaded"


async def test_a_checked_file_says_what_would_happen_and_then_it_does(owner, job, engine, company_id) -> None:
    place = f"{HOME}/{job['id']}"
    await owner.post(place + "/check", {})
    await importing.carry_on(engine, company_id, job["id"])
    checked = (await owner.get(place)).json
    (problem,) = (await owner.get(place + "/problems")).json["items"]

    assert (await owner.post(place + "/start")).json["state"] == "queued"
    await importing.carry_on(engine, company_id, job["id"])
    done = (await owner.get(place)).json

    counts = ("rows_read", "rows_created", "rows_invalid")
    assert (checked["state"], [checked[name] for name in counts]) == ("checked", [3, 2, 1])
    assert (problem["line"], problem["code"], problem["excerpt"]) == (3, "phone_too_short", "123")
    assert (done["state"], [done[name] for name in counts]) == ("completed", [3, 2, 1])
    async with engine.unit_of_work(company_id) as uow:
        assert sorted(await uow.session.scalars(select(Contact.name))) == ["Ana", "Caio"]


async def test_what_has_ended_stays_ended(owner, job) -> None:
    place = f"{HOME}/{job['id']}"
    cancelled = await owner.post(place + "/cancel")

    assert cancelled.json["state"] == "cancelled"
    assert cancelled.json["finished_at"]
    for verb in ("/start", "/cancel"):
        assert (await owner.post(place + verb)).code == "import_ended"
    assert (await owner.post(place + "/check", {})).code == "import_ended"
    assert (await owner.get(place + "/columns")).code == "import_ended"


async def test_an_import_under_way_is_not_started_twice(owner, job, engine, company_id) -> None:
    await owner.post(f"{HOME}/{job['id']}/start")

    again = await owner.post(f"{HOME}/{job['id']}/start")

    assert (again.status, again.code) == (409, "import_busy")
    async with engine.unit_of_work(company_id) as uow:
        actions = list(await uow.session.scalars(select(AuditEntry.action)))
    assert actions == ["import.start"]


async def test_only_so_many_files_may_lie_about(owner, monkeypatch) -> None:
    monkeypatch.setattr(importing.service, "MOST_OPEN", 1)
    first = await upload(owner)

    refused = await upload(owner)
    await owner.post(f"{HOME}/{first.json['id']}/cancel")

    assert (refused.status, refused.code) == (409, "too_many_imports")
    assert (await upload(owner)).status == 201


async def test_imports_are_listed_newest_first(owner) -> None:
    ids = [(await upload(owner)).json["id"] for _ in range(3)]

    first = (await owner.get(f"{HOME}?limit=2")).json
    rest = (await owner.get(f"{HOME}?limit=2&after={first['next']}")).json

    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert (await owner.get(f"{HOME}/{uuid4()}")).code == "import_not_found"
