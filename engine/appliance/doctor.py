"""Looks at everything an appliance needs from its machine, and changes nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path

import keyring
import psutil
import redis

from engine.appliance import cluster, external, ports, rules, runfile, watch
from engine.errors import EngineError
from engine.settings import Settings


class Verdict(StrEnum):
    """How bad a finding is."""

    FINE = "fine"
    #: It works, but a person may want to know.
    ADVICE = "advice"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing."""

    verdict: Verdict
    sentence: str


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> list[Finding]:
    """All findings, in the order a person would look."""
    checks: tuple[Check, ...] = (_folder, _disk, _appliance, _database, _redis, _keys)
    return list(chain.from_iterable(check(settings) for check in checks))


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.exists():
        place = _existing(folder)
        verdict = Verdict.FINE if os.access(place, os.W_OK) else Verdict.BROKEN
        may = "will be made at the first start" if verdict is Verdict.FINE else f"cannot be made in {place}"
        yield Finding(verdict, f"The data folder {folder} {may}.")
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(Verdict.BROKEN, f"The data folder {folder} is not ours to write.")
    else:
        yield Finding(Verdict.FINE, f"The data folder is {folder}.")


def _disk(settings: Settings) -> Iterator[Finding]:
    free = psutil.disk_usage(str(_existing(settings.data_dir))).free
    note = watch.disk_note(free)
    verdict = Verdict.BROKEN if rules.disk(free) is rules.Disk.FULL else Verdict.ADVICE
    yield Finding(verdict if note else Verdict.FINE, f"{note or f'{free / rules.GIGABYTE:.0f} GB are free'}.")


def _appliance(settings: Settings) -> Iterator[Finding]:
    if facts := runfile.running(settings.run_dir):
        yield Finding(Verdict.FINE, f"Master IA runs ({facts.state}) at {facts.private_url}.")
        yield from (Finding(Verdict.BROKEN, note) for note in facts.notes)
        return
    yield Finding(Verdict.FINE, "Master IA does not run on this data folder.")
    for field in ports.wanted(settings):
        port = int(getattr(settings, field))
        if port and not ports.is_free(ports.host_of(settings, field), port):
            advice = f"set MASTERIA_{field.upper()} to a free one or to 0"
            yield Finding(Verdict.BROKEN, f"Port {port} is in use by another program: {advice}.")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        if settings.database_url is not None:
            yield Finding(
                Verdict.FINE, f"DATABASE_URL is PostgreSQL {external.check(settings.database_url)}."
            )
            return
        program = cluster.find_binaries() / "postgres"
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
        yield Finding(Verdict.FINE, f"The embedded database works: {answer.stdout.strip()}.")
    except EngineError as error:
        yield Finding(Verdict.BROKEN, str(error))
    except (OSError, subprocess.CalledProcessError) as error:
        yield Finding(Verdict.BROKEN, f"The embedded database's programs do not run on this system: {error}.")


def _redis(settings: Settings) -> Iterator[Finding]:
    if settings.redis_url is None:
        yield Finding(Verdict.FINE, "No Redis is configured, and none is needed on one machine.")
        return
    try:
        with redis.Redis.from_url(settings.redis_url, socket_connect_timeout=3, socket_timeout=3) as client:
            version = client.info("server")["redis_version"]
    except (redis.RedisError, ValueError) as error:
        # The message may quote the address with its password.
        reason = type(error).__name__
        yield Finding(Verdict.BROKEN, f"The Redis of REDIS_URL did not answer ({reason}).")
        return
    yield Finding(Verdict.FINE, f"REDIS_URL is Redis {version}.")


def _keys(settings: Settings) -> Iterator[Finding]:
    backend = keyring.get_keyring()
    if backend.priority >= 1:
        yield Finding(Verdict.FINE, f"The system keeps secrets for us ({type(backend).__module__}).")
    else:
        place = f"a file only we can read in {settings.keys_dir}"
        yield Finding(
            Verdict.ADVICE, f"This system keeps no secrets for programs: the key will be in {place}."
        )


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())
