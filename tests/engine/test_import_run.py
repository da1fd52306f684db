"""Imports into a real database: counted, repeatable, resumable, and nobody's wish forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from sqlalchemy import text

from engine import consent, contacts
from engine.consent import Method, Wish
from engine.contacts import Listing, NewContact, importing
from engine.contacts.importing import Agreement, Existing, Options, carry_on, queries, storing
from engine.contacts.importing.row_ids import ascending_ids
from engine.context import Engine
from engine.models import ChannelKind, ImportJob, ImportState

LIST = """nome;telefone;email;cidade;tags;obs
Ana Luísa;(31) 8888-7777;ana@example.com;Belém;VIP, amiga;Prefere à tarde
Bruno;11 99999-7777;nada;;;
Ana de novo;+55 31 98888-7777;;Recife;;
Caio;98888-7777;;;;
;;;;;
Dani;11 99999-6666;dani@example.com;C:\\temp "x";amiga;
Eva;11 99999-5555;;;;;sobra
"""


async def upload(engine: Engine, company_id: UUID, content: str = LIST) -> UUID:
    async def pieces() -> AsyncIterator[bytes]:
        yield content.encode()

    return (await importing.take_in(engine, company_id, importing.Upload("lista.csv", pieces()))).id


async def carried_out(
    engine: Engine, company_id: UUID, job_id: UUID, options: Options | None = None
) -> ImportJob:
    async with engine.unit_of_work(company_id) as uow:
        if options is not None:
            job = await importing.find(uow, job_id)
            job.options = options.to_json() | {"layout": job.options["layout"]}
        await importing.start(uow, job_id)
    await carry_on(engine, company_id, job_id)
    return await look(engine, company_id, job_id)


async def checked(engine: Engine, company_id: UUID, job_id: UUID) -> ImportJob:
    async with engine.unit_of_work(company_id) as uow:
        await importing.check(uow, job_id)
    await carry_on(engine, company_id, job_id)
    return await look(engine, company_id, job_id)


async def look(engine: Engine, company_id: UUID, job_id: UUID) -> ImportJob:
    async with engine.unit_of_work(company_id) as uow:
        return await importing.find(uow, job_id)


async def cards(engine: Engine, company_id: UUID) -> dict[str, contacts.Card]:
    async with engine.unit_of_work(company_id) as uow:
        return {card.contact.name: card for card in await contacts.page(uow, Listing(), limit=200)}


async def count(engine: Engine, company_id: UUID, table: str) -> int:
    async with engine.unit_of_work(company_id) as uow:
        return int(await uow.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def counts(job: ImportJob) -> Sequence[int]:
    """Read, created, updated, duplicate, invalid."""
    return (job.rows_read, job.rows_created, job.rows_updated, job.rows_duplicate, job.rows_invalid)


async def test_a_list_becomes_contacts(engine: Engine, company_id: UUID) -> None:
    job = await carried_out(engine, company_id, await upload(engine, company_id))
    found = await cards(engine, company_id)

    assert (job.state, counts(job)) == (ImportState.COMPLETED, (6, 3, 0, 1, 2))
    assert set(found) == {"Ana Luísa", "Bruno", "Dani"}
    ana = found["Ana Luísa"]
    assert [address.value for address in ana.addresses] == ["+5531988887777"]
    assert [tag.name for tag in ana.tags] == ["VIP", "amiga"]
    assert (ana.contact.email, ana.contact.name_folded) == ("ana@example.com", "ana luisa")
    assert ana.contact.custom == {"cidade": "Belém"}
    assert found["Bruno"].contact.email is None
    assert found["Dani"].contact.custom == {"cidade": 'C:\\temp "x"'}


async def test_notes_arrive_sealed(engine: Engine, company_id: UUID) -> None:
    await carried_out(engine, company_id, await upload(engine, company_id))
    ana = (await cards(engine, company_id))["Ana Luísa"].contact

    async with engine.unit_of_work(company_id) as uow:
        keys = await engine.load_keys(uow)
        assert await contacts.notes(uow, keys, ana.id) == "Prefere à tarde"
    assert b"tarde" not in (ana.notes or b"")


async def test_in_08_every_bad_row_is_told_by_line(engine: Engine, company_id: UUID) -> None:
    job_id = await upload(engine, company_id)
    await checked(engine, company_id, job_id)

    async with engine.unit_of_work(company_id) as uow:
        problems = await importing.problems(uow, job_id)

    assert [(problem.line, problem.code, problem.excerpt) for problem in problems] == [
        (5, "phone_no_area_code", "98888-7777"),
        (8, "row_too_many_cells", "sobra"),
    ]
    assert problems[0].message == "telefone: The area code is missing or does not exist."


async def test_a_dry_run_writes_no_contact_and_foretells_the_counts(engine: Engine, company_id: UUID) -> None:
    job_id = await upload(engine, company_id)
    foretold = await checked(engine, company_id, job_id)

    assert foretold.state is ImportState.CHECKED
    assert await count(engine, company_id, "contact") == 0
    assert counts(foretold) == counts(await carried_out(engine, company_id, job_id))
    assert await count(engine, company_id, "import_problem") == 2


async def test_importing_again_changes_nothing_and_new_cells_fill_in(
    engine: Engine, company_id: UUID
) -> None:
    await carried_out(engine, company_id, await upload(engine, company_id))
    again = await carried_out(engine, company_id, await upload(engine, company_id))
    changed = "nome;telefone;cidade;time\n;31 98888-7777;Santarém;Remo\n"
    third = await carried_out(engine, company_id, await upload(engine, company_id, changed))

    assert counts(again) == (6, 0, 0, 1, 2)
    assert counts(third) == (1, 0, 1, 0, 0)
    ana = (await cards(engine, company_id))["Ana Luísa"].contact
    assert ana.custom == {"cidade": "Santarém", "time": "Remo"}
    assert ana.email == "ana@example.com"


async def test_known_contacts_stay_as_they_are_when_asked(engine: Engine, company_id: UUID) -> None:
    async with engine.unit_of_work(company_id) as uow:
        await contacts.create(uow, NewContact("Aninha", "31 98888-7777"))

    options = Options(existing=Existing.KEEP, tags=("feira",))
    job = await carried_out(engine, company_id, await upload(engine, company_id), options)

    found = await cards(engine, company_id)
    assert counts(job) == (6, 2, 0, 1, 2)
    assert {"Aninha", "Bruno", "Dani"} == set(found)
    assert all("feira" in [tag.name for tag in card.tags] for card in found.values())


async def test_an_agreement_is_kept_as_evidence(engine: Engine, company_id: UUID) -> None:
    agreement = Agreement((ChannelKind.WHATSAPP, ChannelKind.SMS), "Aceito receber ofertas")
    await carried_out(engine, company_id, await upload(engine, company_id), Options(agreement=agreement))
    ana = (await cards(engine, company_id))["Ana Luísa"].contact

    async with engine.unit_of_work(company_id) as uow:
        proofs = await consent.history(uow, ana.id)

    assert {proof.channel_kind for proof in proofs} == {ChannelKind.WHATSAPP, ChannelKind.SMS}
    assert {proof.evidence["statement"] for proof in proofs} == {"Aceito receber ofertas"}


async def test_an_import_revives_nobody_who_asked_to_be_left_alone(engine: Engine, company_id: UUID) -> None:
    wish = Wish(channel_kind=ChannelKind.WHATSAPP, match_key="553188887777", method=Method.KEYWORD)
    async with engine.unit_of_work(company_id) as uow:
        await consent.record_opt_out(uow, wish)

    await carried_out(engine, company_id, await upload(engine, company_id))

    async with engine.unit_of_work(company_id) as uow:
        stopped = await consent.opted_out(uow, ChannelKind.WHATSAPP, ["553188887777"])
    assert stopped == {"553188887777"}


class Died(Exception):
    """The end of a process, as seen by its transaction."""


def a_long_list(people: int = 70_000) -> str:
    twice = "Repetida;11 8000-0000\n"
    return "nome;telefone\n" + "".join(f"Ana {n};11 9{80000000 + n}\n" for n in range(people)) + twice


async def test_in_08_an_import_that_died_goes_on_and_counts_no_row_twice(
    engine: Engine, company_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await upload(engine, company_id, a_long_list())
    advance = queries.advance

    async def die_after_the_first(*told: Any) -> Any:
        if told[3]:
            raise Died
        return await advance(*told)

    monkeypatch.setattr(queries, "advance", die_after_the_first)
    with pytest.raises(Died):
        await carried_out(engine, company_id, job_id)
    monkeypatch.undo()
    halfway = await look(engine, company_id, job_id)
    assert halfway.rows_created == halfway.rows_read == await count(engine, company_id, "contact") > 0

    await carry_on(engine, company_id, job_id)

    assert counts(await look(engine, company_id, job_id)) == (70_001, 70_000, 0, 1, 0)
    assert await count(engine, company_id, "contact_identity") == 70_000


async def test_a_chunk_that_waits_too_long_starts_over_and_counts_once(
    engine: Engine, company_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_PATIENCE", 0.0)

    job = await carried_out(engine, company_id, await upload(engine, company_id, a_long_list()))

    assert (job.state, counts(job)) == (ImportState.COMPLETED, (70_001, 70_000, 0, 1, 0))


async def test_a_cancelled_import_stops_between_chunks(
    engine: Engine, company_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await upload(engine, company_id, a_long_list())
    advance = queries.advance

    async def cancel_after_the_first(*told: Any) -> Any:
        if told[3]:
            async with engine.unit_of_work(company_id) as uow:
                await importing.cancel(uow, job_id)
        return await advance(*told)

    monkeypatch.setattr(queries, "advance", cancel_after_the_first)
    job = await carried_out(engine, company_id, job_id)

    assert job.state is ImportState.CANCELLED
    assert 0 < job.rows_created == await count(engine, company_id, "contact") < 70_000


@pytest.mark.parametrize("is_first_list", [True, False])
async def test_somebody_added_at_the_same_moment_is_met_not_doubled(
    engine: Engine, company_id: UUID, monkeypatch: pytest.MonkeyPatch, is_first_list: bool
) -> None:
    if not is_first_list:
        async with engine.unit_of_work(company_id) as uow:
            await contacts.create(uow, NewContact("Zé", "11 99999-0000"))
    job_id = await upload(engine, company_id)
    counted = queries._count
    rivals = [NewContact("Bruno B.", "11 99999-7777")]

    async def then_a_rival(*told: Any) -> int:
        known = await counted(*told)
        if rivals:
            async with engine.unit_of_work(company_id) as uow:
                await contacts.create(uow, rivals.pop())
        return known

    monkeypatch.setattr(queries, "_count", then_a_rival)
    job = await carried_out(engine, company_id, job_id)

    assert counts(job) == (6, 2, 1, 1, 2)
    assert await count(engine, company_id, "contact") == (3 if is_first_list else 4)


async def test_a_file_that_is_gone_or_changed_fails_with_a_sentence(engine: Engine, company_id: UUID) -> None:
    gone = await upload(engine, company_id)
    await asyncio.to_thread(Path((await look(engine, company_id, gone)).file_path).unlink)
    job = await carried_out(engine, company_id, gone)
    assert (job.state, job.error) == (ImportState.FAILED, "The file could not be read from the disk.")

    changed = await upload(engine, company_id)
    async with engine.unit_of_work(company_id) as uow:
        job = await importing.find(uow, changed)
        job.state, job.rows_read = ImportState.RUNNING, 4
    await carry_on(engine, company_id, changed)
    job = await look(engine, company_id, changed)
    assert (job.state, (job.error or "")[:8]) == (ImportState.FAILED, "The file")


def test_ids_of_an_import_are_ordinary_and_ascend() -> None:
    ids = [UUID(text) for text in ascending_ids(2_000)]

    assert ids == sorted(set(ids))
    assert {(id_.version, id_.variant) for id_ in ids} == {(7, RFC_4122)}
