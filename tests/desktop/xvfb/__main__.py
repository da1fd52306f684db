"""``python -m tests.desktop.xvfb``: the whole life of the desktop, by hand, with its figures and pictures.

``python -m tests.desktop.xvfb link`` links a pretend phone instead, with a picture of each state.
"""

from __future__ import annotations

import json
import sys

from tests.desktop.xvfb.machine import SCREENS
from tests.desktop.xvfb.run import StoryFailed, linking, whole_life


def main() -> int:
    try:
        if sys.argv[1:] == ["link"]:
            linking()
            print(f"Pictures: {SCREENS}")
            return 0
        outcome = whole_life()
    except StoryFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    print(json.dumps(outcome.told, indent=1, ensure_ascii=False))
    print(
        *(line for line in outcome.log.splitlines() if "stood still" in line or "seen after" in line),
        sep="\n",
    )
    print(f"Pictures: {SCREENS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
