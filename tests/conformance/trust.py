"""Whom an engine believes: a server with other keys is none, and what it knows stays in its folder."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from engine.providers.linked.link import Start
from engine.providers.linked.protocol import EventName
from tests.conformance.scenario import scenario
from tests.conformance.stage import Stage

_LOOK_SECONDS = 8


@scenario
async def a_server_with_other_keys_is_not_believed(stage: Stage) -> None:
    number = stage.number()
    genuine = stage.command

    async def misled(environment: Mapping[str, str]) -> Start:
        return await genuine({**environment, "WHATSAPP_ROOT": bytes(range(32)).hex()})

    stage.command = misled
    try:
        await number.start()
        await number.link.do("link_qr")
        await asyncio.sleep(_LOOK_SECONDS)
        assert not [one for one in number.heard if one.name == EventName.QR]
    finally:
        stage.command = genuine


@scenario
async def keys_are_sealed_when_the_host_stopped(stage: Stage) -> None:
    number = await stage.linked()
    await number.stop()
    left = [path for path in number.folder.rglob("*") if path.is_file()]
    clear = [path.name for path in left if path.read_bytes().startswith(b"SQLite format 3")]
    assert clear == []
