"""The second engine: linking a number, and what ends a connection."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from pathlib import Path

import pytest

from embedded_server.simulator.whatsapp.server import WhatsAppServer
from engine.providers.linked.baileys import build, program
from engine.providers.linked.protocol import HostRefused
from tests.fakes.baileys_host import Number
from tests.fakes.baileys_shop import Shop, number, server, shop
from tests.fakes.poll import until

__all__ = ["number", "server", "shop"]


async def test_a_host_says_what_it_is(number: Number) -> None:
    assert (number.traits.engine, number.traits.repeats) == ("baileys", True)
    assert number.traits.version == build.library_version()


async def test_a_phone_that_scans_the_code_links_the_number(shop: Shop) -> None:
    linked = next(data for name, data in shop.number.events if name == "linked")

    assert (linked["jid"], linked["lid"]) == (
        f"{shop.person.number}@s.whatsapp.net",
        f"{shop.person.lid}@lid",
    )
    phases = [data["phase"] for name, data in shop.number.events if name == "state"]
    assert phases == ["connecting", "waiting", "scanned", "connecting", "open"]
    assert len(shop.device.one_time) > 800


async def test_a_code_typed_at_the_phone_links_the_number(server: WhatsAppServer, number: Number) -> None:
    person = server.someone("Loja Ipê")

    await number.link.do("link_code", phone=f"+{person.number}")
    code = await number.event("pairing_code")
    device = await server.enter(code["code"], person)

    await number.phase("open")
    assert person.companions == {1: device}


async def test_a_linked_number_connects_again_without_a_code(shop: Shop) -> None:
    await shop.number.end()
    await shop.number.start()

    await shop.number.connect()

    assert shop.number.count("qr") == 1
    with pytest.raises(HostRefused):
        await shop.number.link.do("link_qr")


async def test_codes_that_nobody_uses_run_out(number: Number) -> None:
    """Three rounds of six codes, each shown for its time; a quick clock stands in for eight minutes."""
    await number.end()
    await number.start({"WHATSAPP_HASTE": "60"})

    await number.link.do("link_qr")

    await number.phase("expired")
    assert number.count("qr") == 18


async def test_an_account_with_a_passkey_is_not_linked(server: WhatsAppServer, number: Number) -> None:
    await number.link.do("link_qr")
    code = await number.event("qr")

    await server.pairing.demand_passkey(code["payload"])

    await number.phase("passkey")


async def test_a_number_that_logs_out_is_forgotten(shop: Shop) -> None:
    await shop.number.link.do("logout")

    await shop.number.phase("logged_out")
    await until(lambda: shop.person.companions == {})


async def test_a_device_removed_at_the_phone_is_logged_out(server: WhatsAppServer, shop: Shop) -> None:
    await server.unlink(shop.device)

    assert (await shop.number.phase("logged_out"))["code"] == "401"


async def test_a_session_that_another_took_over_stays_away(server: WhatsAppServer, shop: Shop) -> None:
    await server.end(shop.device, None, "replaced")

    await shop.number.phase("replaced")
    assert (await shop.number.link.do("health"))["phase"] == "replaced"


@pytest.mark.parametrize(("reason", "phase"), [(401, "logged_out"), (403, "logged_out"), (405, "outdated")])
async def test_a_log_in_that_is_refused_says_why(
    server: WhatsAppServer, shop: Shop, reason: int, phase: str
) -> None:
    shop.device.refusal = {"reason": reason}

    server.cut(shop.device)

    assert (await shop.number.phase(phase))["code"] == str(reason)


async def test_a_ban_says_its_end_and_is_waited_for(server: WhatsAppServer, shop: Shop) -> None:
    shop.device.refusal = {"reason": 402, "code": 101, "expire": 2}

    server.cut(shop.device)

    assert (await shop.number.phase("banned"))["until"] is not None
    await shop.number.phase("open")


@pytest.mark.parametrize("trouble", ["the network breaks", "the server restarts", "the server is not ready"])
async def test_a_number_comes_back_by_itself(server: WhatsAppServer, shop: Shop, trouble: str) -> None:
    if trouble == "the server restarts":
        await server.end(shop.device, 503)
    else:
        shop.device.refusal = {"reason": 503} if trouble == "the server is not ready" else None
        server.cut(shop.device)

    await shop.number.phase("backoff")
    await shop.number.phase("open")


async def test_a_host_ends_with_its_parent(shop: Shop) -> None:
    process = shop.number.link._process
    assert process is not None
    assert process.stdin is not None

    process.stdin.close()

    await asyncio.wait_for(process.wait(), 10)
    await until(lambda: shop.number.link.is_over)


async def test_an_old_node_or_none_is_told_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    await build.build()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(program.NodeMissing, match="Node 20"):
        await program.command()
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.20.4\n")
    old.chmod(0o755)
    with pytest.raises(program.NodeMissing):
        await program.command()

    assert (program.major("v20.11.1\n"), program.major("nonsense")) == (20, 0)


def test_the_lock_file_names_no_server_and_pins_every_package() -> None:
    lock = json.loads((program.SIDECAR / "package-lock.json").read_text("utf-8"))
    packages = [value for path, value in lock["packages"].items() if path]

    assert all("resolved" not in package for package in packages)
    assert all(package["integrity"].startswith("sha512-") for package in packages)
    wanted = json.loads((program.SIDECAR / "package.json").read_text("utf-8"))
    assert all(version[0].isdigit() for version in wanted["dependencies"].values())
