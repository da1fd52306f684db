"""Both listeners together, in this process and as the process the supervisor starts."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from embedded_server.__main__ import serving
from engine.models import Role, WebhookEvent
from tests.fakes.api import Api, join
from tests.fakes.poll import until

SECRET = "app-very-secret"
CHANNEL = {
    "kind": "whatsapp",
    "provider": "meta",
    "name": "Loja",
    "sender": "573542517421694",
    "account": "215589313241560883",
    "secrets": {"access_token": "EAAG", "app_secret": SECRET},
}
STATUS = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": CHANNEL["account"],
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {"display_phone_number": "1", "phone_number_id": CHANNEL["sender"]},
                        "statuses": [
                            {
                                "id": "wamid.1",
                                "status": "sent",
                                "timestamp": "1795343684",
                                "recipient_id": "5511999998888",
                            }
                        ],
                    },
                }
            ],
        }
    ],
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def test_a_webhook_for_a_channel_made_a_moment_ago_is_kept(own_engine, make_company) -> None:
    company_id = await make_company(own_engine)
    settings = own_engine.settings.model_copy(update={"private_port": 0, "public_port": 0})
    raw = json.dumps(STATUS).encode()
    signature = {"X-Hub-Signature-256": f"sha256={hmac.digest(SECRET.encode(), raw, hashlib.sha256).hex()}"}
    headers = {"Content-Type": "application/json"}

    async with serving(replace(own_engine, settings=settings)) as ports:
        owner = Api(f"http://127.0.0.1:{ports.private}", await join(own_engine, company_id, Role.OWNER))
        provider = Api(f"http://127.0.0.1:{ports.public}")
        await owner.post("/api/v1/channels", CHANNEL)
        forged = await provider.post("/hooks/meta", data=raw, headers=headers)
        signed = await provider.post("/hooks/meta", data=raw, headers=headers | signature)
        not_public = await provider.get("/api/v1/session")
        for api in (owner, provider):
            await api.close()

    assert (forged.status, signed.status, not_public.status) == (401, 200, 404)
    async with own_engine.unit_of_work(company_id) as uow:
        assert await uow.session.scalar(select(func.count()).select_from(WebhookEvent)) == 1


@pytest.fixture
def process(own_address, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path, int]]:
    """The server as the supervisor starts it, on a data folder of its own."""
    run, port = tmp_path / "run", free_port()
    run.mkdir(mode=0o700)
    addresses = {"owner": own_address.owner, "app": own_address.app}
    (run / "database.json").write_text(json.dumps(addresses), "utf-8")
    told = {
        "MASTERIA_DATA_DIR": str(tmp_path),
        "MASTERIA_PRIVATE_PORT": str(port),
        "MASTERIA_PUBLIC_PORT": str(free_port()),
        "MASTERIA_KEYRING": "0",
    }
    command = [sys.executable, "-W", "error", "-m", "embedded_server"]
    started = subprocess.Popen(command, env=dict(os.environ) | told, stderr=subprocess.PIPE, text=True)
    yield started, run, port
    started.kill()
    started.communicate()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
async def test_the_server_starts_shows_its_secret_and_stops_when_told(process) -> None:
    started, run, port = process
    api = Api(f"http://127.0.0.1:{port}")
    secret = run / "first-run-secret"
    await until(lambda: secret.exists() or started.poll() is not None, seconds=20)
    await until(lambda: _answers(port) or started.poll() is not None, seconds=20)

    ready = await api.get("/ready")
    await api.close()
    started.send_signal(signal.SIGTERM)
    _, told = started.communicate(timeout=15)

    assert ready.json["ready"] is True
    assert started.returncode == 0, told
    assert secret.read_text("utf-8").strip() not in told
    assert "Traceback" not in told


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
