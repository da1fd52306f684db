"""Show the main job on a throw-away appliance: contacts in, campaigns out, every message accounted for."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass, field
from typing import Annotated, Any

import aiohttp
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from engine.demo import people
from engine.demo.client import Api
from engine.demo.house import House, house
from engine.demo.story import Result, Story

console = Console(stderr=True, highlight=False, soft_wrap=True)

Recipients = Annotated[int, typer.Option(min=10, max=200_000, help="How many rows the contact file has.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print only the ledger, as JSON.")]


def command(recipients: Recipients = 2000, as_json: AsJson = False) -> None:
    """Runs without accounts and without cost: Meta and Twilio are played by the simulator."""
    with house() as home:
        console.print(f"The appliance stands after {home.started_in:.1f} s in a throw-away folder.")
        result = asyncio.run(_play(home, recipients))
    if as_json:
        sys.stdout.write(json.dumps(result.to_json()) + "\n")
    else:
        Console(highlight=False).print(_table(result))
    raise typer.Exit(0 if result.ok else 1)


@dataclass(slots=True)
class _Bars:
    """One bar a step, made when the step first tells of itself."""

    progress: Progress
    bars: dict[str, TaskID] = field(default_factory=dict)

    def tell(self, step: str, done: int, total: int) -> None:
        if step not in self.bars:
            self.bars[step] = self.progress.add_task(step, total=max(total, 1))
        self.progress.update(self.bars[step], completed=done, total=max(total, done, 1))


async def _play(home: House, recipients: int) -> Result:
    invented = people.invent(recipients)
    columns = (TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as http:
        with Progress(*columns, console=console) as progress:
            api, simulator = Api(http, home.private_url), Api(http, home.simulator_url)
            story = Story(api, simulator, invented, _Bars(progress).tell)
            await api.claim(home.secret)
            await story.connect()
            await story.bring_contacts(people.as_csv(invented))
            await story.hear_refusals()
            _show_plans(await story.plan())
            await story.send()
            return await story.count()


def _show_plans(plans: dict[str, dict[str, Any]]) -> None:
    for name, plan in plans.items():
        left = ", ".join(f"{reason} {people}" for reason, people in plan["skipped"].items()) or "nobody"
        console.print(
            f"Flight plan {name}: {plan['sending']} of {plan['planned']} people, "
            f"left out: {left}; about {plan['duration_seconds']:.0f} s at {plan['rate']:.0f}/s."
        )


def _table(result: Result) -> Table:
    table = Table(title="Ledger", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("Planned (rows of the file)", str(result.planned))
    for reason, rows in sorted(result.skipped.items()):
        table.add_row(f"  skipped: {reason}", str(rows))
    table.add_row("Accepted", str(result.accepted))
    table.add_row("  delivered", str(result.delivered))
    table.add_row("  read", str(result.read))
    table.add_row("  replied", str(result.replied))
    for reason, rows in sorted(result.failed.items()):
        table.add_row(f"Failed: {reason}", str(rows))
    table.add_row("Uncertain", str(result.uncertain))
    table.add_row("Duplicated (simulator's record)", str(result.duplicated), style=_color(result.duplicated))
    table.add_row("Lost", str(result.lost), style=_color(result.lost))
    table.add_row("Messages per second", f"{result.messages_per_second:.1f}")
    return table


def _color(bad: int) -> str:
    return "red" if bad else "green"
