"""A customer's list of contacts as CSV: numbers spelt in every way people spell them, many of them twice."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from engine.contacts.phone import AREA_CODES

HEADER = ("nome", "telefone", "email", "cidade")
#: Share of rows that repeat the number of an earlier row, in another spelling.
REPEATED = 0.05

_AREAS = sorted(AREA_CODES)
_CITIES = ("São Paulo, SP", "Recife, PE", "Curitiba, PR", "Belém, PA", "Goiânia, GO")


def write(file: Path, rows: int, *, seed: int) -> None:
    """The same seed gives the same file."""
    dice = random.Random(seed)
    numbers: list[tuple[str, str]] = []
    with file.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(HEADER)
        for row in range(rows):
            if numbers and dice.random() < REPEATED:
                area, mobile = dice.choice(numbers)
            else:
                area, mobile = dice.choice(_AREAS), f"9{dice.randint(60000000, 99999999)}"
                numbers.append((area, mobile))
            phone = _spelt(dice, area, mobile)
            out.writerow(
                (f"Cliente {row} da Silva", phone, f"cliente{row}@example.com", dice.choice(_CITIES))
            )


def _spelt(dice: random.Random, area: str, mobile: str) -> str:
    """The number as somebody typed it; one in ten rows holds another kind of number or none."""
    kind = dice.random()
    spellings = (
        (0.40, f"({area}) {mobile[:5]}-{mobile[5:]}"),
        (0.60, f"+55 {area} {mobile[:5]}-{mobile[5:]}"),
        (0.75, f"55{area}{mobile}"),
        (0.85, f"{area}{mobile}"),
        (0.90, f"0{area} {mobile[:5]} {mobile[5:]}"),
        (0.93, f"({area}) {mobile[1:5]}-{mobile[5:]}"),  # without the ninth digit
        (0.95, f"({area}) 3{mobile[2:5]}-{mobile[5:]}"),  # a landline
        (0.97, f"+1 212 555 {mobile[5:]}"),
        (0.98, f"+351 9{mobile[1:]}"),
        (0.99, "sem telefone"),
        (1.00, mobile[:6]),
    )
    return next(text for share, text in spellings if kind < share)
