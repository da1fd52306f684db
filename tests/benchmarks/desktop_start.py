"""The desktop from the start of its process to a window, and to a list somebody can use."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from desktop.client.api import Api
from desktop.client.credentials import Credentials, Stored
from embedded_server.contract.conversations import ConversationOut
from embedded_server.contract.session import ClaimIn, SessionOut
from embedded_server.contract.simulator import PretendedIn, SimulatedOut
from engine.demo.house import House, house
from tests.benchmarks import kit, report
from tests.benchmarks.report import Figure
from tests.benchmarks.services import Options, Say

ROUNDS = 5
MOST_TO_WINDOW = 1.5
MOST_TO_LIST = 3.0
MOST_MEMORY_MB = 300
_CONVERSATIONS = 20
_PATIENCE = 60
_SEEN = re.compile(r"The window is seen after ([\d.]+) s")


def run(options: Options, say: Say) -> list[Figure]:
    with house() as running:
        say("desktop: founding a company with conversations")
        token = asyncio.run(furnish(running))
        rounds = options.rounds or options.pick(ROUNDS, 1)
        # The first start fills the disk's cache; it counts for nobody.
        starts = [_start_once(running, token) for _ in range(rounds + 1)][1:]
    seen, usable, cpu, memory = (
        [start[name] for start in starts] for name in ("seen", "usable_after", "usable_cpu", "memory_mb")
    )
    return [
        report.at_most("desktop: process start to a window", median(seen), "s", MOST_TO_WINDOW),
        report.at_most("desktop: process start to the list", median(usable), "s", MOST_TO_LIST),
        report.shown("desktop: slowest of these starts", max(usable), "s"),
        report.shown("desktop: processor time to the list", median(cpu), "s"),
        report.at_most("desktop: memory with the list shown", median(memory), "MB", MOST_MEMORY_MB),
    ]


async def furnish(running: House) -> str:
    """A company with a few conversations; the token of its owner."""
    api = Api(running.private_url)
    founder = ClaimIn.model_validate(
        {
            "secret": running.secret,
            "company": "Loja",
            "name": "Ana",
            "email": "ana@loja.example",
            "password": "quatro palavras bem juntas",
            "device": "Benchmark",
        }
    )
    signed = await api.send("POST", "/api/v1/claim", SessionOut, founder)
    api.sign(signed.token)
    numbers = await api.send("POST", "/api/v1/simulator/channels", SimulatedOut)
    channel_id = numbers.channels[0].id
    for n in range(_CONVERSATIONS):
        said = PretendedIn(
            channel_id=channel_id, phone=f"+5511970{1000 + n:06d}", text="Vocês abrem hoje?", name=f"Ana {n}"
        )
        await api.do("POST", "/api/v1/simulator/messages", said)
    await _arrived(api)
    await api.close()
    return signed.token


async def _arrived(api: Api) -> None:
    """What was written is in the inbox."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            found = await api.page("/api/v1/conversations", ConversationOut)
            if len(found.items) == _CONVERSATIONS:
                return
            await asyncio.sleep(0.2)


def _start_once(running: House, token: str) -> dict[str, float]:
    """One start on a desktop folder of its own, which knows the session."""
    with tempfile.TemporaryDirectory(prefix="master-ia-desk-") as scratch:
        folder = Path(scratch)
        desktop = folder / "desktop"
        Credentials(desktop, use_keyring=False).save(Stored(base=running.private_url, token=token))
        command = [sys.executable, "-m", "tests.desktop.xvfb.driver", "look", str(folder)]
        ended = subprocess.run(
            command,
            cwd=kit.ROOT,
            env=_variables(running, desktop),
            check=False,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
        assert ended.returncode == 0, ended.stdout
        told: dict[str, float] = json.loads((folder / "report.json").read_text("utf-8"))
        match = _SEEN.search((desktop / "desktop.log").read_text("utf-8"))
        assert match, "The desktop did not say when its window was seen"
        return told | {"seen": float(match[1])}


def _variables(running: House, desktop: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MASTERIA_")}
    return kept | {
        "MASTERIA_DATA_DIR": str(running.folder),
        "MASTERIA_DESKTOP_DIR": str(desktop),
        "MASTERIA_DESKTOP_KEYRING": "false",
        "MASTERIA_LANGUAGE": "pt_BR",
        "QT_QPA_PLATFORM": "offscreen",
    }
