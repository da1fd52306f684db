"""The embedded PostgreSQL, really started, killed and recovered."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from engine.appliance import cluster, service_user
from engine.appliance.postgres import EmbeddedPostgres, Role, embedded_postgres
from engine.appliance.process import is_alive, wait_gone


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with embedded_postgres(tmp_path_factory.mktemp("pg"), fsync=False) as running:
        yield running


@pytest.fixture
def started(server: EmbeddedPostgres) -> EmbeddedPostgres:
    server.start()
    return server


def ask(dsn: str, query: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_the_database_has_checksums_utf8_and_vectors(started: EmbeddedPostgres) -> None:
    assert ask(started.superuser_dsn, "SHOW data_checksums") == "on"
    assert ask(started.owner_dsn, "SHOW server_encoding") == "UTF8"
    assert ask(started.app_dsn, "SELECT upper('ação')") == "AÇÃO"
    assert ask(started.app_dsn, "SELECT '[1,2]'::vector <-> '[1,4]'::vector") == 2.0


@pytest.mark.parametrize("role", ["superuser", "owner", "app"])
def test_nobody_comes_in_with_a_wrong_or_no_password(started: EmbeddedPostgres, role: Role) -> None:
    right = psycopg.conninfo.conninfo_to_dict(started.dsn_for(role))

    for password in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**(right | {"password": password}))  # type: ignore[arg-type]


def test_no_tcp_port_is_open(started: EmbeddedPostgres) -> None:
    assert ask(started.superuser_dsn, "SHOW listen_addresses") == ""
    assert started.pid is not None
    assert psutil.Process(started.pid).net_connections("inet") == []


def test_the_app_can_neither_bypass_nor_change_the_schema(started: EmbeddedPostgres) -> None:
    rights = "rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication"
    for role in ("masteria_app", "masteria_owner", "masteria_sweeper"):
        assert ask(started.app_dsn, f"SELECT {rights} FROM pg_roles WHERE rolname = '{role}'") is False

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(started.app_dsn, "CREATE TABLE mine (id int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(started.app_dsn, "SET ROLE masteria_sweeper")


def test_the_owner_can_hand_a_function_to_the_sweeper(started: EmbeddedPostgres) -> None:
    with psycopg.connect(started.owner_dsn) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO masteria_sweeper")
        connection.execute("CREATE FUNCTION due() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
        connection.execute("ALTER FUNCTION due() OWNER TO masteria_sweeper")
        connection.execute("REVOKE ALL ON FUNCTION due() FROM PUBLIC")
        allowed = connection.execute("SELECT has_function_privilege('masteria_app', 'due()', 'EXECUTE')")
        assert allowed.fetchone() == (False,)
        connection.rollback()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_committed_rows_survive_a_stop(started: EmbeddedPostgres, mode: str) -> None:
    remember(started, f"stop-{mode}")

    started.stop(mode)  # type: ignore[arg-type]
    assert not started.is_running()
    started.start()

    assert recalls(started, f"stop-{mode}")


def test_committed_rows_survive_kill_9(started: EmbeddedPostgres) -> None:
    remember(started, "kill")

    started.kill()
    started.start()

    assert recalls(started, "kill")


def test_a_second_ensure_changes_nothing(started: EmbeddedPostgres) -> None:
    before = (started.pid, started.app_dsn)

    started.ensure()

    assert (started.pid, started.app_dsn) == before


def test_a_zombie_is_not_a_running_server(started: EmbeddedPostgres) -> None:
    assert started.pid is not None
    pid = started.pid
    os.kill(pid, signal.SIGKILL)

    assert wait_gone([pid], 5)
    assert not is_alive(pid)
    started.start()
    assert ask(started.app_dsn, "SELECT 1") == 1


def test_a_pid_file_that_names_a_stranger_does_not_block_the_start(started: EmbeddedPostgres) -> None:
    started.kill()
    pid_file = started._cluster.pid_file
    lines = pid_file.read_text().splitlines()
    with subprocess.Popen(
        ["sleep", "60"], user=started._cluster.user and started._cluster.user.uid
    ) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))

        started.start()

        stranger.kill()
    assert ask(started.app_dsn, "SELECT 1") == 1


def test_a_lost_password_file_locks_nobody_out(started: EmbeddedPostgres) -> None:
    old = started.app_dsn
    started.stop()
    started._cluster.secrets_file.unlink()

    started.ensure()

    assert started.app_dsn != old
    assert ask(started.app_dsn, "SELECT 1") == 1
    assert stat.S_IMODE(started._cluster.secrets_file.stat().st_mode) == 0o600


def test_a_killed_supervisor_takes_its_database_along_or_the_next_start_does(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from engine.appliance.postgres import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1]), fsync=False); server.ensure()\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE
    ) as supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        supervisor.kill()

    with embedded_postgres(tmp_path, fsync=False) as server:
        assert not is_alive(pid)
        assert ask(server.app_dsn, "SELECT 1") == 1


def test_an_interrupted_first_start_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data.new").mkdir(parents=True)
    (tmp_path / "postgres" / "data.new" / "PG_VERSION").write_text("18")

    with embedded_postgres(tmp_path, fsync=False) as server:
        assert ask(server.app_dsn, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_still_works(tmp_path: Path) -> None:
    deep = tmp_path / ("long-" * 20) / ("name-" * 20)

    with embedded_postgres(deep, fsync=False) as server:
        assert ask(server.app_dsn, "SELECT 1") == 1
        folder = Path(psycopg.conninfo.conninfo_to_dict(server.app_dsn)["host"])  # type: ignore[arg-type]
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    shutil.rmtree(folder)


def test_data_of_another_version_is_refused_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("16\n")

    with pytest.raises(cluster.OtherVersion, match="written by PostgreSQL 16; this is PostgreSQL 18"):
        EmbeddedPostgres(tmp_path).ensure()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root drops to another user")
def test_as_root_only_the_data_belongs_to_the_database_user(started: EmbeddedPostgres) -> None:
    user = service_user.needed()
    assert user is not None
    assert started.pid is not None

    home = started._cluster.home
    assert psutil.Process(started.pid).uids().effective == user.uid
    assert (home / "data").stat().st_uid == user.uid
    assert home.stat().st_uid == home.parent.stat().st_uid == 0
    assert started._cluster.secrets_file.stat().st_uid == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can become somebody else")
def test_a_normal_user_runs_it_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    person = service_user.needed()
    assert person is not None
    service_user.open_path(tmp_path / "data", person)
    script = (
        "import sys; from pathlib import Path; from engine.appliance.postgres import embedded_postgres\n"
        "with embedded_postgres(Path(sys.argv[1]), fsync=False) as server: print('up' if server.pid else '')"
    )
    # This Python may lie below a folder closed to others, such as root's home.
    service_user.open_path(Path(os.path.realpath(sys.executable)), person)
    command = [sys.executable, "-B", "-c", script, str(tmp_path / "data")]

    result = subprocess.run(
        command, user=person.uid, group=person.gid, capture_output=True, text=True, check=False
    )

    assert result.stdout.strip() == "up", result.stderr


def test_a_folder_for_the_socket_that_is_not_ours_alone_is_refused(tmp_path: Path) -> None:
    place = cluster.locate(tmp_path)
    (place.home / "socket").mkdir(mode=0o777)
    (place.home / "socket").chmod(0o777)

    with pytest.raises(service_user.Unreachable, match="not ours alone"):
        cluster.make_socket_folder(place)


def remember(server: EmbeddedPostgres, word: str) -> None:
    with psycopg.connect(server.owner_dsn) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS said (word text)")
        connection.execute("INSERT INTO said VALUES (%s)", (word,))


def recalls(server: EmbeddedPostgres, word: str) -> bool:
    return bool(ask(server.owner_dsn, f"SELECT count(*) FROM said WHERE word = '{word}'") == 1)
