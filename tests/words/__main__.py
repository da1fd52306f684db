"""``python -m tests.words``: bring the catalogue up to date with the source, and say what lacks Portuguese.

``--take FILE`` puts in translations from a JSON file ``{"message id": "tradução"}``; a plural's value is a
list of two, and a message with a context is named ``context|message id``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.words import catalogue


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.words")
    options.add_argument("--take", type=Path, action="append", default=[], help="a JSON file of translations")
    given = options.parse_args()
    words = catalogue.fresh(catalogue.load())
    for path in given.take:
        catalogue.take(words, json.loads(path.read_text("utf-8")))
    for path, content in catalogue.outputs(words).items():
        path.write_bytes(content)
    missing = catalogue.untranslated(words)
    print(f"{len(words)} messages, {len(missing)} without Portuguese")
    print(*(f"  {message!r}" for message in missing), sep="\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
