"""A contact import through mapped objects, the way one writes it first.

``DATABASE=… COMPANY=… python -m tests.benchmarks.peers.orm_import FILE ROWS`` imports into the product's
own tables with SQLAlchemy: every number through ``phonenumbers``, known numbers looked up batch by batch,
the new ones as ``Contact`` and ``ContactIdentity`` objects by ``session.add_all``. Prints one JSON line.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from uuid import UUID

from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from engine.contacts import phone
from engine.db.schema import sqlalchemy_url
from engine.ids import new_id
from engine.models import Contact, ContactIdentity, IdentityKind

BATCH = 1000


def main() -> None:
    file, limit = Path(sys.argv[1]), int(sys.argv[2])
    company = UUID(os.environ["COMPANY"])
    engine = create_engine(sqlalchemy_url(os.environ["DATABASE"]))
    start, rows = time.perf_counter(), 0
    with Session(engine) as session:
        for batch in _batches(file, limit):
            rows += len(batch)
            _store(session, company, batch)
    seconds = time.perf_counter() - start
    print(json.dumps({"count": rows, "seconds": seconds, "cpu_seconds": time.process_time()}))


def _batches(file: Path, limit: int) -> Iterator[list[dict[str, str]]]:
    with file.open(newline="", encoding="utf-8") as stream:
        rows = islice(csv.DictReader(stream), limit)
        while batch := list(islice(rows, BATCH)):
            yield batch


def _store(session: Session, company: UUID, rows: list[dict[str, str]]) -> None:
    session.execute(text("SELECT set_config('app.company_id', :id, true)"), {"id": str(company)})
    found = {
        number.key: (number.e164, row)
        for row in rows
        if isinstance(number := phone.parse_any(row["telefone"]), phone.Phone)
    }
    known = set(
        session.scalars(
            select(ContactIdentity.match_key).where(
                ContactIdentity.company_id == company,
                ContactIdentity.kind == IdentityKind.PHONE,
                ContactIdentity.match_key.in_(found),
            )
        )
    )
    for key, (number, row) in found.items():
        if key not in known:
            session.add_all(_objects(company, key, number, row))
    session.commit()
    session.expunge_all()


def _objects(company: UUID, key: str, number: str, row: dict[str, str]) -> tuple[Contact, ContactIdentity]:
    contact = Contact(
        company_id=company,
        id=new_id(),
        name=row["nome"],
        name_folded=row["nome"].lower(),
        email=row["email"],
        custom={"cidade": row["cidade"]},
        source="import",
    )
    identity = ContactIdentity(
        company_id=company, contact_id=contact.id, kind=IdentityKind.PHONE, value=number, match_key=key
    )
    return contact, identity


if __name__ == "__main__":
    main()
