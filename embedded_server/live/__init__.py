"""Live updates: what is committed reaches every connected client of its company, in order."""

from __future__ import annotations

from embedded_server.live.hub import Hub, Pace

__all__ = ["Hub", "Pace"]
