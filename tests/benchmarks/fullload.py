"""``fullload``: one number at Meta's ceiling for two minutes, everything at once, on two cores.

A campaign goes out at 1,000 messages a second to a Graph API that takes 50 ms, while 3,000 statuses and 300
replies a second come in as open loops: they are due at their moment, whether or not the last one was
answered. The statuses are of an earlier campaign, so that each one has an effect of its own.

A status is *visible* when a reader on another connection sees its effect. Such a reader looks again and
again, every 5 ms or so, for one status in a hundred, and notes when it first sees each; the latency is that
moment less the moment the status was due, on the same system clock. It errs towards too long, by at most
the reader's own pause. The peer is measured in the same way, for a shorter time: it falls further behind
the longer it lasts.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg

from tests.benchmarks import hooks, kit, machine, report
from tests.benchmarks.campaign import UNDER_WAY, start_campaign, wait_for_start
from tests.benchmarks.eye import Eye
from tests.benchmarks.hooks import Answers, Load
from tests.benchmarks.machine import CpuClock
from tests.benchmarks.peers.node import NodeStack, node_stack
from tests.benchmarks.product import APP_SECRET, Product, install
from tests.benchmarks.report import Figure
from tests.benchmarks.services import Graph, Options, Say, fake_graph, open_bench
from tests.benchmarks.webhook_kills import wait_for_effects

RATE, STATUSES, REPLIES = 1_000, 3, 0.3
SECONDS, PEER_SECONDS = 120, 15
LATENCY_MS = 50.0
SHARE = 0.99
MEDIAN_MS, P99_MS = 100, 250
#: One status in so many is watched.
SAMPLE = 100
SERIES_OF_STATUSES, SERIES_OF_REPLIES = 70, 80
#: Together fewer than the public listener lets in.
STATUS_CONNECTIONS, REPLY_CONNECTIONS = 96, 32
PATIENCE = 240

_EARLIER = """
    WITH earlier AS (
        INSERT INTO campaign (company_id, id, channel_id, name, state, misfire, content, audience, planned)
        VALUES (%(company)s, gen_random_uuid(), %(channel)s, 'Earlier', 'completed', 'ask', '{}', '{}',
                %(count)s)
        RETURNING id
    ), people AS (
        SELECT n, earlier.id AS campaign_id, '5511' || (900000000 + n) AS number,
               (%(prefix)s || lpad(to_hex(n), 12, '0'))::uuid AS id
        FROM earlier, generate_series(0, %(count)s - 1) n
    ), written AS (
        INSERT INTO campaign_recipient
            (company_id, id, campaign_id, address_kind, address, match_key, body, state)
        SELECT %(company)s, id, campaign_id, 'phone', '+' || number, number, 'Oi', 'dispatched' FROM people
    )
    INSERT INTO attempt (company_id, id, channel_id, campaign_id, recipient_id, address_kind, address, state,
                         epoch, resolved_at, provider_message_id)
    SELECT %(company)s, id, %(channel)s, campaign_id, id, 'phone', '+' || number, 'accepted', 0, now(),
           'wamid.OUT' || lpad(%(series)s::text, 10, '0') || lpad(n::text, 10, '0')
    FROM people
"""
_EARLIER_OF_PEER = """
    INSERT INTO recipient (campaign_id, phone, name, status, wamid, sent_at)
    SELECT 2, '5511' || (900000000 + n), 'Cliente ' || n, 'sent',
           'wamid.OUT' || lpad(%(series)s::text, 10, '0') || lpad(n::text, 10, '0'), now()
    FROM generate_series(0, %(count)s - 1) n
"""
_SEEN = "SELECT id FROM attempt WHERE company_id = '{}' AND id = ANY(%(keys)s) AND receipt IS NOT NULL"
_SEEN_BY_PEER = "SELECT wamid FROM recipient WHERE wamid = ANY(%(keys)s) AND status = 'delivered'"
_WITHOUT_EFFECT = """
    SELECT (SELECT count(*) FROM attempt WHERE epoch = 0 AND receipt IS NULL)
         + %s - (SELECT count(*) FROM message WHERE direction = 'inbound')
