"""The product's own source, parsed once for every rule that reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("engine", "embedded_server", "desktop", "installers")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One file: ``name`` as in an import, ``where`` as a person would say it."""

    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def where(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> tuple[str, ...]:
        """The two names that say whose module it is: ``("engine", "campaigns")``."""
        return tuple(self.name.split(".")[:2])

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imported(self) -> Iterator[tuple[str, str | None]]:
        """Every import as (module, name), the name being None for ``import module``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, None) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.module, alias.name) for alias in node.names)


@cache
def modules(*rooms: str) -> tuple[Module, ...]:
    """The modules of the named rooms, or of the whole product."""
    paths = (path for room in rooms or PRODUCT for path in sorted((ROOT / room).rglob("*.py")))
    return tuple(_read(path) for path in paths if not _is_foreign(path))


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = path.read_text("utf-8")
    return Module(path, name, text, ast.parse(text))


def _is_foreign(path: Path) -> bool:
    """Packages that the benchmarks' peers brought along."""
    return any(part.startswith(".") or part == "node_modules" for part in path.relative_to(ROOT).parts)
