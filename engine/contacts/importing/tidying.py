"""Removes the files of imports nobody will read again: they hold people's numbers."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from engine import clock
from engine.contacts.importing import job_queries
from engine.contacts.importing.service import OPEN
from engine.contacts.importing.upload import root_of
from engine.context import Engine

logger = logging.getLogger(__name__)

#: An upload takes far less; a file without an import that is older than this was left by a crash.
_LOST_AFTER = timedelta(hours=6)


async def remove_files(engine: Engine) -> None:
    """Remove the files of imports that ended, and what uploads that were cut off left behind."""
    for folder, company_id in await asyncio.to_thread(_named, root_of(engine.settings.data_dir)):
        files = {job_id: file for file, job_id in await asyncio.to_thread(_named, folder)}
        if not files:
            continue
        async with engine.unit_of_work(company_id) as uow:
            states = await job_queries.states(uow.session, list(files))
        for job_id, file in files.items():
            ended = job_id in states and states[job_id] not in OPEN
            if ended or job_id not in states:
                await asyncio.to_thread(_remove, file, ended)


def _named(folder: Path) -> list[tuple[Path, UUID]]:
    """What lies in a folder under an id; anything else is not ours."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            found.append((path, UUID(path.name)))
        except ValueError:
            continue
    return found


def _remove(file: Path, ended: bool) -> None:
    try:
        if ended or clock.now().timestamp() - file.stat().st_mtime > _LOST_AFTER.total_seconds():
            file.unlink()
    except OSError as error:  # Windows keeps what somebody still reads; there is a next time
        logger.debug("A file of an import stays for now (%s)", type(error).__name__)
