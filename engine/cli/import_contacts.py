"""Check or import one file of contacts; the worker starts this."""

from __future__ import annotations

import os
import sys
import threading
from uuid import UUID

import psutil
import typer

from engine.cli import _settings
from engine.contacts import importing
from engine.db.trouble import TROUBLE
from engine.errors import EngineError, Kind
from engine.runtime import Part, open_engine, run_loop
from engine.settings import Settings
from engine.vault import redaction


def command(company_id: UUID, job_id: UUID) -> None:
    """Ends as soon as its standard input does, so that it never outlives the worker."""
    threading.Thread(target=_follow_parent, name="parent", daemon=True).start()
    _step_back()
    settings = _settings.load()
    redaction.install(settings.log_level)
    try:
        run_loop(_work(settings, company_id, job_id))
    except TROUBLE:
        raise typer.Exit(importing.TRY_AGAIN) from None
    except EngineError as error:
        if error.kind is not Kind.UNAVAILABLE:
            raise
        raise typer.Exit(importing.TRY_AGAIN) from None


async def _work(settings: Settings, company_id: UUID, job_id: UUID) -> None:
    engine = await open_engine(settings, Part.COMMAND)
    try:
        await importing.carry_on(engine, company_id, job_id)
    finally:
        await engine.close()


def _follow_parent() -> None:
    sys.stdin.buffer.read()
    # What was not committed is rolled back, and the next run goes on from there.
    os._exit(importing.ORPHANED)


def _step_back() -> None:
    """Sending goes first: an import takes what processor time is left."""
    psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else 10)
