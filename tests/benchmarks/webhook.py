"""``webhook``: signed webhooks verified, stored and answered at concurrency 64, beside Express + BullMQ.

Both sides run two processes: the peer's server and its worker, our server and our worker. *Answered* counts
200s while the load lasts. *Stored* counts messages that are in the database with their conversation brought
up to date, from the first post to the last such commit. The peer answers when Redis has the job; ours when
PostgreSQL has committed. The second part kills: see :mod:`tests.benchmarks.webhook_kills`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from tests.benchmarks import hooks, kit, machine, report, webhook_kills
from tests.benchmarks.hooks import Answers, Load
from tests.benchmarks.machine import CpuClock, Measured
from tests.benchmarks.peers.node import NodeStack, node_stack
from tests.benchmarks.product import APP_SECRET, Product, install
from tests.benchmarks.report import Figure
from tests.benchmarks.services import Options, Say, interleaved, open_bench

WEBHOOKS, WARM_UP = 20_000, 1_000
ROUNDS = 3
ANSWER_RATIO, STORE_RATIO = 3.5, 5.0
PATH = "/hooks/meta"
STACK = "Express + BullMQ"
_STORED = "SELECT count(*) FROM message WHERE company_id = %s"


@dataclass(frozen=True, slots=True)
class Taken:
    """One load: how it was answered, and how long until everything was stored."""

    answers: Answers
    stored: Measured


def run(options: Options, say: Say) -> list[Figure]:
    count = options.pick(WEBHOOKS, 2_000)
    with open_bench(options, say) as bench, ExitStack() as stack:
        product = install(bench)
        node, why_not = kit.available(stack, node_stack(bench))
        runs: dict[str, list[Taken]] = {"ours": []} | ({"node": []} if node else {})
        for turn, name in enumerate(interleaved(list(runs), options.rounds or ROUNDS)):
            say(f"webhook: {name}")
            series = 10 + turn
            runs[name].append(
                _theirs(node, count, series) if node and name == "node" else _ours(product, count, series)
            )
        return [*_figures(runs, why_not), *webhook_kills.run(product)]


def _ours(product: Product, count: int, series: int) -> Taken:
    product.empty()
    product.bench.settle()
    with product.worker() as worker, product.server() as server, product.watching() as ask:
        pids = {"postgres": product.bench.postgres.pid, "worker": worker.pid, "server": server.pid}
        load = Load(product.settings.public_port, PATH, count, series)
        return _measure(load, lambda: int(ask(_STORED, product.company_id)), lambda: CpuClock(**pids))


def _theirs(node: NodeStack, count: int, series: int) -> Taken:
    node.reset()
    node.bench.settle()
    with node.webhook(APP_SECRET) as (port, clock):
        return _measure(Load(port, "/webhook", count, series), node.stored_messages, clock)


def _measure(load: Load, stored: Callable[[], int], clock: Callable[[], CpuClock]) -> Taken:
    hooks.post(Load(load.port, load.path, WARM_UP, series=1))
    machine.wait_until(lambda: stored() >= WARM_UP, seconds=120, what="the warm-up to be stored")
    counting, start = clock(), time.perf_counter()
    answers = hooks.post(load)
    answers.must_be_clean()
    everything = load.count + WARM_UP
    machine.wait_until(lambda: stored() >= everything, seconds=600, what="the rest to be stored", every=0.05)
    seconds = time.perf_counter() - start
    assert stored() == everything
    return Taken(answers, Measured(load.count, seconds, counting.used()))


def _figures(runs: dict[str, list[Taken]], why_not: str) -> list[Figure]:
    def of(name: str, what: Callable[[Taken], float]) -> float:
        return median(what(one) for one in runs[name])

    def beside(name: str, unit: str, what: Callable[[Taken], float], least: float | None) -> Figure:
        if "node" in runs:
            return report.versus(name, of("ours", what), unit, (STACK, of("node", what)), at_least=least)
        if least is None:
            return report.shown(name, of("ours", what), unit)
        return report.without_peer(name, of("ours", what), unit, why_not, at_least=least)

    return [
        beside("webhooks acknowledged", "answers/s", lambda one: one.answers.rate, ANSWER_RATIO),
        beside("webhooks stored with their effects", "rows/s", lambda one: one.stored.rate, STORE_RATIO),
        beside("time to the answer, median", "ms", lambda one: one.answers.p50, None),
        beside("time to the answer, p99", "ms", lambda one: one.answers.p99, None),
        beside("CPU of a webhook, databases included", "µs", lambda one: one.stored.cpu_microseconds, None),
    ]
