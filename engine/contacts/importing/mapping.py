"""Which column means what: guessed from headers in Portuguese and English, or told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.contacts.folding import fold
from engine.errors import EngineError, Kind


class NoPhoneColumn(EngineError):
    """No column holds phone numbers. Say which one does."""

    kind = Kind.INVALID


class UnknownTarget(EngineError):
    """A column is mapped to something a contact does not have."""

    kind = Kind.INVALID


class Target(StrEnum):
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PHONE = "phone"
    EMAIL = "email"
    TAGS = "tags"
    NOTES = "notes"
    IGNORE = "ignore"


#: How a column becomes a custom field in a told mapping: ``custom:cidade``.
CUSTOM = "custom:"

#: Best first: a list with both "whatsapp" and "telefone" means the first.
_PHONES = (
    "whatsapp",
    "whats",
    "zap",
    "wpp",
    "celular",
    "cel",
    "movel",
    "mobile",
    "telefone",
    "fone",
    "tel",
    "phone",
    "numero",
    "contato",
    "number",
)
_WORDS: dict[Target, frozenset[str]] = {
    Target.NAME: frozenset(
        (
            "nome",
            "nome completo",
            "name",
            "full name",
            "cliente",
            "contato",
            "razao social",
            "nome do cliente",
        )
    ),
    Target.FIRST_NAME: frozenset(("primeiro nome", "first name", "given name", "prenome")),
    Target.LAST_NAME: frozenset(("sobrenome", "last name", "family name", "ultimo nome", "surname")),
    Target.EMAIL: frozenset(("email", "e mail", "mail", "correio eletronico", "endereco de email")),
    Target.TAGS: frozenset(
        (
            "tag",
            "tags",
            "etiqueta",
            "etiquetas",
            "marcador",
            "marcadores",
            "label",
            "labels",
            "grupo",
            "grupos",
        )
    ),
    Target.NOTES: frozenset(
        ("observacao", "observacoes", "obs", "nota", "notas", "anotacoes", "notes", "note", "comentario")
    ),
}
#: ``Phone 1 - Value`` and ``E-mail 2``: exports number their columns.
_NOISE = re.compile(r"\b(?:\d+|value|valor|principal|primary|com ddd|ddd)\b")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Column positions by meaning. ``phones`` are tried in order until one holds a number."""

    phones: tuple[int, ...]
    name: tuple[int, ...] = ()
    email: int | None = None
    tags: int | None = None
    notes: int | None = None
    custom: tuple[tuple[int, str], ...] = ()


def guess(columns: Sequence[str]) -> dict[str, str]:
    """A target for each column, by position as text, to be shown, corrected and given to :func:`resolve`."""
    names = [_plain(column) for column in columns]
    guessed: dict[str, str] = {}
    for at, (name, column) in enumerate(zip(names, columns, strict=True)):
        taken = set(guessed.values())
        target = next((str(t) for t, words in _WORDS.items() if name in words and str(t) not in taken), None)
        guessed[str(at)] = target or (Target.PHONE if _phone_rank(name) is not None else f"{CUSTOM}{column}")
    return guessed


def resolve(told: dict[str, str], columns: Sequence[str]) -> Mapping:
    """The mapping behind what was told or guessed; columns nobody mentioned are ignored.

    Raises:
        NoPhoneColumn: no column is a phone.
        UnknownTarget: a target or a column does not exist.
    """
    places: dict[str, list[int]] = {}
    for position, target in told.items():
        if not position.isdecimal() or int(position) >= len(columns) or not _exists(target):
            raise UnknownTarget
        places.setdefault(target, []).append(int(position))
    phones = sorted(places.get(Target.PHONE, []), key=lambda at: (_phone_rank(_plain(columns[at])) or 0, at))
    if not phones:
        raise NoPhoneColumn
    parts = (Target.NAME,) if Target.NAME in places else (Target.FIRST_NAME, Target.LAST_NAME)
    return Mapping(
        phones=tuple(phones),
        name=tuple(at for part in parts for at in sorted(places.get(part, []))[:1]),
        email=_first(places, Target.EMAIL),
        tags=_first(places, Target.TAGS),
        notes=_first(places, Target.NOTES),
        custom=tuple(
            sorted(
                (at, target.removeprefix(CUSTOM))
                for target, found in places.items()
                if target.startswith(CUSTOM)
                for at in found[:1]
            )
        ),
    )


def _exists(target: str) -> bool:
    if target.startswith(CUSTOM):
        return 0 < len(target.removeprefix(CUSTOM).strip()) <= 64
    return target in {str(known) for known in Target}


def _first(places: dict[str, list[int]], target: Target) -> int | None:
    return min(places[target]) if target in places else None


def _plain(column: str) -> str:
    return " ".join(_NOISE.sub(" ", re.sub(r"[^\w]+|_", " ", fold(column))).split())


def _phone_rank(name: str) -> int | None:
    words = name.split()
    return next((rank for rank, word in enumerate(_PHONES) if word in words), None)