"""


@dataclass(frozen=True, slots=True)
class Held:
    """How one side held out."""

    dispatched: float
    statuses: Answers
    replies: Answers
    #: Milliseconds from due to visible, sorted.
    delays: list[float]
    #: Events that never had their effect.
    without_effect: int
    cores: float


def run(options: Options, say: Say) -> list[Figure]:
    with open_bench(options, say) as bench, ExitStack() as stack:
        graph = stack.enter_context(fake_graph(LATENCY_MS))
        node, why_not = kit.available(stack, node_stack(bench))
        peer = None
        if node is not None:
            say("fullload: Express + BullMQ")
            peer = _theirs(node, graph, options.pick(PEER_SECONDS, 5))
        product = install(bench).facing(graph.url)
        seconds = options.pick(SECONDS, 10)
        say(f"fullload: ours for {seconds} s")
        return _figures(_ours(product, seconds), peer, why_not)


def _ours(product: Product, seconds: int) -> Held:
    messages = RATE * seconds
    _prepare(product, messages)
    keys = [_attempt_id(k) for k in range(0, messages * STATUSES, SAMPLE)]
    watch = Eye(
        product.bench.all_seeing_dsn, _SEEN.format(product.company_id), keys, RATE * STATUSES / SAMPLE
    )
    with product.worker() as worker, product.server() as server, product.watching() as ask:
        pids = {"postgres": product.bench.postgres.pid, "worker": worker.pid, "server": server.pid}
        campaign_id = asyncio.run(start_campaign(product))
        wait_for_start(ask, campaign_id)
        # Only now: the listener does not keep connections that stay silent for long.
        with _loads(product.settings.public_port, "/hooks/meta", seconds) as loads:
            began, clock = time.perf_counter(), CpuClock(**pids)
            _release(loads, watch)
            values = {"company": product.company_id, "id": campaign_id}
            machine.wait_until(
                lambda: not ask(UNDER_WAY, values), seconds=seconds + PATIENCE, what="the last outcome"
            )
            dispatched = messages / (time.perf_counter() - began)
            statuses, replies = (hooks.finish(load) for load in loads)
            cores = sum(clock.used().values()) / (time.perf_counter() - began)
            _wait_for(watch)
        wait_for_effects(product)
        missing = int(ask(_WITHOUT_EFFECT, replies.requests))
    return Held(dispatched, statuses, replies, _delays(watch, keys, statuses), missing, cores)


def _theirs(node: NodeStack, graph: Graph, seconds: int) -> Held:
    messages = RATE * seconds
    keys = [f"wamid.OUT{SERIES_OF_STATUSES:010d}{k:010d}" for k in range(0, messages * STATUSES, SAMPLE)]
    watch = Eye(node.bench.peer_dsn, _SEEN_BY_PEER, keys, RATE * STATUSES / SAMPLE)
    with node.webhook(APP_SECRET) as (port, clock_from_now):
        _prepare_peer(node, messages)
        with _loads(port, "/webhook", seconds) as loads, node.sending(graph, rate=RATE) as sender:
            began, clock = time.perf_counter(), clock_from_now()
            _release(loads, watch)
            statuses, replies = (hooks.finish(load) for load in loads)
            answer = machine.parse_answer(sender.communicate(timeout=PATIENCE)[0])
            used = sum(clock.used().values()) + answer["cpu_seconds"]
            cores = used / (time.perf_counter() - began)
            _wait_for(watch)
    return Held(
        messages / answer["seconds"], statuses, replies, _delays(watch, keys, statuses), watch.missing, cores
    )


def _prepare(product: Product, messages: int) -> None:
    """An earlier campaign whose statuses come in, people for the one to send, and the number at its pace."""
    product.empty()
    values = {
        "company": product.company_id,
        "channel": product.channel_id,
        "count": messages * STATUSES,
        "series": SERIES_OF_STATUSES,
        "prefix": str(_attempt_id(0))[:-12],
    }
    with psycopg.connect(product.bench.all_seeing_dsn, autocommit=True) as connection:
        connection.execute(_EARLIER, values)
        connection.execute("UPDATE channel SET rate = %s", (RATE,))
        connection.execute("VACUUM ANALYZE attempt, campaign_recipient")
    product.add_contacts(messages)
    product.bench.settle()


def _prepare_peer(node: NodeStack, messages: int) -> None:
    """The same for the peer."""
    node.prepare_campaign(messages)
    with psycopg.connect(node.bench.peer_dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO campaign (id, name) VALUES (2, 'earlier')")
        connection.execute(_EARLIER_OF_PEER, {"series": SERIES_OF_STATUSES, "count": messages * STATUSES})
        connection.execute("VACUUM ANALYZE recipient")
    node.bench.settle()


def _attempt_id(k: int) -> UUID:
    """The token the load generator puts into status number ``k``."""
    return UUID(f"{SERIES_OF_STATUSES:08x}-0000-7000-8000-{k:012x}")


@contextmanager
def _loads(port: int, path: str, seconds: int) -> Iterator[tuple[subprocess.Popen[bytes], ...]]:
    """Statuses and replies, ready to be released."""
    messages = RATE * seconds
    statuses = Load(
        port,
        path,
        messages * STATUSES,
        SERIES_OF_STATUSES,
        connections=STATUS_CONNECTIONS,
        rate=RATE * STATUSES,
        statuses=True,
    )
    replies = Load(
        port,
        path,
        round(messages * REPLIES),
        SERIES_OF_REPLIES,
        connections=REPLY_CONNECTIONS,
        rate=RATE * REPLIES,
    )
    processes = tuple(hooks.prepare(load) for load in (statuses, replies))
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()


def _release(loads: tuple[subprocess.Popen[bytes], ...], watch: Eye) -> None:
    for load in loads:
        hooks.release(load)
    watch.start()


def _wait_for(watch: Eye) -> None:
    """Until everything watched was seen, or nothing new appears any more."""
    deadline = time.monotonic() + PATIENCE
    while watch.missing and time.monotonic() < deadline:
        time.sleep(0.1)
    watch.close()


def _delays(watch: Eye, keys: list[UUID] | list[str], statuses: Answers) -> list[float]:
    """What was never seen counts as seen when the watching ended."""
    end = time.time()
    return sorted(
        1000 * (watch.seen.get(key, end) - statuses.started_at - k * SAMPLE / (RATE * STATUSES))
        for k, key in enumerate(keys)
    )


def _figures(ours: Held, peer: Held | None, why_not: str) -> list[Figure]:
    stack = "Express + BullMQ + undici"

    def beside(value: float | None) -> str:
        return f"not available: {why_not}" if value is None else f"{stack}: {value:,.0f}"

    def rate(name: str, value: float, target: float, peers: float | None) -> Figure:
        return report.at_least(name, value, "per second", SHARE * target, peer=beside(peers))

    def delay(share: float, most: float) -> Figure:
        name = f"status due to visible, p{share * 100:g}"
        peers = peer and report.percentile(peer.delays, share)
        return report.at_most(name, report.percentile(ours.delays, share), "ms", most, peer=beside(peers))

    return [
        rate("messages dispatched", ours.dispatched, RATE, peer and peer.dispatched),
        rate("statuses answered", ours.statuses.rate, RATE * STATUSES, peer and peer.statuses.rate),
        rate("replies answered", ours.replies.rate, RATE * REPLIES, peer and peer.replies.rate),
        delay(0.5, MEDIAN_MS),
        delay(0.99, P99_MS),
        report.at_most("events refused", ours.statuses.refused + ours.replies.refused, "events", 0),
        report.at_most("events without effect", ours.without_effect, "events", 0),
        report.shown("cores used, PostgreSQL included", ours.cores, "cores", beside(peer and peer.cores)),
    ]
