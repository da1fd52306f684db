"""``campaign``: a message to each of 20,000 people on the full ledger, beside the stack and a bare loop.

Everybody posts to the same fake Graph API, which answers at once or after 5 ms. Ours is the worker process:
measured is the time from the commit that opened the sending to the commit of the last outcome. Writing the
recipients down before, and filing the messages into the timelines after, is what the peers do not do;
figures of their own tell how long that takes. The Node stack is measured from its first query to its last
update, with its recipients written before. The bare loop keeps nothing.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import UUID

from engine import runtime
from engine.campaigns import service
from engine.campaigns.service import Draft
from tests.benchmarks import kit, machine, report
from tests.benchmarks.machine import CpuClock, Measured
from tests.benchmarks.peers.node import NodeStack, node_stack
from tests.benchmarks.product import Product, install
from tests.benchmarks.report import Figure
from tests.benchmarks.services import Graph, Options, Say, fake_graph, interleaved, open_bench

RECIPIENTS, MANY = 20_000, 200_000
ROUNDS = 3
LATENCIES = (0.0, 5.0)
STACK_RATIO, LOOP_RATIO, GROWTH = 4.0, 0.6, 1.15
TEMPLATE = {
    "type": "template",
    "name": "promo",
    "language": "pt_BR",
    "body": "Olá {{nome}}, 10% para você",
    "components": [
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "{{nome}}"}, {"type": "text", "text": "10%"}],
        }
    ],
}
_STATE = "SELECT state FROM campaign WHERE id = %s"
UNDER_WAY = """
    SELECT EXISTS (SELECT FROM campaign_recipient WHERE company_id = %(company)s AND campaign_id = %(id)s
                   AND state = 'pending')
        OR EXISTS (SELECT FROM attempt WHERE company_id = %(company)s AND campaign_id = %(id)s
                   AND state IN ('dispatching', 'uncertain'))
"""
_ACCEPTED = "SELECT count(*) FROM attempt WHERE campaign_id = %s AND state = 'accepted'"


@dataclass(frozen=True, slots=True)
class Dispatched:
    """One campaign of ours: the sending itself, and what came before and after it."""

    sending: Measured
    freezing_seconds: float
    finishing_seconds: float


def run(options: Options, say: Say) -> list[Figure]:
    count = options.pick(RECIPIENTS, 1_000)
    with open_bench(options, say) as bench, ExitStack() as stack:
        product = install(bench)
        node, why_not = kit.available(stack, node_stack(bench))
        figures: list[Figure] = []
        for latency in LATENCIES:
            with fake_graph(latency) as graph:
                runs = _Runs(product.facing(graph.url), graph, node, count)
                figures += _figures(runs.measure(options.rounds or ROUNDS), latency, why_not)
                if not latency:
                    figures.append(_growth(runs, options.pick(MANY, 5_000)))
        return figures


def dispatch(product: Product, count: int, graph: Graph) -> Dispatched:
    """Send a campaign to ``count`` people through the worker process."""
    product.empty()
    product.add_contacts(count)
    before = graph.posts()
    with product.worker() as worker, product.watching() as ask:
        clock = CpuClock(postgres=product.bench.postgres.pid, worker=worker.pid)
        started, campaign_id = time.perf_counter(), asyncio.run(start_campaign(product))
        wait_for_start(ask, campaign_id)
        opened = time.perf_counter()
        values = {"company": product.company_id, "id": campaign_id}
        machine.wait_until(
            lambda: not ask(UNDER_WAY, values), seconds=900, what="the last outcome", every=0.05
        )
        sent, cpu = time.perf_counter(), clock.used()
        machine.wait_until(
            lambda: ask(_STATE, campaign_id) == "completed", seconds=300, what="the end", every=0.01
        )
        completed = time.perf_counter()
        posts, accepted = graph.posts() - before, ask(_ACCEPTED, campaign_id)
    assert posts == accepted == count, f"{posts} posts, {accepted} accepted, {count} recipients"
    return Dispatched(Measured(count, sent - opened, cpu), opened - started, completed - sent)


def wait_for_start(ask: Callable[..., Any], campaign_id: UUID) -> None:
    """Until everybody is written down and the sending is open."""
    machine.wait_until(
        lambda: ask(_STATE, campaign_id) not in ("draft", "queued"), seconds=300, what="the start", every=0.01
    )


async def start_campaign(product: Product) -> UUID:
    """Write to every contact; the worker does the rest."""
    engine = await runtime.open_engine(product.settings, runtime.Part.COMMAND)
    draft = Draft(
        name="Benchmark", channel_id=product.channel_id, content=TEMPLATE, audience={"everyone": True}
    )
    try:
        async with engine.unit_of_work(product.company_id) as uow:
            campaign_id = (await service.create(uow, draft)).id
        async with engine.unit_of_work(product.company_id) as uow:
            await service.start(uow, campaign_id)
        return campaign_id
    finally:
        await engine.close()


class _Runs:
    """Everybody's measurements against one stand-in for Meta."""

    def __init__(self, product: Product, graph: Graph, node: NodeStack | None, count: int) -> None:
        self.product, self.graph, self.count = product, graph, count
        self.ours: list[Dispatched] = []
        self.peers: dict[str, list[Measured]] = {"loop": []}
        self._node = node
        if node is not None:
            self.peers["node"] = []

    def measure(self, rounds: int) -> _Runs:
        for name in interleaved(["ours", *self.peers], rounds):
            self.product.bench.say(f"campaign: {name}")
            self._one(name)
        return self

    def rate(self) -> float:
        return median(one.sending.rate for one in self.ours)

    def peer_rate(self, name: str) -> float:
        return median(one.rate for one in self.peers[name])

    def _one(self, name: str) -> None:
        if name == "ours":
            self.ours.append(dispatch(self.product, self.count, self.graph))
        elif name == "node" and self._node is not None:
            self.peers["node"].append(self._node.dispatch(self.count, self.graph))
        else:
            self.peers["loop"].append(_bare_loop(self.graph, self.count))


