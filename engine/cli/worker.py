"""Run the worker alone: sending, processing of webhooks, background jobs."""

from __future__ import annotations

from engine.cli import _settings
from engine.worker import run


def command() -> None:
    """Runs until SIGINT, then finishes what it has begun to send."""
    run(_settings.load())
