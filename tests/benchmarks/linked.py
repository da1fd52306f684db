"""``linked``: what one number held as a linked device costs and how quick it is, for either engine.

The hosts are the product's own processes, and the far end is the stand-in for WhatsApp with its people in
this process: so every rate includes what the stand-in spends on ciphers in Python. Records of the second
engine are kept in memory here; :mod:`tests.conformance` shows what both do, this says how fast.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from engine.providers.linked.baileys.program import NodeMissing
from engine.providers.linked.protocol import EngineName
from tests.benchmarks import linked_figures as measure
from tests.benchmarks import report
from tests.benchmarks.report import Figure
from tests.benchmarks.services import Options, Say
from tests.conformance.stage import Command, Stage, baileys, on_stage, whatsmeow

ENGINES: dict[EngineName, Command] = {EngineName.WHATSMEOW: whatsmeow, EngineName.BAILEYS: baileys}

MOST_MEGABYTES, MOST_GROWTH = 110, 5
MOST_LINK_SECONDS, MOST_DROP_SECONDS = 6, 2
LEAST_INBOUND, LEAST_OUTBOUND = 100, 60

NUMBERS, LINKS, DROPS = 5, 5, 20
MESSAGES, WARM_UP, GROWTH = 1_500, 2_000, 5_000


@dataclass(frozen=True, slots=True)
class _Sizes:
    numbers: int
    links: int
    drops: int
    messages: int
    warm_up: int
    growth: int


def run(options: Options, say: Say) -> list[Figure]:
    sizes = _Sizes(
        options.pick(NUMBERS, 2),
        options.pick(LINKS, 1),
        options.pick(DROPS, 3),
        options.pick(MESSAGES, 100),
        options.pick(WARM_UP, 50),
        options.pick(GROWTH, 200),
    )
    return [figure for engine in ENGINES for figure in _engine(engine, sizes, say)]


def _engine(engine: EngineName, sizes: _Sizes, say: Say) -> list[Figure]:
    figures: list[Figure] = []
    for play in (_linking, _memory, _traffic, _drops, _growth):
        say(f"linked: {engine}, {play.__name__.strip('_')}")
        try:
            figures += asyncio.run(_on_stage(engine, sizes, play))
        except NodeMissing as reason:
            return [report.missing(f"{engine}: everything", "", str(reason))]
    return figures


async def _on_stage(
    engine: EngineName, sizes: _Sizes, play: Callable[[Stage, _Sizes], Awaitable[list[Figure]]]
) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="masteria-bench-") as folder:
        async with on_stage(engine, ENGINES[engine], Path(folder)) as stage:
            return await play(stage, sizes)


async def _linking(stage: Stage, sizes: _Sizes) -> list[Figure]:
    times = [await measure.link(stage) for _ in range(sizes.links)]
    scanned = median(one.from_scan for one in times)
    whole = median(one.from_start for one in times)
    return [
        report.at_most(f"{stage.engine}: link to open, from the scan", scanned, "s", MOST_LINK_SECONDS),
        report.shown(f"{stage.engine}: the same from the host's start", whole, "s"),
    ]


async def _memory(stage: Stage, sizes: _Sizes) -> list[Figure]:
    held = await measure.memory_of_numbers(stage, sizes.numbers)
    name = f"{stage.engine}: memory per extra number, all its pages"
    return [
        report.at_most(name, held.resident, "MB", MOST_MEGABYTES),
        report.shown(f"{stage.engine}: the same, shared pages counted once", held.extra, "MB"),
    ]


async def _traffic(stage: Stage, sizes: _Sizes) -> list[Figure]:
    number = await stage.linked()
    inbound = await measure.inbound(number, sizes.messages)
    outbound = await measure.outbound(number, sizes.messages)
    return [
        report.at_least(f"{stage.engine}: inbound, one number", inbound, "messages/s", LEAST_INBOUND),
        report.at_least(f"{stage.engine}: outbound, one number", outbound, "messages/s", LEAST_OUTBOUND),
    ]


async def _drops(stage: Stage, sizes: _Sizes) -> list[Figure]:
    times = await measure.drops(await stage.linked(), sizes.drops)
    return [
        report.at_most(f"{stage.engine}: back after a drop, slowest", max(times), "s", MOST_DROP_SECONDS),
        report.shown(f"{stage.engine}: back after a drop, median", median(times), "s"),
    ]


async def _growth(stage: Stage, sizes: _Sizes) -> list[Figure]:
    number = await stage.linked()
    before, after = await measure.growth(number, sizes.warm_up, sizes.growth)
    name = f"{stage.engine}: memory grown over {sizes.growth:,} messages"
    return [
        report.at_most(name, 100 * (after / before - 1), "%", MOST_GROWTH),
        report.at_most(f"{stage.engine}: memory after them", after, "MB", MOST_MEGABYTES),
    ]
