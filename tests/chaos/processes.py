"""The processes of an appliance, started and killed one by one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engine.appliance.postgres import EmbeddedPostgres, embedded_postgres
from engine.db import migrate
from engine.settings import Settings
from engine.vault import Vault

MODULES = {
    "server": ("embedded_server",),
    "worker": ("engine", "worker"),
    "simulator": ("embedded_server.simulator",),
}


@dataclass
class Town:
    """A data folder with its database, and whichever processes run on it now."""

    settings: Settings
    postgres: EmbeddedPostgres
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        with (self.settings.data_dir / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *MODULES[name]],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """SIGKILL: no farewell, nothing written down."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def end(self, name: str) -> None:
        process = self.running.pop(name, None)
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def crashed(self) -> list[str]:
        """Processes that ended though nobody killed them."""
        return [name for name, process in self.running.items() if process.poll() is not None]

    def words(self, name: str, lines: int = 20) -> str:
        log = (self.settings.data_dir / f"{name}.log").read_text("utf-8", "replace")
        return "\n".join(log.splitlines()[-lines:])

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MASTERIA_")}
        settings = self.settings
        return kept | {
            "MASTERIA_DATA_DIR": str(settings.data_dir),
            "MASTERIA_PRIVATE_PORT": str(settings.private_port),
            "MASTERIA_PUBLIC_PORT": str(settings.public_port),
            "MASTERIA_SIMULATOR_PORT": str(settings.simulator_port),
            "MASTERIA_SIMULATOR": "1",
        }


@contextmanager
def town(folder: Path, *, fsync: bool = True) -> Iterator[Town]:
    """A migrated database and a vault; no process runs yet. Everything is gone after the block."""
    private, public, simulator = free_ports(3)
    settings = Settings(
        data_dir=folder / "data",
        private_port=private,
        public_port=public,
        simulator_port=simulator,
        simulator=True,
    )
    settings.run_dir.mkdir(parents=True)
    with embedded_postgres(folder / "pg", fsync=fsync) as postgres:
        migrate.upgrade(postgres.owner_dsn)
        addresses = {"owner": postgres.owner_dsn, "app": postgres.app_dsn}
        (settings.run_dir / "database.json").write_text(json.dumps(addresses))
        Vault.open_or_create(settings.keys_dir, use_keyring=False)
        place = Town(settings, postgres)
        try:
            yield place
        finally:
            for name in list(place.running):
                place.end(name)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def until_listening(port: int, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")
