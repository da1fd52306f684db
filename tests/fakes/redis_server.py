"""A real Redis server of one test, with the troubles a real one has."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError


@dataclass(slots=True)
class RedisServer:
    folder: Path
    port: int
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, keeping nothing on disk, and wait until it answers."""
        settings = f"--port {self.port} --bind 127.0.0.1 --dir {self.folder} --appendonly no".split()
        self._child = subprocess.Popen(
            ["redis-server", *settings, "--save", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline, "redis-server did not start"
            time.sleep(0.02)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        assert self._child
        self._child.wait()

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def client(self) -> Redis:
        return Redis.from_url(self.url, socket_timeout=5)

    def stop(self) -> None:
        if self._child and self._child.poll() is None:
            self.thaw()
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self._child
        os.kill(self._child.pid, number)

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """Skips the test where there is none; ``python3 -m installers test`` installs it."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = RedisServer(folder, port)
    try:
        server.start()
        yield server
    finally:
        server.stop()
