"""The installers, with a stand-in for pip and the real rest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installers import checks, commands, python_version, system
from installers.checks import Check
from installers.environment import CannotInstall, Project

ROOT = Path(__file__).parents[1]

unix = pytest.mark.skipif(os.name == "nt", reason="shell scripts stand in for programs")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose environment holds a "Python" that only writes down what it is asked."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    project = Project(tmp_path)
    project.python.parent.mkdir(parents=True)
    fails = f'[ "$2" = pip ] && [ "$3" = install ] && [ -e {tmp_path}/no-network ] && exit 1'
    project.python.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n{fails}\nexit 0\n')
    project.python.chmod(0o755)
    return project


def installs(project: Project) -> list[str]:
    lines = (project.root / "asked").read_text().splitlines()
    return [line.split()[4] for line in lines if "--editable" in line]


@unix
def test_a_second_start_installs_nothing(project: Project) -> None:
    project.prepare()
    project.prepare()

    assert installs(project) == ["."]


@unix
def test_what_the_tests_need_stays_when_the_project_changes(project: Project) -> None:
    project.prepare(["test"])
    project.prepare()
    (project.root / "pyproject.toml").write_text("[project]\nname = 'new'\n")
    project.prepare()
    (project.root / "engine").mkdir()
    (project.root / "engine" / "__init__.py").touch()
    project.prepare()

    assert installs(project) == [".[test]"] * 3


@unix
def test_a_failed_install_is_told_and_tried_again(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.root / "no-network").touch()
    with pytest.raises(CannotInstall, match="Is there a network"):
        project.prepare()
    (project.root / "no-network").unlink()

    project.prepare()

    assert installs(project) == [".", "."]
    assert capsys.readouterr().out == ""


@unix
def test_a_moved_environment_is_made_anew(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    project.prepare()
    stamp = project.python.parents[1] / "installed.json"
    stamp.write_text(stamp.read_text().replace(str(project.root), "/elsewhere"))

    with pytest.raises(CannotInstall):  # a real pip now, in a project it cannot build
        project.prepare()

    assert project.python.resolve() == Path(sys.executable).resolve()


def test_help_needs_nothing_and_a_wrong_word_is_refused() -> None:
    for words, code in ((["--help"], 0), (["dance"], 2), ([], 2)):
        command = [sys.executable, "-I", "-S", "-c", "import sys; sys.path.insert(0, sys.argv.pop(1))\n"]
        command[-1] += "import runpy; runpy.run_module('installers', run_name='__main__')"

        result = subprocess.run([*command, str(ROOT), *words], capture_output=True, text=True, check=False)

        assert result.returncode == code, result.stderr
        assert "python3 -m installers run" in result.stdout + result.stderr


def test_another_python_says_which_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_version, "OLDEST", (3, 98))
    monkeypatch.setattr(python_version, "NEWEST", (3, 99))

    with pytest.raises(SystemExit, match=r"needs Python 3\.11, 3\.12 or 3\.13; this is 3\.\d+"):
        python_version.require()


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="not a Debian")
def test_only_missing_system_packages_are_asked_for() -> None:
    assert system.missing(["bash", "no-such-package"]) == ["no-such-package"]


def test_without_apt_the_packages_are_only_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert not system.install(["redis-server"])
    assert system.missing(["redis-server", "libegl1"]) == ["redis-server"]


def test_every_check_runs_and_the_first_failure_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = {"lint": 0, "types": 3, "imports": 4, "tests": 0}
    found = [Check(name, (sys.executable, "-c", f"raise SystemExit({code})")) for name, code in codes.items()]
    monkeypatch.setattr(checks, "all_checks", lambda _: [*found, Check("gone", ("/no/such/program",))])

    assert checks.run_all([]) == 3

    summary = capsys.readouterr().err
    for line in ("lint  ok", "types  FAILED (exit code 3)", "imports  FAILED (exit code 4)", "tests  ok"):
        assert line in summary
    assert "gone  FAILED (exit code 127)" in summary


def test_tests_never_meet_the_real_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "MASTERIA_DATA_DIR", "PYTHONPATH"):
        monkeypatch.setenv(name, "real")

    assert "real" not in checks.variables().values()


@unix
def test_the_pipeline_runs_exactly_the_test_command() -> None:
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1].endswith("exec python3 -m installers test")


@pytest.mark.parametrize(
    ("arguments", "display", "begun"),
    [
        ([], ":0", ("desktop",)),
        ([], "", ("engine", "up")),
        (["--simulator"], ":0", ("engine", "up", "--simulator")),
    ],
)
def test_run_starts_the_window_where_there_is_a_display(
    arguments: list[str], display: str, begun: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", "")
    monkeypatch.setattr(commands.system, "install", lambda packages: True)
    monkeypatch.setattr(Project, "prepare", lambda self, extras=(): None)
    monkeypatch.setattr(commands, "become", lambda *module: started.append(module) or 0)

    assert commands.run(arguments) == 0
    assert started == [begun]
