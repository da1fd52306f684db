"""The throw-away servers of one benchmark: one PostgreSQL for both sides, Redis and a fake Graph API."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from engine.appliance.postgres import EmbeddedPostgres, embedded_postgres
from tests.benchmarks import kit, machine

PEER_DATABASE = "peer"
_SCHEMA = Path(__file__).parent / "peers" / "schema.sql"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    quick: bool = False
    seed: int = 1
    rounds: int | None = None

    def pick(self, usual: int, quick: int) -> int:
        return quick if self.quick else usual


@dataclass(frozen=True, slots=True)
class Bench:
    """What a benchmark works with. The database server writes through to the disk, for both sides."""

    folder: Path
    postgres: EmbeddedPostgres
    options: Options
    say: Say

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def peer_dsn(self) -> str:
        """The peers' own database on the same server, over the same Unix socket."""
        return self.postgres.dsn_for("owner", PEER_DATABASE)

    @property
    def all_seeing_dsn(self) -> str:
        """The product's database as superuser: for counting rows, which row-level security would hide."""
        return self.postgres.superuser_dsn

    def reset_peer(self) -> None:
        with psycopg.connect(self.peer_dsn, autocommit=True) as connection:
            connection.execute(_SCHEMA.read_text())

    def settle(self) -> None:
        """Begin a measurement with nothing left to write from the last one."""
        with psycopg.connect(self.all_seeing_dsn, autocommit=True) as connection:
            connection.execute("CHECKPOINT")


def interleaved(names: Sequence[str], rounds: int) -> Iterator[str]:
    """Everybody takes turns, and every second round backwards, so that a slow minute hits all alike."""
    for turn in range(rounds):
        yield from names if turn % 2 == 0 else reversed(names)


@contextmanager
def open_bench(options: Options, say: Say) -> Iterator[Bench]:
    """A folder and a fresh PostgreSQL in it, with the product's own configuration and durable commits."""
    with tempfile.TemporaryDirectory(prefix="masteria-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        say("Starting PostgreSQL")
        server = stack.enter_context(embedded_postgres(folder / "data", fsync=True))
        with psycopg.connect(server.superuser_dsn, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {PEER_DATABASE} OWNER masteria_owner")
        yield Bench(folder, server, options, say)


@dataclass(frozen=True, slots=True)
class Redis:
    """The peers' queue."""

    url: str
    pid: int

    def empty(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@contextmanager
def redis_server(folder: Path) -> Iterator[Redis]:
    """Redis with an append-only file written every second, as the stack's manuals advise.

    Raises:
        NotAvailable: ``redis-server`` is not installed.
    """
    program, port = kit.find("redis-server"), machine.free_port()
    home = folder / "redis"
    home.mkdir(exist_ok=True)
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home), "--save", ""]
    command += ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]
    with machine.running(command) as process:
        machine.wait_for_port(port)
        yield Redis(f"redis://127.0.0.1:{port}/0", process.pid)


@dataclass(frozen=True, slots=True)
class Graph:
    """A fake Graph API that counts what it accepted."""

    url: str
    pid: int

    def posts(self) -> int:
        with urllib.request.urlopen(f"{self.url}/stats") as answer:
            return int(json.load(answer)["posts"])


@contextmanager
def fake_graph(latency_ms: float) -> Iterator[Graph]:
    """Raises:
    NotAvailable: there is no C compiler.
    """
    port = machine.free_port()
    command = [kit.tool("fake_graph"), "-p", str(port), "-l", str(round(latency_ms * 1000))]
    with machine.running(command) as process:
        machine.wait_for_port(port)
        yield Graph(f"http://127.0.0.1:{port}", process.pid)
