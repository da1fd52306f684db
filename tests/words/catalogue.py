"""Reads message ids out of the source, and writes the catalogue in the forms its readers want."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import embedded_server
import engine
from embedded_server.contract import words
from engine.errors import EngineError

ROOT = Path(__file__).parents[2]
ROOMS = ("desktop", "embedded_server", "engine")
KEYWORDS: dict[str, Any] = {"t": None, "mark": None, "tn": (1, 2), "tp": ((1, "c"), 2)}
HOME = words.HOME / "pt_BR" / "LC_MESSAGES"
PO, MO, JSON = HOME / "master-ia.po", HOME / "master-ia.mo", HOME / "master-ia.json"

Id = str | tuple[str, str]

_COMMENT = "# Master IA, Portuguese of Brazil."


class Words(Catalog):
    """A catalogue whose header holds what readers need and no moment or tool: same words, same bytes."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", "pt_BR"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", "nplurals=2; plural=(n > 1);"),
        ]


def messages() -> Iterator[tuple[Id, str | None, str]]:
    """Every message id with its context and its file. Plurals are pairs.

    What an error of the engine says reaches a person through the wire: those sentences are message ids too.
    """
    errors = _errors()
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        source = path.read_bytes()
        for _, name, found, _ in extract_python(BytesIO(source), list(KEYWORDS), [], {}):
            if name == "tp":
                yield found[1], found[0], where
            elif name == "tn":
                yield (found[0], found[1]), None, where
            elif isinstance(first := found[0] if isinstance(found, tuple) else found, str):
                yield first, None, where
        for said in _raised(ast.parse(source), errors):
            yield said, None, where
    for error in errors.values():
        yield _docstring(error), None, error.__module__.replace(".", "/") + ".py"


def fresh(old: Catalog) -> Words:
    """The messages of the source, with the translations there are."""
    new = Words(locale="pt_BR", domain=words.DOMAIN, fuzzy=False, header_comment=_COMMENT)
    for id_, context, where in messages():
        known = old.get(id_, context)
        flags = ["python-brace-format"] if "{" in _first(id_) else []
        new.add(id_, known.string if known else None, [(where, 0)], flags, context=context)
    return new


def load() -> Catalog:
    return read_po(BytesIO(PO.read_bytes()), locale="pt_BR") if PO.exists() else Catalog(locale="pt_BR")


def outputs(catalogue: Catalog) -> dict[Path, bytes]:
    """The files of a catalogue, the same bytes for the same words."""
    po, mo = BytesIO(), BytesIO()
    write_po(po, catalogue, sort_output=True, include_lineno=False, width=0)
    write_mo(mo, catalogue)
    plain = {
        f"{message.context}\x04{message.id}" if message.context else _first(message.id): message.string
        for message in catalogue
        if message.id
    }
    text = json.dumps(plain, ensure_ascii=False, indent=0, sort_keys=True) + "\n"
    return {PO: po.getvalue(), MO: mo.getvalue(), JSON: text.encode()}


def untranslated(catalogue: Catalog) -> list[str]:
    return [_first(m.id) for m in catalogue if m.id and not all(_forms(m.string))]


def _forms(string: Any) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def _first(id_: Any) -> str:
    return id_ if isinstance(id_, str) else id_[0]


def _errors() -> dict[str, type[EngineError]]:
    """Every error of the engine and the server by its name."""
    for package in (engine, embedded_server):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found, waiting = {}, [EngineError]
    while waiting:
        error = waiting.pop()
        found[error.__name__] = error
        waiting += error.__subclasses__()
    return {name: error for name, error in sorted(found.items()) if not error.__module__.startswith("tests")}


def _docstring(error: type[EngineError]) -> str:
    return (error.__doc__ or "").strip().splitlines()[0]


def _raised(tree: ast.Module, errors: dict[str, type[EngineError]]) -> Iterator[str]:
    """Sentences given to an error where it is raised."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in errors and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def take(words: Words, translations: dict[str, Any]) -> None:
    """Put translations in; those of messages the source no longer has are passed over."""
    for name, string in translations.items():
        context, bar, id_ = name.partition("|")
        message = words.get(id_, context) if bar else None
        message = message or words.get(name)
        if message is not None:
            message.string = tuple(string) if isinstance(string, list) else string
