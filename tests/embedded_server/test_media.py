"""Files people sent, over REST: to be saved, never to be shown beside our pages (reliability E9)."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest
from sqlalchemy import text

from engine.media import LocalStore
from engine.providers.inbound import InboundMedia, MessageKind
from tests.fakes.inbound import make_channel, one, receive, written

SCRIPT = b"<html><script>alert(1)</script></html>"


@pytest.fixture
async def media_id(engine, company_id):
    channel_id = await make_channel(engine, company_id)
    file = InboundMedia("1037", mime="text/html", filename='../..\\evil"\r\nX-Own: 1;.html')
    await receive(engine, company_id, channel_id, written("", kind=MessageKind.DOCUMENT, media=file))
    return await one(engine, company_id, "SELECT id FROM media_file")


async def fetched(engine, company_id, media_id, content: bytes = SCRIPT) -> None:
    store = LocalStore(engine.settings.media_dir)
    incoming = store.incoming(company_id)
    incoming.write_bytes(content)
    path, found = store.keep(company_id, incoming, hashlib.sha256(content).hexdigest())
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(
            text("UPDATE media_file SET state = 'stored', path = :path, mime = :mime"),
            {"path": path, "mime": found.mime},
        )


async def test_a_file_can_only_be_saved(owner, engine, company_id, media_id) -> None:
    await fetched(engine, company_id, media_id)

    answer = await owner.get(f"/api/v1/media/{media_id}")

    assert (answer.status, answer.raw) == (200, SCRIPT)
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    named = answer.headers["Content-Disposition"]
    assert named == f"attachment; filename=\"{media_id}.txt\"; filename*=UTF-8''evilX-Own%201.html.txt"
    assert "X-Own" not in answer.headers


async def test_part_of_a_file_can_be_asked_for(owner, engine, company_id, media_id) -> None:
    await fetched(engine, company_id, media_id)

    answer = await owner.get(f"/api/v1/media/{media_id}", headers={"Range": "bytes=6-13"})

    assert (answer.status, answer.raw) == (206, b"<script>")


async def test_a_file_that_is_not_here_says_so(owner, engine, company_id, media_id) -> None:
    waiting = await owner.get(f"/api/v1/media/{media_id}")
    unknown = await owner.get(f"/api/v1/media/{uuid4()}")
    await fetched(engine, company_id, media_id)
    async with engine.unit_of_work(company_id) as uow:
        await uow.session.execute(text("UPDATE media_file SET path = '../../../../etc/passwd'"))
    outside = await owner.get(f"/api/v1/media/{media_id}")

    assert (waiting.status, waiting.code) == (409, "file_not_here")
    assert (unknown.status, unknown.code) == (404, "file_not_found")
    assert (outside.status, outside.code) == (404, "media_missing")
