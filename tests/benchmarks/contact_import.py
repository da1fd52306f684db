"""``import``: a million contacts with repeated, misspelt and missing numbers, beside Node and an ORM.

Everybody reads the same file into empty tables of the same server. The Node peer writes one table of
contacts by phone; ours and the ORM write contacts and identities under row-level security, and a missing
ninth digit makes no second person. ``COPY`` of the raw file into a bare table shows what PostgreSQL can
take at all.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import psycopg

from tests.benchmarks import contact_file, kit, machine, report
from tests.benchmarks.machine import CpuClock, Measured
from tests.benchmarks.peers.node import NodeStack, node_stack
from tests.benchmarks.product import Product, install
from tests.benchmarks.report import Figure
from tests.benchmarks.services import Options, Say, interleaved, open_bench

ROWS, ORM_ROWS = 1_000_000, 50_000
ROUNDS = 2
NODE_RATIO, ORM_RATIO = 3.0, 6.0
MOST_MEGABYTES = 300
_BLOCK = 1 << 20


def run(options: Options, say: Say) -> list[Figure]:
    rows = options.pick(ROWS, 20_000)
    with open_bench(options, say) as bench, ExitStack() as stack:
        file = bench.folder / "contacts.csv"
        contact_file.write(file, rows, seed=options.seed)
        product = install(bench)
        node, why_not = kit.available(stack, node_stack(bench))
        return _figures(_Results(product, file, rows).measure(node), why_not)


class _Results:
    """What everybody needed for it, and our child's memory."""

    def __init__(self, product: Product, file: Path, rows: int) -> None:
        self.product, self.file, self.rows = product, file, rows
        self.runs: dict[str, list[Measured]] = {"ours": [], "orm": [], "copy": []}
        self.megabytes: list[float] = []
        self.told = ""

    def measure(self, node: NodeStack | None) -> _Results:
        one = {"ours": self._ours, "orm": self._orm, "copy": self._copy}
        if node is not None:
            self.runs["node"] = []
            one["node"] = lambda: node.import_contacts(self.file)
        bench = self.product.bench
        for name in interleaved(list(self.runs), bench.options.rounds or ROUNDS):
            bench.say(f"import: {name}")
            self.product.empty()
            bench.settle()
            self.runs[name].append(one[name]())
        return self

    def rate(self, name: str) -> float:
        return median(run.rate for run in self.runs[name])

    def cpu(self, name: str) -> float:
        return median(run.cpu_microseconds for run in self.runs[name])

    def _ours(self) -> Measured:
        clock = self._clock()
        answer = machine.answer_of(
            [sys.executable, "-m", "tests.benchmarks.import_child", self.file, self.product.company_id],
            environment=self.product.environment,
            folder=kit.ROOT,
        )
        assert answer["count"] == self.rows, answer
        self.megabytes.append(answer["peak_megabytes"])
        words = ("created", "duplicates", "invalid")
        self.told = ", ".join(f"{answer[word]:,} {word}" for word in words)
        return Measured.of(answer, clock)

    def _orm(self) -> Measured:
        environment = {
            "DATABASE": self.product.bench.postgres.app_dsn,
            "COMPANY": str(self.product.company_id),
        }
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.peers.orm_import",
            self.file,
            min(self.rows, ORM_ROWS),
        ]
        clock = self._clock()
        return Measured.of(machine.answer_of(command, environment=environment, folder=kit.ROOT), clock)

    def _copy(self) -> Measured:
        with psycopg.connect(self.product.bench.peer_dsn, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS bare")
            connection.execute(
                "CREATE UNLOGGED TABLE bare (nome text, telefone text, email text, cidade text)"
            )
            start, clock = time.perf_counter(), self._clock()
            with (
                connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv, HEADER true)") as copy,
                self.file.open("rb") as file,
            ):
                while block := file.read(_BLOCK):
                    copy.write(block)
            return Measured(self.rows, time.perf_counter() - start, clock.used())

    def _clock(self) -> CpuClock:
        return CpuClock(postgres=self.product.bench.postgres.pid)


def _figures(results: _Results, why_not: str) -> list[Figure]:
    ours, name = results.rate("ours"), "contact import"
    orm = (f"SQLAlchemy objects, {min(results.rows, ORM_ROWS):,} rows", results.rate("orm"))
    copy = ("COPY into a bare table", results.rate("copy"))
    figures = [
        report.versus("contact import beside an ORM", ours, "rows/s", orm, at_least=ORM_RATIO),
        report.versus("share of a bare COPY", ours, "rows/s", copy, at_least=None),
        report.at_most("memory of the importing process", max(results.megabytes), "MB", MOST_MEGABYTES),
        report.shown("rows imported", results.rows, "rows", results.told),
    ]
    if "node" not in results.runs:
        return [report.without_peer(name, ours, "rows/s", why_not, at_least=NODE_RATIO), *figures]
    node = ("row-batched Node import", results.rate("node"))
    cpu = ("row-batched Node import", results.cpu("node"))
    return [
        report.versus(name, ours, "rows/s", node, at_least=NODE_RATIO),
        *figures,
        report.versus(
            "CPU of import, PostgreSQL included", results.cpu("ours"), "µs/row", cpu, at_least=None
        ),
    ]
