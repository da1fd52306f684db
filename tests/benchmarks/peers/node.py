"""The usual stack of such a product: Node, Express, BullMQ on Redis, PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.benchmarks import kit, machine
from tests.benchmarks.machine import CpuClock, Measured
from tests.benchmarks.services import Bench, Graph, Redis, redis_server

IN_FLIGHT = 64
_RECIPIENTS = (
    "INSERT INTO recipient (campaign_id, phone, name)"
    " SELECT 1, '5511' || (900000000 + n), 'Cliente ' || n FROM generate_series(1, %s) n"
)


@dataclass(frozen=True, slots=True)
class NodeStack:
    """The peer's programs beside a bench's PostgreSQL and a Redis of their own."""

    bench: Bench
    redis: Redis
    folder: Path

    def dispatch(self, count: int, graph: Graph, *, client: str = "axios") -> Measured:
        """Send a campaign and keep each recipient's state; from the first query to the last update."""
        self.prepare_campaign(count)
        clock, before = self.clock(), graph.posts()
        answer = machine.answer_of(
            ["node", "campaign.mjs"], folder=self.folder, environment=self.campaign_environment(graph, client)
        )
        posts = graph.posts() - before
        assert posts == count, f"{posts} posts for {count} recipients"
        return Measured.of(answer, clock)

    @contextmanager
    def sending(self, graph: Graph, *, rate: int) -> Iterator[subprocess.Popen[bytes]]:
        """The prepared campaign at a pace, through the faster client; its answer is on standard output."""
        environment = os.environ | self.campaign_environment(graph, "undici", rate=rate)
        command = ["node", "campaign.mjs"]
        with subprocess.Popen(command, cwd=self.folder, env=environment, stdout=subprocess.PIPE) as process:
            try:
                yield process
            finally:
                process.kill()

    def prepare_campaign(self, count: int) -> None:
        self.reset()
        with psycopg.connect(self.bench.peer_dsn, autocommit=True) as connection:
            connection.execute("INSERT INTO campaign (id, name) VALUES (1, 'now')")
            connection.execute(_RECIPIENTS, (count,))
            connection.execute("VACUUM ANALYZE recipient")
        self.bench.settle()

    def campaign_environment(self, graph: Graph, client: str, *, rate: int = 0) -> dict[str, str]:
        in_flight = IN_FLIGHT * 2 if rate else IN_FLIGHT
        return self.environment() | {
            "GRAPH": graph.url,
            "CLIENT": client,
            "CONCURRENCY": str(in_flight),
            "RATE": str(rate),
        }

    def import_contacts(self, file: Path) -> Measured:
        """Import a file into the empty contact table."""
        self.reset()
        self.bench.settle()
        environment = self.environment() | {"FILE": str(file)}
        clock = self.clock()
        answer = machine.answer_of(["node", "import.mjs"], folder=self.folder, environment=environment)
        return Measured.of(answer, clock)

    @contextmanager
    def webhook(self, secret: str) -> Iterator[tuple[int, Callable[[], CpuClock]]]:
        """Server and worker; gives the port, and who starts a clock over both."""
        port = machine.free_port()
        environment = self.environment() | {"PORT": str(port), "SECRET": secret}
        program = ["node", "webhook.mjs"]
        with (
            machine.running(
                program, folder=self.folder, environment=environment | {"ROLE": "worker"}
            ) as worker,
            machine.running(
                program, folder=self.folder, environment=environment | {"ROLE": "server"}
            ) as server,
        ):
            machine.wait_for_port(port)
            yield port, lambda: self.clock(server=server.pid, worker=worker.pid)

    def stored_messages(self) -> int:
        return self.count("SELECT count(*) FROM message")

    def count(self, query: str) -> int:
        with psycopg.connect(self.bench.peer_dsn) as connection:
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def clock(self, **programs: int) -> CpuClock:
        return CpuClock(postgres=self.bench.postgres.pid, redis=self.redis.pid, **programs)

    def environment(self) -> dict[str, str]:
        return {"DATABASE": self.bench.peer_dsn, "REDIS": self.redis.url, "NODE_ENV": "production"}

    def reset(self) -> None:
        self.bench.reset_peer()
        self.redis.empty()


@contextmanager
def node_stack(bench: Bench) -> Iterator[NodeStack]:
    """Raises:
    NotAvailable: Node, npm, its packages or Redis cannot be had.
    """
    bench.say("Preparing the Node peers")
    folder = kit.node_folder()
    with redis_server(bench.folder) as redis:
        yield NodeStack(bench, redis, folder)
