"""``python3 -m installers run|test|demo`` on a machine with nothing but Python. Only the standard library."""

from __future__ import annotations

import importlib
import sys

from installers import python_version

HELP = """\
usage: python3 -m installers run [OPTIONS OF ENGINE UP]
       python3 -m installers test [OPTIONS OF PYTEST]
       python3 -m installers demo [--recipients N] [--json]

  run   install what is missing into .venv and start Master IA here: its window, or, without a
        display or with options, its engine alone
  test  install what the tests need, then check style, types, imports and behavior
  demo  show the main job on a throw-away data folder, without any account
"""


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    if not arguments or arguments[0] not in {"run", "test", "demo"}:
        asked = bool({"-h", "--help"} & set(arguments[:1]))
        print(HELP, end="", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    python_version.require()
    # Only now: an older Python could not even import the rest.
    commands = importlib.import_module("installers.commands")
    try:
        return int(commands.COMMANDS[arguments[0]](arguments[1:]))
    except commands.CannotInstall as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
