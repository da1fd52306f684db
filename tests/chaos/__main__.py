"""``python -m tests.chaos campaign --recipients 3000 --kills 40 --seed 1 --json``"""

from __future__ import annotations

import argparse
import json
import sys

from tests.chaos import campaign


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("case", choices=["campaign"])
    parser.add_argument("--recipients", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print only the result, as JSON")
    told = parser.parse_args()

    def tell(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    result = campaign.run(told.recipients, told.kills, told.seed, tell)
    print(json.dumps(result) if told.json else json.dumps(result, indent=2))
    sys.exit(0 if result["ok"] else 1)


if __name__ == "__main__":
    main()
