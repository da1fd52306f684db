"""Duties only one process may hold at a time, fenced by an epoch that the database counts."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

#: Long enough for a slow disk, short enough that a second machine takes over within seconds.
TTL_SECONDS = 8
RENEW_SECONDS = 2

_TAKE = text("""
    INSERT INTO lease AS l (name, holder, epoch, expires_at)
    VALUES (:name, :holder, 1, clock_timestamp() + make_interval(secs => :ttl))
    ON CONFLICT (name) DO UPDATE
        SET holder = :holder, epoch = l.epoch + 1, expires_at = excluded.expires_at
        WHERE l.expires_at < clock_timestamp() OR l.holder = :dead
    RETURNING epoch
""")
_RENEW = text("""
    UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => :ttl)
    WHERE name = :name AND epoch = :epoch AND holder = :holder RETURNING true
""")
_HOLDER = text("SELECT holder FROM lease WHERE name = :name")
_FENCE = text("SELECT true FROM lease WHERE name = :name AND epoch = :epoch FOR SHARE")
_RELEASE = text("UPDATE lease SET expires_at = '-infinity' WHERE name = :name AND epoch = :epoch")


@dataclass(frozen=True, slots=True)
class Lease:
    """A duty held since ``epoch`` began. Only the database's clock decides whether it still holds."""

    name: str
    holder: str
    epoch: int


def me() -> str:
    """This process among all processes of all machines that ever ran."""
    started = psutil.Process().create_time()
    return f"{socket.gethostname()}|{psutil.boot_time():.0f}|{os.getpid()}|{started:.2f}"


async def take(session: AsyncSession, name: str, holder: str) -> Lease | None:
    """Take the duty if it is free, expired, or held by a process of this machine that is no more."""
    current = await session.scalar(_HOLDER, {"name": name})
    dead = current if current and is_dead(current) else None
    epoch = await session.scalar(_TAKE, {"name": name, "holder": holder, "dead": dead, "ttl": TTL_SECONDS})
    return None if epoch is None else Lease(name, holder, epoch)


async def renew(session: AsyncSession, lease: Lease) -> bool:
    values = {"name": lease.name, "epoch": lease.epoch, "holder": lease.holder, "ttl": TTL_SECONDS}
    return bool(await session.scalar(_RENEW, values))


async def release(session: AsyncSession, lease: Lease) -> None:
    await session.execute(_RELEASE, {"name": lease.name, "epoch": lease.epoch})


async def holds(session: AsyncSession, lease: Lease) -> bool:
    """Whether the epoch is still ours; until this transaction ends nobody can begin a new one."""
    return bool(await session.scalar(_FENCE, {"name": lease.name, "epoch": lease.epoch}))


def is_dead(holder: str) -> bool:
    """Whether that process ran on this machine and is gone; of other machines nothing is presumed."""
    try:
        host, boot, pid, started = holder.split("|")
        if host != socket.gethostname():
            return False
        if abs(float(boot) - psutil.boot_time()) > 2:
            return True
        return bool(abs(psutil.Process(int(pid)).create_time() - float(started)) > 0.5)
    except (ValueError, psutil.NoSuchProcess):
        return True
