"""``python -m tests.conformance linked [--engine NAME] [--only SCENARIO …] [--json]``

Every engine plays every scenario on a stage of its own. ``--json`` prints only
``{engines: {name: {scenario: true, or why not}}, ok}``; the exit code is 0 when all is true.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from engine.providers.linked.protocol import EngineName
from tests.conformance import death, everyday, seldom, trouble, trust
from tests.conformance.scenario import SCENARIOS, Play
from tests.conformance.stage import Command, baileys, on_stage, whatsmeow

#: Seconds of one scenario; the thousand drops need most of it on a busy machine.
LONGEST = 900

ROOMS = (everyday, trouble, seldom, death, trust)


#: How each engine is started here.
ENGINES: dict[EngineName, Command] = {EngineName.WHATSMEOW: whatsmeow, EngineName.BAILEYS: baileys}


async def play(engine: EngineName, command: Command, scenario: Play, folder: Path) -> bool | str:
    try:
        async with asyncio.timeout(LONGEST), on_stage(engine, command, folder) as stage:
            await scenario(stage)
    except Exception as error:
        said = str(error).splitlines()
        return f"{type(error).__name__}: {said[0][:300]}" if said else type(error).__name__
    return True


async def run(names: list[EngineName], only: list[str], quiet: bool) -> dict[str, dict[str, bool | str]]:
    told: dict[str, dict[str, bool | str]] = {}
    for engine, command in ENGINES.items():
        if names and engine not in names:
            continue
        table = told[engine.value] = {}
        for name, scenario in SCENARIOS.items():
            if only and name not in only:
                continue
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="master-ia-conformance-") as folder:
                table[name] = await play(engine, command, scenario, Path(folder))
            if not quiet:
                verdict = "ok" if table[name] is True else table[name]
                sys.stdout.write(f"{engine:10} {name:55} {verdict}  {time.monotonic() - began:.1f} s\n")
                sys.stdout.flush()
    return told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("suite", choices=["linked"])
    parser.add_argument("--engine", action="append", type=EngineName, default=[])
    parser.add_argument("--only", action="append", default=[], choices=sorted(SCENARIOS))
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    told = asyncio.run(run(chosen.engine, chosen.only, chosen.json))
    ok = bool(told) and all(verdict is True for table in told.values() for verdict in table.values())
    if chosen.json:
        sys.stdout.write(json.dumps({"engines": told, "ok": ok}, indent=2) + "\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
