"""The embedded PostgreSQL: started, found dead, recovered and stopped by us."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psutil
import psycopg

from engine.appliance import cluster as files
from engine.appliance import logs, roles
from engine.appliance.process import IS_WINDOWS, is_alive, tied, wait_gone
from engine.errors import EngineError, Kind

log = logging.getLogger(__name__)

Progress = Callable[[str], None]
StopMode = Literal["fast", "immediate"]
Role = Literal["superuser", "owner", "app"]

START_SECONDS = 60.0
STOP_SECONDS = 30.0
_POLL_SECONDS = 0.01
_ROLES = {"superuser": files.SUPERUSER, "owner": files.OWNER, "app": files.APP}
_SIGNALS = {"fast": signal.SIGINT, "immediate": getattr(signal, "SIGQUIT", signal.SIGTERM)}


class DidNotStart(EngineError):
    """PostgreSQL did not start."""

    kind = Kind.UNAVAILABLE


class EmbeddedPostgres:
    """One database server on one data folder, its own processes, no other's.

    Hold the appliance's lock around it. Synchronous: a start takes about 0.2 s, the very first a few seconds.
    """

    def __init__(self, data_dir: Path, *, fsync: bool = True, progress: Progress = log.info) -> None:
        """``fsync=False`` is for tests alone: a power cut would then corrupt the data."""
        self._cluster = files.locate(data_dir)
        self._durable = fsync
        self._progress = progress
        self._child: subprocess.Popen[bytes] | None = None
        self._passwords: dict[str, str] = {}
        self._host: Path | tuple[str, int] | None = None

    @property
    def owner_dsn(self) -> str:
        return self.dsn_for("owner")

    @property
    def app_dsn(self) -> str:
        return self.dsn_for("app")

    @property
    def superuser_dsn(self) -> str:
        return self.dsn_for("superuser")

    @property
    def log_file(self) -> Path:
        return self._cluster.log

    @property
    def pid(self) -> int | None:
        """The process id of our server while it runs."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def dsn_for(self, role: Role, database: str = files.DATABASE) -> str:
        """Address of a database for a role, password included: keep it out of logs.

        Raises:
            DidNotStart: ``ensure`` was not called yet.
        """
        if self._host is None:
            raise DidNotStart
        name = _ROLES[role]
        return files.dsn(name, self._passwords[name], self._host, database)

    def is_running(self) -> bool:
        return self.pid is not None

    def ensure(self) -> None:
        """Start, and make sure database, roles and extension are what the migrations expect."""
        if not self._cluster.data.exists():
            self._progress("Creating the database for the first time")
        files.create(self._cluster, durable=self._durable)
        self._passwords = files.passwords(self._cluster)
        self.start()
        with psycopg.connect(self.dsn_for("superuser", "postgres"), autocommit=True) as connection:
            roles.provision(connection, self._passwords)
        with psycopg.connect(self.superuser_dsn) as connection:
            roles.provision_database(connection)

    def start(self) -> None:
        """Start on an existing data folder and wait until it answers; nothing when it runs already.

        What a crash left behind is cleared first: an orphaned server, a stale pid file, a zombie.

        Raises:
            DidNotStart: it ended or did not answer in 60 s; the message has the last lines of its log.
        """
        if self.is_running():
            return
        self.clear_leftovers()
        self.spawn()
        self.wait_ready()

    def clear_leftovers(self) -> None:
        """First of a start's three steps; may wait for a dying server, on any thread."""
        if self._child:
            self.stop("immediate")
        self._end_orphans()
        # Nobody of this folder lives, so the file lies, even if its process id was given to somebody else.
        self._cluster.pid_file.unlink(missing_ok=True)

    def spawn(self) -> None:
        """Second step, at once. On Linux the server gets a fast shutdown when the calling *thread* ends."""
        self._progress("Starting the database")
        socket_folder = files.make_socket_folder(self._cluster)
        files.configure(self._cluster, socket_folder, durable=self._durable)
        self._host = socket_folder or ("127.0.0.1", _free_port())
        self._child = self._launch(self._host)

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Third step: wait until it answers, on any thread.

        Raises:
            DidNotStart: see :meth:`start`.
        """
        child, deadline = self._child, time.monotonic() + seconds
        while child and child.poll() is None and time.monotonic() < deadline:
            if self._status() == (child.pid, "ready"):
                return
            time.sleep(_POLL_SECONDS)
        self.stop("immediate")
        words = logs.last_lines(self._cluster.log)
        raise DidNotStart(f"PostgreSQL did not start. Its log ends with: {words}")

    def stop(self, mode: StopMode = "fast") -> None:
        """End it. ``fast`` writes a checkpoint; ``immediate`` is as a crash, repaired by the next start."""
        if self._child is None:
            return
        if self._child.poll() is None:
            self._signal(mode)
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("PostgreSQL did not stop in %.0f s, killing it", STOP_SECONDS)
            self._child.kill()
            self._child.wait()
        self._child = None
        self._end_orphans()

    def kill(self) -> None:
        """End the server as ``kill -9`` does; its own children notice and follow."""
        if self._child:
            self._child.kill()
            self._child.wait()

    def _launch(self, host: Path | tuple[str, int]) -> subprocess.Popen[bytes]:
        program = [str(self._cluster.program("postgres")), "-D", str(self._cluster.data)]
        if isinstance(host, tuple):
            program += ["-p", str(host[1])]
        logs.rotate(self._cluster.log)
        with self._cluster.log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own program and folder
                tied(program, on_orphaned=_SIGNALS["fast"], user=self._cluster.user),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._cluster.home,
                env=files.environment(),
                umask=-1 if IS_WINDOWS else 0o077,
                # The terminal's Ctrl+C must reach the supervisor alone: the worker still needs us.
                start_new_session=True,
            )

    def _status(self) -> tuple[int, str] | None:
        """Process id and state as the server itself writes them."""
        try:
            lines = self._cluster.pid_file.read_text().splitlines()
            return int(lines[0]), lines[7].strip() if len(lines) > 7 else ""
        except (OSError, ValueError, IndexError):
            return None

    def _end_orphans(self) -> None:
        """Processes of this data folder that are not ours: from a supervisor that was killed."""
        orphans = _processes_in(self._cluster.data)
        if not orphans:
            return
        postmaster = (self._status() or (0, ""))[0]
        if postmaster in orphans and self._child is None:
            self._progress("Stopping a database left over from a crash")
            _send(postmaster, _SIGNALS["fast"])
        if wait_gone(orphans, STOP_SECONDS):
            return
        for pid in orphans:
            _send(pid, signal.SIGTERM if IS_WINDOWS else signal.SIGKILL)
        wait_gone(orphans, STOP_SECONDS)

    def _signal(self, mode: StopMode) -> None:
        if not IS_WINDOWS:
            _send(self._child.pid if self._child else 0, _SIGNALS[mode])
            return
        program = [str(self._cluster.program("pg_ctl")), "stop", "-D", str(self._cluster.data), "-m", mode]
        subprocess.run(program, check=False, capture_output=True)  # noqa: S603 - our own program


@contextmanager
def embedded_postgres(data_dir: Path, *, fsync: bool = True) -> Iterator[EmbeddedPostgres]:
    """A running server, stopped at the end whatever happens."""
    server = EmbeddedPostgres(data_dir, fsync=fsync)
    try:
        server.ensure()
        yield server
    finally:
        server.stop("fast" if fsync else "immediate")


def _processes_in(data: Path) -> list[int]:
    """Every server process works in its data folder, whatever its command line says."""
    found = []
    for process in psutil.process_iter(["name"]):
        if not str(process.info["name"]).startswith("postgres"):
            continue
        try:
            if Path(process.cwd()) == data and is_alive(process.pid):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def _send(pid: int, signal_number: signal.Signals) -> None:
    try:
        os.kill(pid, signal_number)
    except ProcessLookupError:
        return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