def _bare_loop(graph: Graph, count: int) -> Measured:
    command = [sys.executable, "-m", "tests.benchmarks.peers.bare_loop", graph.url, count]
    return Measured.of(machine.answer_of(command, folder=kit.ROOT), CpuClock())


def _figures(runs: _Runs, latency: float, why_not: str) -> list[Figure]:
    where, unit, ours = f"{latency:g} ms provider", "messages/s", runs.rate()
    name = f"campaign dispatch, {where}"
    loop = ("bare aiohttp loop, nothing kept", runs.peer_rate("loop"))
    figures = [
        report.versus(f"{name}, beside a bare loop", ours, unit, loop, at_least=LOOP_RATIO),
        _median(f"writing the recipients down, {where}", runs, lambda one: one.freezing_seconds),
        _median(f"from the last outcome to completed, {where}", runs, lambda one: one.finishing_seconds),
    ]
    if "node" not in runs.peers:
        return [report.without_peer(name, ours, unit, why_not, at_least=STACK_RATIO), *figures]
    stack = ("BullMQ + axios", runs.peer_rate("node"))
    cpu = ("BullMQ + axios", median(one.cpu_microseconds for one in runs.peers["node"]))
    cpu_ours = median(one.sending.cpu_microseconds for one in runs.ours)
    return [
        report.versus(name, ours, unit, stack, at_least=STACK_RATIO),
        *figures,
        report.versus(f"CPU of dispatch, databases included, {where}", cpu_ours, "µs", cpu, at_least=None),
    ]


def _median(name: str, runs: _Runs, of: Callable[[Dispatched], float]) -> Figure:
    return report.shown(name, median(of(one) for one in runs.ours), "s")


def _growth(runs: _Runs, many: int) -> Figure:
    """What a recipient costs in a campaign ten times as large."""
    runs.product.bench.say(f"campaign: ours with {many:,} recipients")
    few = 1e6 / runs.rate()
    cost = 1e6 / dispatch(runs.product, many, runs.graph).sending.rate
    peer = (f"{runs.count:,} recipients", few)
    return report.no_more_than(f"time per recipient of {many:,}", cost, "µs", peer, most=GROWTH)
