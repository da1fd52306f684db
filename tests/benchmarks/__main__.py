"""``python -m tests.benchmarks NAME [--json] [--quick] [--seed N] [--rounds N]``."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys

from rich.console import Console

from tests.benchmarks.kit import NotAvailable
from tests.benchmarks.machine import TimedOut
from tests.benchmarks.report import Figure, Report, missing
from tests.benchmarks.services import Options

BENCHMARKS = {
    "campaign": "campaign",
    "webhook": "webhook",
    "fullload": "fullload",
    "import": "contact_import",
    "coldstart": "coldstart",
    "desktop": "desktop",
    "linked": "linked",
}
#: The limits were set on a machine with two cores: a larger one may not use more.
CORES = 2


def main() -> int:
    asked = _arguments()
    console = Console(stderr=True)
    _use_cores(CORES)
    report = Report()
    for name in BENCHMARKS if asked.name == "all" else [asked.name]:
        console.rule(name)
        report.add(*_figures(name, Options(asked.quick, asked.seed, asked.rounds), console))
    if asked.json:
        print(report.as_json())
    else:
        report.show(Console())
    return 0 if report.ok else 1


def _figures(name: str, options: Options, console: Console) -> list[Figure]:
    """What a benchmark measured, or a missing figure that says why it could not."""
    benchmark = importlib.import_module(f"tests.benchmarks.{BENCHMARKS[name]}")
    try:
        figures: list[Figure] = benchmark.run(options, console.log)
    except NotAvailable as reason:
        return [missing(name, "", str(reason))]
    except (TimedOut, AssertionError, subprocess.SubprocessError) as error:
        console.print_exception()
        return [missing(name, "", f"it broke: {error}")]
    return figures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("name", choices=[*BENCHMARKS, "all"])
    parser.add_argument("--json", action="store_true", help="print only the figures, as JSON")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run, not how fast")
    parser.add_argument("--seed", type=int, default=1, help="of generated data and of kill times")
    parser.add_argument("--rounds", type=int, help="turns of everybody; medians are reported")
    return parser.parse_args()


def _use_cores(count: int) -> None:
    """On systems that allow it, this process and all it starts stay on the first cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


if __name__ == "__main__":
    sys.exit(main())
