"""Our import in a process of its own: ``python -m tests.benchmarks.import_child FILE COMPANY``.

Prints one JSON line with what the import counted, the seconds from the file's arrival to its last commit,
and the most memory the process ever had.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from engine import runtime
from engine.contacts.importing.mapping import guess
from engine.contacts.importing.order import Options
from engine.contacts.importing.reader import inspect
from engine.contacts.importing.run import run
from engine.context import Engine
from engine.models import ImportJob, ImportState
from engine.settings import Settings


def main() -> None:
    answer = runtime.run_loop(_measure(Path(sys.argv[1]), UUID(sys.argv[2])))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(answer | {"peak_megabytes": peak}))


async def _measure(file: Path, company_id: UUID) -> dict[str, Any]:
    engine = await runtime.open_engine(Settings(), runtime.Part.COMMAND)
    try:
        start, cpu = time.perf_counter(), time.process_time()
        job_id = await _queue(engine, company_id, file)
        await run(engine, company_id, job_id)
        took = {"seconds": time.perf_counter() - start, "cpu_seconds": time.process_time() - cpu}
        return await _counts(engine, company_id, job_id) | took
    finally:
        await engine.close()


async def _queue(engine: Engine, company_id: UUID, file: Path) -> UUID:
    layout = inspect(file).layout
    async with engine.unit_of_work(company_id) as uow:
        job = ImportJob(
            company_id=company_id,
            file_name=file.name,
            file_path=str(file),
            state=ImportState.QUEUED,
            mapping=guess(layout.columns),
            options=Options().to_json() | {"layout": layout.to_json()},
        )
        uow.session.add(job)
        await uow.session.flush()
        return job.id


async def _counts(engine: Engine, company_id: UUID, job_id: UUID) -> dict[str, Any]:
    async with engine.unit_of_work(company_id) as uow:
        job = await uow.session.get_one(ImportJob, (company_id, job_id))
        assert job.state is ImportState.COMPLETED, job.error
        return {
            "count": job.rows_read,
            "created": job.rows_created,
            "updated": job.rows_updated,
            "duplicates": job.rows_duplicate,
            "invalid": job.rows_invalid,
        }


if __name__ == "__main__":
    main()
