"""Figures with their peers and limits, and how they are shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. ``limit`` is a sentence such as ``ratio >= 4`` or ``value <= 300``."""

    name: str
    value: float | None
    unit: str
    #: Who it is compared with and what that one reached, or ``not available: …``.
    peer: str | None = None
    ratio: float | None = None
    limit: str | None = None
    #: Whether it keeps its limit; a figure without one is only shown.
    ok: bool = True


@dataclass(slots=True)
class Report:
    """The figures of one run, in the order they came."""

    figures: list[Figure] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return bool(self.figures) and all(figure.ok for figure in self.figures)

    def add(self, *figures: Figure) -> None:
        self.figures += figures

    def as_json(self) -> str:
        return json.dumps({"figures": [asdict(figure) for figure in self.figures], "ok": self.ok})

    def show(self, console: Console) -> None:
        table = Table("figure", "value", "unit", "peer", "ratio", "limit", "")
        for figure in self.figures:
            value, ratio = _number(figure.value), _number(figure.ratio)
            verdict = "" if figure.limit is None else "[green]ok" if figure.ok else "[red]missed"
            table.add_row(
                figure.name, value, figure.unit, figure.peer or "", ratio, figure.limit or "", verdict
            )
        console.print(table)


def versus(name: str, value: float, unit: str, peer: tuple[str, float], *, at_least: float | None) -> Figure:
    """Our rate beside a peer's; higher is better."""
    peer_name, peer_value = peer
    ratio = value / peer_value
    told = f"{peer_name}: {_number(peer_value)} {unit}"
    if at_least is None:
        return Figure(name, _rounded(value), unit, told, _rounded(ratio))
    limit = f"ratio >= {at_least:g}"
    return Figure(name, _rounded(value), unit, told, _rounded(ratio), limit, ok=ratio >= at_least)


def no_more_than(name: str, value: float, unit: str, peer: tuple[str, float], *, most: float) -> Figure:
    """Our cost beside another's; lower is better."""
    peer_name, peer_value = peer
    ratio = value / peer_value
    told, limit = f"{peer_name}: {_number(peer_value)} {unit}", f"ratio <= {most:g}"
    return Figure(name, _rounded(value), unit, told, _rounded(ratio), limit, ok=ratio <= most)


def without_peer(name: str, value: float | None, unit: str, reason: str, *, at_least: float) -> Figure:
    """Our rate where the peer could not be had: nothing is claimed about the ratio."""
    return Figure(
        name, _rounded(value), unit, f"not available: {reason}", None, f"ratio >= {at_least:g}", ok=False
    )


def missing(name: str, unit: str, reason: str) -> Figure:
    """A figure that could not be measured at all."""
    return Figure(name, None, unit, f"not available: {reason}", ok=False)


def at_most(name: str, value: float, unit: str, most: float, *, peer: str | None = None) -> Figure:
    return Figure(name, _rounded(value), unit, peer, limit=f"value <= {most:g}", ok=value <= most)


def at_least(name: str, value: float, unit: str, least: float, *, peer: str | None = None) -> Figure:
    return Figure(name, _rounded(value), unit, peer, limit=f"value >= {least:g}", ok=value >= least)


def shown(name: str, value: float, unit: str, peer: str | None = None) -> Figure:
    """A number without a limit, for the reader's judgement."""
    return Figure(name, _rounded(value), unit, peer)


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """Raises:
    ValueError: there are no values, so there is no percentile of them.
    """
    if not sorted_values:
        raise ValueError("no values were measured")
    return sorted_values[round((len(sorted_values) - 1) * share)]


def _rounded(value: float | None) -> float | None:
    if value is None:
        return None
    return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")


def _number(value: float | None) -> str:
    return "" if value is None else f"{_rounded(value):,}"
