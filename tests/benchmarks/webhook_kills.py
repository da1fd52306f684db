"""What survives: the server is killed 20 times and PostgreSQL stopped at once 5 times while webhooks come in.

A sender keeps posting at a steady rate and lists every message it got a 200 for. In the end each of them
must be a message in the inbox. What was not acknowledged may be there or not: the vendor would send it
again.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time

import psycopg

from tests.benchmarks import hooks, machine, report
from tests.benchmarks.hooks import Answers, Load
from tests.benchmarks.product import Product
from tests.benchmarks.report import Figure

SERVER_KILLS, DATABASE_STOPS = 20, 5
#: Webhooks per second, and how long it could go on at most.
RATE, LONGEST = 1_000, 400
SERIES = 7_000
_PENDING = "SELECT count(*) FROM webhook_pending"
_KEPT = "SELECT provider_message_id FROM message WHERE company_id = %s"


def run(product: Product) -> list[Figure]:
    """The figures of one such storm."""
    options = product.bench.options
    kills, stops = options.pick(SERVER_KILLS, 3), options.pick(DATABASE_STOPS, 1)
    product.bench.say(f"webhook: {kills} kills of the server, {stops} immediate stops of PostgreSQL")
    product.empty()
    answers, lost = _storm(product, ["server"] * kills + ["database"] * stops)
    told = f"{answers.failures:,} connections lost, {answers.refused:,} webhooks refused"
    return [
        report.at_most(
            f"acknowledged webhooks lost over {kills} kills and {stops} stops", lost, "webhooks", 0
        ),
        report.shown("webhooks acknowledged meanwhile", answers.acknowledged, "webhooks", told),
    ]


def _storm(product: Product, blows: list[str]) -> tuple[Answers, int]:
    dice = random.Random(product.bench.options.seed)
    dice.shuffle(blows)
    file = product.bench.folder / "acknowledged"
    load = Load(
        product.settings.public_port, "/hooks/meta", RATE * LONGEST, SERIES, rate=RATE, acknowledged=file
    )
    with product.worker() as worker:
        server = product.start_server()
        sender = hooks.start(load)
        for blow in blows:
            time.sleep(dice.uniform(0.3, 1.2))
            server = _strike(product, blow, server)
        time.sleep(1)
        sender.send_signal(signal.SIGTERM)
        answers = hooks.finish(sender)
        wait_for_effects(product)
        assert worker.poll() is None, "the worker did not survive"
        machine.stop(server)
    return answers, _lost(product, file.read_text().split())


def _strike(product: Product, blow: str, server: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """One blow, and back on our feet as the supervisor would have it. Returns the server that runs then."""
    if blow == "database":
        product.bench.postgres.stop("immediate")
        product.bench.postgres.start()
        return server
    server.kill()
    server.wait()
    return product.start_server()


def wait_for_effects(product: Product) -> None:
    """Until every stored webhook was processed."""
    with product.watching() as ask:
        machine.wait_until(
            lambda: not ask(_PENDING), seconds=300, what="what was stored to take effect", every=0.2
        )


def _lost(product: Product, acknowledged: list[str]) -> int:
    with psycopg.connect(product.bench.all_seeing_dsn) as connection:
        kept = {row[0] for row in connection.execute(_KEPT, (product.company_id,))}
    return len(set(acknowledged) - kept)
