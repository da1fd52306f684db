"""A file of contacts as shops really have them: mostly right, with doubles, twins, nonsense and refusals."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass, field

WHATSAPP, SMS = "demo whatsapp", "demo sms"

_FIRST = ("Ana", "João", "Maria", "José", "Luíza", "Antônio", "Beatriz", "Carlos", "Débora", "Érico")
_LAST = ("Souza", "da Silva", "Araújo", "Conceição", "Pereira", "Gonçalves", "Assunção", "Ramos")
_DDD = (11, 13, 19, 21, 27, 31, 41, 48, 51, 61, 62, 71, 81, 85, 91)
_NONSENSE = ("sem telefone", "98888-7777", "11 1234", "+55 20 98888-7777", "12345678901234567890")

#: Endings that make the simulator misbehave, and their share (its table of fates): not on WhatsApp, failed
#: later, accepted and then reset, accepted and then a server error.
_TROUBLE = (("0001", 0.006), ("0002", 0.006), ("0006", 0.004), ("0007", 0.004))


@dataclass(slots=True)
class People:
    """What was written into the file. ``refusing`` will have asked to be left alone before the campaign."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    whatsapp: list[str] = field(default_factory=list)
    sms: list[str] = field(default_factory=list)
    refusing: list[tuple[str, str]] = field(default_factory=list)


def invent(count: int, seed: int = 1) -> People:
    """``count`` rows: about 3 % doubles, 2 % ninth-digit twins, 2 % bad numbers, 2 % who opted out."""
    chance, people = random.Random(seed), People()  # noqa: S311 - invented people, no secrets
    for n in range(count):
        kind = chance.random()
        known = people.whatsapp or people.sms
        if kind < 0.02:
            people.rows.append((_name(chance), chance.choice(_NONSENSE), WHATSAPP))
        elif kind < 0.05 and known:
            people.rows.append((_name(chance), _dressed(chance, chance.choice(known)), _tag(people, known)))
        elif kind < 0.07 and people.whatsapp:
            people.rows.append((_name(chance), _without_ninth(chance.choice(people.whatsapp)), WHATSAPP))
        else:
            _add(people, chance, n, refuses=kind > 0.98)
    return people


def as_csv(people: People) -> bytes:
    """The file as a Brazilian spreadsheet writes it: semicolons and UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(("Nome", "Celular", "Etiquetas"))
    writer.writerows(people.rows)
    return text.getvalue().encode()


def _add(people: People, chance: random.Random, n: int, *, refuses: bool) -> None:
    number = _number(chance, n, plain=refuses)
    on_whatsapp = len(people.whatsapp) <= len(people.sms)
    (people.whatsapp if on_whatsapp else people.sms).append(number)
    tag = WHATSAPP if on_whatsapp else SMS
    people.rows.append((_name(chance), _dressed(chance, number), tag))
    if refuses:
        people.refusing.append((tag, number))


def _number(chance: random.Random, n: int, *, plain: bool) -> str:
    """A mobile of its own for every ``n``: area code and middle come from the count, the end from chance."""
    end, roll = f"{chance.randrange(1000, 10_000)}", chance.random()
    for suffix, share in _TROUBLE if not plain else ():
        if roll < share:
            end = suffix
            break
        roll -= share
    return f"+55{_DDD[n % len(_DDD)]}9{6000 + n // len(_DDD) % 4000:04d}{end}"


def _name(chance: random.Random) -> str:
    return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"


def _dressed(chance: random.Random, number: str) -> str:
    """The number as people type it."""
    area, subscriber = number[3:5], number[5:]
    return chance.choice(
        (
            f"({area}) {subscriber[:5]}-{subscriber[5:]}",
            f"{area}{subscriber}",
            f"+55 {area} {subscriber[:5]}-{subscriber[5:]}",
            f"0{area} {subscriber}",
        )
    )


def _without_ninth(number: str) -> str:
    return f"({number[3:5]}) {number[6:10]}-{number[10:]}"


def _tag(people: People, known: list[str]) -> str:
    return WHATSAPP if known is people.whatsapp else SMS
